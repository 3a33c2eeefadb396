"""`simulate typicality`: is the likelier text preferred?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.options import (
    AsJson,
    ModelOptions,
    RandomSeed,
    ShareHumanData,
    with_options,
)
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.comparison.typicality import Typicality
    from simulate.models.named import NamedModels


@with_options
def typicality(
    pairs: Annotated[
        Path,
        typer.Argument(metavar="PAIRS.jsonl", help="Lines with prompt, chosen and rejected."),
    ],
    model: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="A base model that returns log-probabilities."),
    ] = None,
    share_human_data: ShareHumanData = None,
    seed: RandomSeed = 0,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Regress preferences on a base model's log-probability difference.

    Example: `simulate typicality pairs.jsonl --model llama@http://localhost:8000/v1`
    """
    from dataclasses import asdict

    found = _found(pairs, model, endpoints.names(), seed, share_human_data)
    if as_json:
        print_json(asdict(found))
        return
    print(
        f"model {found.model} · {found.pairs:,} pairs of {found.prompts:,} prompts"
        + (f" · {found.unequal:,} of unequal correctness left out" if found.unequal else "")
    )
    print(f"the likelier text was preferred in {found.share:.0%} of the pairs")
    for each in found.alphas:
        if each.at_equal_length is None:
            print(f"α per {each.scale}, at equal length: – (length and likeliness not told apart)")
        else:
            told = _with_ends(each.at_equal_length, each.at_equal_length_interval)
            print(f"α per {each.scale}, at equal length: {told}")
        print(f"  without the length: {_with_ends(each.value, each.interval)}")
    if not all(a.interval and a.at_equal_length_interval for a in found.alphas):
        print("no interval: fewer than 30 different prompts, or no finite α in resamples of them")
    print(
        "at equal length: the difference of both texts in the model's tokens is in the regression"
    )
    print("α > 0: the typical text is preferred. 95 % intervals, resampling prompts")


def _with_ends(value: float, interval: tuple[float, float] | None) -> str:
    ends = " [{:.3f}, {:.3f}]".format(*interval) if interval else " (no interval)"
    return f"{value:.3f}{ends}"


def _found(
    path: Path, model: str | None, names: NamedModels, seed: int, reason: str | None
) -> Typicality:
    from simulate.comparison.typicality import read_pairs
    from simulate.comparison.typicality import typicality as measured
    from simulate.models import Models
    from simulate.synchronous import run_to_end

    pairs, unequal = read_pairs(path)

    def tell(done: int) -> None:
        if done % 100 == 0:
            print(f"{done:,} of {len(pairs):,} pairs scored", file=sys.stderr)

    async def score() -> Typicality:
        async with Models(names=names, share_human_data=reason) as models:
            scorer = models.scorer(model)
            models.share([f"the texts of {path}"])
            models.check_given()
            return await measured(pairs, scorer, unequal=unequal, seed=seed, listener=tell)

    return run_to_end(score())
