"""Read from a run file what a stress test observed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from simulate.runfile import Dialogue, RunReader
from simulate.runfile.faults import TARGET
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.records import Observed


def observe(run: RunReader) -> Iterator[Observed]:
    """Iterate over the dialogues that ended, in the order of the plan."""
    return (observed(run, dialogue) for dialogue in ended(run))


def ended(run: RunReader) -> Iterator[Dialogue]:
    """Iterate over the dialogues that ended, in the order of the plan."""
    return (each for each in run.read() if each.status in ("completed", "failed"))


def observed(run: RunReader, dialogue: Dialogue) -> Observed:
    """Return what a dialogue that ended says of the target."""
    verdicts = dialogue.verdicts
    found = {v.check: v.verdict for v in verdicts if v.attributed_to == "target"}
    if dialogue.status == "completed":
        found[RESPONDS] = "pass"
    elif dialogue.fault == TARGET:
        found[RESPONDS] = "fail"
    own = dialogue.turns_of("user")
    log_weights = tuple(turn.log_weight for turn in own)
    return Observed(
        dialogue.id,
        dialogue.key,
        dialogue.cell.label,
        dialogue.persona.id,
        dialogue.replicate,
        dialogue.persona.attributes,
        found,
        tuple(v.check for v in verdicts if v.attributed_to == "user" and v.verdict == "fail"),
        dialogue.fault,
        sum(log_weights),
        any(turn.tail for turn in dialogue.turns),
        log_weights,
        {
            v.check: bisect_right([turn.index for turn in own], v.turn)
            for v in verdicts
            if v.verdict == "fail" and v.turn is not None and v.probability is None
        },
        run.root(dialogue.persona.id),
        tuple(v.check for v in verdicts if v.attributed_to == "target" and not v.applied),
    )
