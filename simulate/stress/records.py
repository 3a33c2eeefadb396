"""What a stress test observed: one record a dialogue, the input of every rate.

Whoever computes a rate looks at these records only, never at a run file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulate.population import Value
from simulate.runfile import Dialogue, RunReader, Verdict
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.faults import TARGET
from simulate.runfile.given_dialogues import GIVEN
from simulate.scenario.reserved_names import RESPONDS


@dataclass(frozen=True, slots=True)
class Observed:
    """One dialogue that ended.

    Attributes:
        dialogue: its place in the plan.
        cell: the label of its cell.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona.
        attributes: of the persona; None for a missing one.
        verdicts: check to verdict, of checks of the speaker under test, `responds` included.
            Empty where the dialogue failed by another fault than the target's.
        simulator: the names of the checks of the simulated user that failed.
        fault: whose failure it is where the dialogue could not be finished, such as `target`,
            `user model`, `judge`, `infrastructure`; None where it was completed.
        tail: whether a turn was asked for from the tail, so that the whole has no weight back.
        log_weights: of each of the user's turns, in order, ln(weight / chance) of the drawn
            candidate; their sum is the logarithm of the dialogue's weight back to the stated
            probabilities. −∞ where a candidate with the stated probability 0 was drawn, or one from
            the tail; 0 where it was drawn as stated; NaN where no weight leads back, as the draw
            never takes some candidates (`mode`).
        failed_after: failed check to how many of the user's turns had been taken when the failure
            was certain, whatever came later. A check that is not named was decided by the dialogue
            as a whole.
        root: the person behind the persona, where it was drawn more than once from a table.
        given: whether it is out of a log: nobody stated a probability of it.
        not_applied: the checks that passed because there was nothing to look at.
    """

    dialogue: int
    cell: str
    persona: str
    replicate: int
    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    simulator: tuple[str, ...] = ()
    fault: str | None = None
    tail: bool = False
    log_weights: tuple[float, ...] = ()
    failed_after: Mapping[str, int] = field(default_factory=dict)
    root: str | None = None
    not_applied: tuple[str, ...] = ()
    given: bool = False

    @property
    def person(self) -> str:
        """Who is simulated: dialogues of one person are not independent."""
        return self.root or self.persona


def ended(run: RunReader) -> Iterator[Dialogue]:
    """Iterate over the dialogues that ended, in the order of the plan."""
    return (each for each in run.read() if each.status not in UNFINISHED)


def observed(run: RunReader, dialogue: Dialogue) -> Observed:
    """Return what a dialogue that ended says of the target."""
    verdicts = dialogue.verdicts
    found = {v.check: v.verdict for v in verdicts if v.attributed_to == "target"}
    given = GIVEN in run.meta
    if dialogue.status == "completed" and not given:
        found[RESPONDS] = "pass"
    elif dialogue.fault == TARGET:
        found[RESPONDS] = "fail"
    own = dialogue.turns_of("user")
    return Observed(
        dialogue.id,
        dialogue.cell.label,
        dialogue.persona.id,
        dialogue.replicate,
        dialogue.persona.attributes,
        found,
        tuple(v.check for v in verdicts if v.attributed_to == "user" and v.verdict == "fail"),
        dialogue.fault,
        any(turn.tail for turn in dialogue.turns),
        tuple(turn.log_weight for turn in own),
        {
            v.check: bisect_right([turn.index for turn in own], v.turn)
            for v in verdicts
            if v.verdict == "fail" and v.turn is not None and v.probability is None
        },
        run.root(dialogue.persona.id),
        tuple(v.check for v in verdicts if v.attributed_to == "target" and not v.applied),
        given,
    )
