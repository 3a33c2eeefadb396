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
from simulate.stress.simulator.early import stopped_early
from simulate.stress.simulator.facts import invented_facts
from simulate.stress.simulator.fault import Fault, english
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
    looks: dict[str, Callable[[str], Fault | None]] = {
        "leaked-instructions": lambda user: leaked_instructions(dialogue, user),
        "invented-facts": lambda user: invented_facts(dialogue, user),
        "stopped-early": lambda user: stopped_early(dialogue, user, reached),
    }
    if served:
        looks = {"role-inversion": lambda user: role_inversion(dialogue, user), **looks}
    return [_record(name, look, users) for name, look in looks.items()] if users else []


def load_patterns() -> None:
    """Load what these checks need, before the first dialogue; see `CheckRule.load`."""
    import rapidfuzz.fuzz  # noqa: F401

    english()


def _record(name: str, look: Callable[[str], Fault | None], users: Sequence[str]) -> CheckVerdict:
    try:
        with local_faults_told():
            for user in users:
                if fault := look(user):
                    return CheckVerdict(
                        name, "fail", "user", None, fault.turn, fault.reason, fault.quote
                    )
    except RunStoppedError:
        raise
    except PatternTooSlowError as error:
        return CheckVerdict(name, "error", "user", reason=str(error))
    except Exception as error:  # as for checks: the rest goes on
        return CheckVerdict(name, "error", "user", reason=" ".join(own_fault(error).split()))
    return CheckVerdict(name, "pass", "user")
