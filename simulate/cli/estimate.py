"""What a run would take, on the terminal or for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.engine import Estimate


def print_estimate(found: Estimate, *, as_json: bool, shared: bool = False) -> None:
    """Say what a run would take; where its dialogues share answers, that is the most."""
    import dataclasses

    from simulate.terminal.safe_text import block

    if as_json:
        print_json(dataclasses.asdict(found))
        return
    for each in (*found.left_out, *found.warnings, *estimate_lines(found)):
        print(block(each))
    if shared:
        print(
            "Answers that dialogues share are counted for each: where personas have several "
            "(`replicates` in the scenario), it takes fewer calls than that."
        )


def estimate_lines(found: Estimate) -> tuple[str, ...]:
    """Return what a run would take, and how that is known."""
    cost = "cost unknown" if found.cost_usd is None else f"about ${found.cost_usd:,.4f}"
    some = f"{found.cells_played:,} of the {found.cells:,} cells"
    cells = "each cell" if found.cells_played == found.cells else some
    return (
        f"{found.dialogues:,} dialogues, about {found.calls:,} calls, "
        f"{found.prompt_tokens:,} prompt tokens, {found.completion_tokens:,} completion tokens, "
        f"{cost}",
        f"Estimated by playing a few dialogues of {cells} with replies of usual length, four "
        "bytes a token, every dialogue to its last turn, without cache, retries and repairs.",
        *_batch_lines(found),
    )


def _batch_lines(found: Estimate) -> tuple[str, ...]:
    """Return what batches cost, and how long they take."""
    if found.in_batches is None:
        return ()
    from simulate.terminal.safe_text import counted

    price = "" if found.cost_usd is None else "The cost is that of batches, half of the usual. "
    return (
        f"{price}A dialogue makes up to {counted(found.in_batches, 'call')} one after the other, "
        "and each takes a batch of its own, of up to 24 hours.",
    )
