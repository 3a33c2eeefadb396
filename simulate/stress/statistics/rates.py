"""Failure rates: of each check and of any, as drawn and under the stated probabilities.

A rate is of *decided* dialogues: an `abstain` or `error` is neither a pass nor a fail. The bounds
say what the rate would be if all undecided ones passed, or all failed. "Any check" fails where one
check fails, passes where all pass, and is undecided elsewhere.

A dialogue that failed by another fault than the target's has no verdict; it is counted by fault
and takes part in no rate. Dialogues with a turn asked for from the tail have a rate of their own
as well. That a dialogue has none is the likelier the shorter it is, so those without are no fair
sample; the natural rate makes up for that by their weights, and takes one from the tail in where
it had failed before.

A weight ends at the failure only where nothing that comes later can take the dialogue out of the
rate, or make it fail earlier. Where a dialogue was left out for a fault of the simulated user, or
could not be finished, whole dialogues are weighed: else failures would be weighed to where they
are certain, but kept by what was drawn after it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulate.runfile import Verdict
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.proportions import Proportion, proportion
from simulate.stress.records import Observed
from simulate.stress.statistics.stated_weighted import Natural, log_weight, natural

__all__ = ["ANY", "Rate", "Rates", "Tally", "check_names", "rates", "verdict_of"]

ANY = "any check"
"""The name of the rate of dialogues in which any check of the speaker under test fails."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A failure rate as drawn, with what could not be decided.

    Attributes:
        failed: over the decided dialogues.
        abstained: dialogues in which the check could not tell.
        errors: dialogues in which it could not be carried out.
        bounds: the rate if all undecided dialogues passed, and if all failed; None without a
            dialogue.
    """

    failed: Proportion
    abstained: int
    errors: int
    bounds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a check fails.

    Attributes:
        check: its name, or `ANY`.
        drawn: as drawn, dialogues from the tail among them.
        natural: under the stated probabilities; without the tail.
        tail: as drawn, of the dialogues with a turn from the tail.
    """

    check: str
    drawn: Tally
    natural: Natural
    tail: Tally


@dataclass(frozen=True, slots=True)
class Rates:
    """All failure rates of some dialogues.

    Attributes:
        dialogues: how many ended.
        personas: of how many personas.
        any: of any check, over all dialogues with a verdict.
        checks: of each check, by name.
        any_without_simulator_faults: of any check, without the dialogues in which a check of the
            simulated user failed.
        checks_without_simulator_faults: of each check, likewise.
        simulator_faults: how many dialogues had one of those.
        simulator_checks: check of the simulated user to how many dialogues it failed in.
        faults: whose fault to how many dialogues could not be finished.
    """

    dialogues: int
    personas: int
    any: Rate
    checks: tuple[Rate, ...]
    any_without_simulator_faults: Rate
    checks_without_simulator_faults: tuple[Rate, ...]
    simulator_faults: int
    simulator_checks: Mapping[str, int]
    faults: Mapping[str, int]


def check_names(observed: Sequence[Observed]) -> tuple[str, ...]:
    """Return the names of all checks of the speaker under test, in order of appearance."""
    return tuple(dict.fromkeys(name for o in observed for name in o.verdicts))


def verdict_of(observed: Observed, check: str = ANY) -> Verdict | None:
    """Return the verdict of a check, or of any; None where the dialogue has none."""
    if check != ANY:
        return observed.verdicts.get(check)
    said = set(observed.verdicts.values())
    order: tuple[Verdict, ...] = ("fail", "error", "abstain", "pass")
    return next((verdict for verdict in order if verdict in said), None)


def rates(observed: Sequence[Observed], confidence: float = CONFIDENCE) -> Rates:
    """Return all failure rates; see the module.

    Args:
        observed: dialogues that ended, of one cell: cells are not pooled.
        confidence: of the intervals, in (0, 1).
    """
    sound = [o for o in observed if not o.simulator]
    names = check_names(observed)
    unfinished = any(o.fault is not None for o in observed)
    everything = _all_rates(observed, names, confidence, stops=not unfinished)
    # Nothing is left out of most runs; then the second rates are the first.
    without = everything
    if len(sound) < len(observed):
        without = _all_rates(sound, names, confidence, stops=False)
    return Rates(
        dialogues=len(observed),
        personas=len({o.persona for o in observed}),
        any=everything[0],
        checks=everything[1:],
        any_without_simulator_faults=without[0],
        checks_without_simulator_faults=without[1:],
        simulator_faults=len(observed) - len(sound),
        simulator_checks=dict(Counter(name for o in observed for name in o.simulator)),
        faults=dict(Counter(o.fault for o in observed if o.fault is not None)),
    )


def _all_rates(
    observed: Sequence[Observed], names: Sequence[str], confidence: float, *, stops: bool
) -> tuple[Rate, ...]:
    return tuple(_rate(observed, name, confidence, stops=stops) for name in (ANY, *names))


def _rate(observed: Sequence[Observed], check: str, confidence: float, *, stops: bool) -> Rate:
    """Return a rate; `stops` says whether the weight of a failure ends where it is certain."""
    weighed = [
        (v == "fail", log, o.persona)
        for o in observed
        if (v := verdict_of(o, check)) in ("pass", "fail")
        if (log := _log_weight(o, check, stops=stops)) is not None
    ]
    return Rate(
        check,
        _tally(observed, check, confidence),
        natural(
            [failed for failed, _, _ in weighed],
            [log for _, log, _ in weighed],
            [persona for _, _, persona in weighed],
            confidence,
        ),
        _tally([o for o in observed if o.tail], check, confidence),
    )


def _log_weight(observed: Observed, check: str, *, stops: bool) -> float | None:
    """Return the logarithm of a weight; None where a turn that it rests on is from the tail."""
    looked_at = observed.verdicts if check == ANY else (check,)
    failed = [name for name in looked_at if stops and observed.verdicts[name] == "fail"]
    found = log_weight(observed, failed)
    known = bool(observed.log_weights) and found > -math.inf
    return None if observed.tail and not known else found


def _tally(observed: Sequence[Observed], check: str, confidence: float) -> Tally:
    verdicts = [(verdict_of(o, check), o.persona) for o in observed]
    count = Counter(verdict for verdict, _ in verdicts if verdict is not None)
    decided = [(v == "fail", persona) for v, persona in verdicts if v in ("pass", "fail")]
    undecided = count["abstain"] + count["error"]
    n = len(decided) + undecided
    return Tally(
        failed=proportion([hit for hit, _ in decided], [p for _, p in decided], confidence),
        abstained=count["abstain"],
        errors=count["error"],
        bounds=(count["fail"] / n, (count["fail"] + undecided) / n) if n else None,
    )
