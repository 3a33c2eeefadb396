"""Dialogues as a stress test observes them, a few words each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulate.population import Value
from simulate.runfile import Verdict
from simulate.stress.records import Observed


def dialogue(
    number: int,
    verdict: Verdict | None = "pass",
    *,
    persona: str | None = None,
    replicate: int = 0,
    verdicts: Mapping[str, Verdict] | None = None,
    attributes: Mapping[str, Value | None] | None = None,
    simulator: Sequence[str] = (),
    fault: str | None = None,
    log_weights: Sequence[float] = (),
    tail: bool = False,
    failed_after: Mapping[str, int] | None = None,
) -> Observed:
    """Return a dialogue with one check, `polite`, unless told otherwise."""
    given: dict[str, Verdict] = {} if verdict is None else {"polite": verdict}
    return Observed(
        dialogue=number,
        cell="",
        persona=f"p{number}" if persona is None else persona,
        replicate=replicate,
        attributes=attributes or {},
        verdicts=given if verdicts is None else verdicts,
        simulator=tuple(simulator),
        fault=fault,
        tail=tail,
        log_weights=tuple(log_weights),
        failed_after=failed_after or {},
    )


def dialogues(fails: int, of: int) -> list[Observed]:
    """Return dialogues of which the first ones fail."""
    return [dialogue(i, "fail" if i < fails else "pass") for i in range(of)]
