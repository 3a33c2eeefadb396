"""The simulated user's own faults: where a finding would be about the simulator, not the target.

Each is a verdict with `attributed_to="user"`. Precision comes first: a detector that takes a
person's talk for a fault would excuse the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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


def simulator_verdicts(dialogue: Examined, reached: Sequence[Verdict] = ()) -> list[CheckVerdict]:
    """Say of each fault whether a user of the dialogue has it.

    Returns:
        One record for each of these checks that can be told: `role-inversion` needs an
        assistant or a target that a user could be taken for.
    """
    users = dialogue.playing("user")
    served = bool(dialogue.playing("target") or dialogue.playing("assistant"))
    looks: dict[str, Callable[[str], Finding | None]] = {
        "leaked-instructions": lambda user: leaked_instructions(dialogue, user),
        "invented-facts": lambda user: invented_facts(dialogue, user),
        "stopped-early": lambda user: stopped_early(dialogue, user, reached),
    }
    if served:
        looks = {"role-inversion": lambda user: role_inversion(dialogue, user), **looks}
    if not users:
        return []
    return [_looked(look, users).recorded(name, "user") for name, look in looks.items()]


def load_patterns() -> None:
    """Load what these checks need, before the first dialogue; see `CheckRule.load`."""
    import rapidfuzz.fuzz  # noqa: F401

    english()


def _looked(look: Callable[[str], Finding | None], users: Sequence[str]) -> Finding:
    try:
        with local_faults_told():
            return next(filter(None, map(look, users)), PASSES)
    except RunStoppedError:
        raise
    except PatternTooSlowError as error:
        return Finding("error", str(error))
    except Exception as error:  # as for checks: the rest goes on
        return Finding("error", " ".join(own_fault(error).split()))
