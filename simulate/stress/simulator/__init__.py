"""The simulated user's own faults: where a finding would be about the simulator, not the target.

Each is a verdict with `attributed_to="user"`. Precision comes first: a detector that takes a
person's talk for a fault would excuse the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from simulate.errors import RunStoppedError, own_fault
from simulate.files.patterns import PatternTooSlowError
from simulate.local_faults import local_faults_told
from simulate.runfile import CheckVerdict, Examined, Verdict
from simulate.stress.checks.result import PASSES, Finding
from simulate.stress.simulator.early import stopped_early
from simulate.stress.simulator.english import english
from simulate.stress.simulator.facts import invented_facts
from simulate.stress.simulator.instructions import leaked_instructions
from simulate.stress.simulator.inversion import role_inversion

__all__ = ["load_patterns", "simulator_verdicts"]

Look = Callable[[Examined, str], Finding | None]
"""Looks for a fault of one user in a dialogue."""


def simulator_verdicts(dialogue: Examined, reached: Sequence[Verdict] = ()) -> list[CheckVerdict]:
    """Say of each fault whether a user of the dialogue has it.

    Returns:
        One record for each of these checks that can be told: `role-inversion` needs an
        assistant or a target that a user could be taken for.
    """
    looks: dict[str, Look] = {
        "role-inversion": role_inversion,
        "leaked-instructions": leaked_instructions,
        "invented-facts": invented_facts,
        "stopped-early": partial(stopped_early, reached=reached),
    }
    if not dialogue.playing("user"):
        return []
    if not (dialogue.playing("target") or dialogue.playing("assistant")):
        del looks["role-inversion"]
    return [_looked(look, dialogue).recorded(name, "user") for name, look in looks.items()]


def load_patterns() -> None:
    """Load what these checks need, before the first dialogue; see `CheckRule.load`."""
    import rapidfuzz.fuzz  # noqa: F401

    english()


def _looked(look: Look, dialogue: Examined) -> Finding:
    try:
        with local_faults_told():
            users = dialogue.playing("user")
            return next(filter(None, (look(dialogue, user) for user in users)), PASSES)
    except RunStoppedError:
        raise
    except PatternTooSlowError as error:
        return Finding("error", str(error))
    except Exception as error:  # as for checks: the rest goes on
        return Finding("error", " ".join(own_fault(error).split()))
