"""Failure rates: of each check and of any, as drawn and under the stated probabilities.

A rate of a check is of the *decided* dialogues in which it applied: where there was nothing to look
at, it passes by no merit of the target, and is counted apart. An `abstain` or `error` is neither a
pass nor a fail. The bounds say what the rate would be if all undecided ones passed, or all failed.
"Any check" fails where one check fails, passes where all pass, applied or not, and is undecided
elsewhere; so its rate is of all decided dialogues.

A dialogue that failed by another fault than the target's has no verdict; it is counted by fault
and takes part in no rate. Dialogues with a turn asked for from the tail have a rate of their own
as well. That a dialogue has none is the likelier the shorter it is, so those without are no fair
sample; the stated-weighted rate makes up for that by their weights, and takes one from the tail in
where it had failed before.

**Only draws that matter.** Where a failure is certain after some of the user's turns, whatever
comes later, a dialogue's weight is the product up to there. This changes no expectation: it is then
the ratio of the chances of the dialogue *as far as it was needed* (optional stopping of a
martingale of mean 1), and the weights of later turns, which are noise, are gone. A dialogue that
does not fail needs all its turns. Source: per-decision importance sampling, Precup, Sutton and
Singh 2000.

A weight ends at the failure only where nothing that comes later can take the dialogue out of the
rate, or make it fail earlier. Where a dialogue was left out for a fault of the simulated user, or
could not be finished, whole dialogues are weighed: else failures would be weighed to where they
are certain, but kept by what was drawn after it. So they are at failures of a check that could not
tell in other dialogues: words without a deed are a failure only where some later call shows that
calls are on record at all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulate.runfile import Verdict
from simulate.runfile.given_dialogues import NOTHING_STATED
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.importance import WeightedRate, weighted_rate
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows, cluster_index
from simulate.stress.records import Observed

ANY = "any check"
"""The name of the rate of dialogues in which any check of the speaker under test fails."""

NOT_STATED = WeightedRate(None, None, 1, None, None, NOTHING_STATED)
"""Of dialogues out of a log."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A failure rate as drawn, with what could not be decided.

    Attributes:
        failed: over the decided dialogues.
        abstained: dialogues in which the check could not tell.
        errors: dialogues in which it could not be carried out.
        bounds: the rate if all undecided dialogues passed, and if all failed; None without a
            dialogue.
        not_applied: dialogues in which there was nothing to look at; none of the others.
    """

    failed: Proportion
    abstained: int
    errors: int
    bounds: tuple[float, float] | None
    not_applied: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a check fails.

    Attributes:
        check: its name, or `ANY`.
        drawn: as drawn, dialogues from the tail among them.
        stated_weighted: under the stated probabilities; without the tail.
        tail: as drawn, of the dialogues with a turn from the tail.
    """

    check: str
    drawn: Tally
    stated_weighted: WeightedRate
    tail: Tally

    @property
    def sentence(self) -> str:
        """How often it fails, or why there is no rate, in words."""
        failed, tally = self.drawn.failed, self.drawn
        where = apart = ""
        if tally.not_applied:
            where, apart = " where it applied", f"; it did not in {tally.not_applied:,}"
        if failed.value is not None and failed.interval is not None:
            low, high = (f"{100 * end:.1f}" for end in failed.interval)
            return (
                f"fails in {failed.hits:,} of {failed.n:,} dialogues{where}: "
                f"{100 * failed.value:.1f} %, interval {low} to {high} %{apart}"
            )
        if tally.errors:
            return f"could not be carried out in any of {tally.errors:,} dialogues{apart}"
        if tally.not_applied and not tally.abstained:
            return f"applied in none of {tally.not_applied:,} dialogues"
        return f"no dialogue is decided ({tally.abstained:,} abstained){apart}"


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
        simulator_faults: how many dialogues had one of those.
        simulator_checks: check of the simulated user to how many dialogues it failed in.
        faults: whose fault to how many dialogues could not be finished.
        several: in how many dialogues several checks fail; such a one counts under each.
    """

    dialogues: int
    personas: int
    any: Rate
    checks: tuple[Rate, ...]
    any_without_simulator_faults: Rate
    simulator_faults: int
    simulator_checks: Mapping[str, int]
    faults: Mapping[str, int]
    several: int = 0


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
    """Return all failure rates of dialogues that ended, of one cell: cells are not pooled."""
    sound = [o for o in observed if not o.simulator]
    names = check_names(observed)
    stops = _certain_at_once(observed, names)
    whole = _rate(observed, ANY, confidence, stops)
    # Nothing is left out of most runs; then the second rate is the first.
    left_out = len(sound) < len(observed)
    without = _rate(sound, ANY, confidence) if left_out else whole
    return Rates(
        dialogues=len(observed),
        personas=len({o.person for o in observed}),
        any=whole,
        checks=tuple(_rate(observed, name, confidence, stops) for name in names),
        any_without_simulator_faults=without,
        simulator_faults=len(observed) - len(sound),
        simulator_checks=dict(Counter(name for o in observed for name in o.simulator)),
        faults=dict(Counter(o.fault for o in observed if o.fault is not None)),
        several=sum(list(o.verdicts.values()).count("fail") > 1 for o in observed),
    )


def _certain_at_once(observed: Sequence[Observed], names: Sequence[str]) -> Sequence[str]:
    """Return the checks whose failures nothing that comes later takes out of the rate."""
    if any(o.fault is not None for o in observed):
        return ()
    unsure = {n for o in observed for n, v in o.verdicts.items() if v in ("abstain", "error")}
    return [name for name in names if name not in unsure]


def log_weight(dialogue: Observed, failed: Sequence[str] = ()) -> float:
    """Return the logarithm of the weight of a dialogue, as far as it was needed.

    Args:
        dialogue: what was observed.
        failed: failed checks that count; the earliest failure decides. Without one, or
            where it is not known when they failed, all turns are needed.

    Returns:
        −∞ for a weight of 0, NaN where no weight leads back.
    """
    if dialogue.tail and not dialogue.log_weights:
        return -math.inf
    needed = [dialogue.failed_after[c] for c in failed if c in dialogue.failed_after]
    return float(sum(dialogue.log_weights[: min(needed, default=None)]))


def failure_rows(observed: Sequence[Observed], check: str = ANY, stops: Sequence[str] = ()) -> Rows:
    """Return a row for each decided dialogue: 1 where the check fails, else 0.

    Clusters are people; the stratum is 1 where a turn was asked for from the tail, else 0.

    Args:
        observed: dialogues that ended.
        check: a check's name, or `ANY`.
        stops: the checks at whose failure a dialogue's weight ends; see the module.
    """
    decided = [(o, v) for o in observed if (v := verdict_of(o, check)) in ("pass", "fail")]
    logs = []
    for o, _ in decided:
        looked_at = o.verdicts if check == ANY else (check,)
        failed = [name for name in looked_at if name in stops and o.verdicts[name] == "fail"]
        logs.append(log_weight(o, failed))
    return Rows.of(
        [verdict == "fail" for _, verdict in decided],
        log_weights=logs,
        clusters=cluster_index(o.person for o, _ in decided),
        strata=[int(o.tail) for o, _ in decided],
    )


def _rate(
    observed: Sequence[Observed], check: str, confidence: float, stops: Sequence[str] = ()
) -> Rate:
    everything = len(observed)
    observed = [o for o in observed if check not in o.not_applied]
    rows = failure_rows(observed, check, stops)
    verdicts = Counter(verdict_of(o, check) for o in observed)
    in_tail = Counter(verdict_of(o, check) for o in observed if o.tail)
    tail = rows.strata == 1
    # Under the stated probabilities no turn is from the tail: such a dialogue has no weight, unless
    # its failure was certain before.
    weighed = rows.subset(~tail | (rows.log_weights > -math.inf))
    return Rate(
        check,
        _tally(rows, verdicts, confidence, everything - len(observed)),
        NOT_STATED if any(o.given for o in observed) else weighted_rate(weighed, confidence),
        _tally(rows.subset(tail), in_tail, confidence),
    )


def _tally(
    rows: Rows, verdicts: Mapping[Verdict | None, int], confidence: float, not_applied: int = 0
) -> Tally:
    failed = proportion(rows, confidence)
    abstained, errors = verdicts.get("abstain", 0), verdicts.get("error", 0)
    undecided = abstained + errors
    n = rows.n + undecided
    bounds = (failed.hits / n, (failed.hits + undecided) / n) if n else None
    return Tally(failed, abstained, errors, bounds, not_applied)
