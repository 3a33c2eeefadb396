"""Check chat logs that were not made here: the checks of a stress test on past dialogues."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from simulate.engine.branching import Playing
from simulate.engine.given_dialogues import examine_given
from simulate.engine.logged_dialogues import LoggedDialogues, Roles, as_given, that_apply
from simulate.errors import InputError, ScenarioError
from simulate.files.yaml import read_yaml
from simulate.reference.chat_logs import ChatLogs
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_scenario
from simulate.scenario.load import resolved
from simulate.stress.analysis import analyse
from simulate.stress.api import StressResult
from simulate.stress.examiner import Checks
from simulate.synchronous import twin


async def check_transcripts(
    logs: Sequence[str | Path],
    scenario: str | Path | Scenario | None = None,
    *,
    checks: str | Path | None = None,
    speakers: Sequence[str] = (),
    python_checks: Sequence[str] = (),
    allow_code: bool = False,
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    **playing: Unpack[Playing],
) -> StressResult:
    """Carry out the checks of a scenario on chat logs, and say how often they fail.

    Formats are told by content: the JSONL of `simulate export`, labelled JSONL, OpenAI chat
    messages, ConvoKit utterances, OpenTelemetry spans of GenAI calls. What cannot be used is left
    out, counted and told; see `simulate.reference.chat_logs`.

    Args:
        logs: files, or folders of ConvoKit corpora.
        scenario: declares speakers and checks; a shipped name, a path, or a scenario.
        checks: a YAML file with `checks`, in place of a scenario.
        speakers: which role of a log is which speaker, such as `bot=assistant`; by default by the
            usual names of roles.
        python_checks: Python functions `module:function` as further checks.
        allow_code: whether the scenario file may name Python functions itself.
        seed: of the judges' calls.
        out: the run file; by default a new one in the folder `runs`.
        resume: go on with the run file `out`.
        playing: the judge's model, limits and the like, as `simulate.run` takes them.

    Raises:
        InputError: a file or an argument is wrong, or no dialogue can be checked.
        EndpointError: the judge's model cannot be reached.
    """
    loaded, folder = declared(scenario, checks)
    roles = Roles.of(loaded, speakers)
    applying, left_out = that_apply(loaded)
    if not applying and not python_checks:
        raise ScenarioError(f"scenario {loaded.name} declares no checks, so nothing can fail")
    trusted = allow_code or isinstance(scenario, Scenario)
    examiner = Checks(
        applying,
        trusted,
        python_checks,
        folder=folder,
        description=loaded.description,
        of_simulator=False,
    )
    dialogues = LoggedDialogues(ChatLogs([Path(log) for log in logs]), roles, left_out)
    result = await examine_given(
        as_given(loaded, examiner.checks),
        dialogues,
        dialogues.given,
        examiner,
        asks_judge=any(check.rule.asks_judge for check in examiner.checks.values()),
        seed=seed,
        out=out,
        resume=resume,
        **playing,
    )
    with open_run(result.path) as file:
        return StressResult(result, analyse(file))


check_transcripts_sync = twin(check_transcripts)


def declared(
    scenario: str | Path | Scenario | None, checks: str | Path | None
) -> tuple[Scenario, Path | None]:
    """Return the scenario, or one of a user and a bot with the checks of a file; and its folder.

    Raises:
        InputError: not exactly one of them is given, or it breaks a rule.
    """
    if (scenario is None) == (checks is None):
        raise InputError("name either a scenario (--scenario) or a file of checks (--checks)")
    if isinstance(scenario, Scenario):
        return scenario, None
    if scenario is not None:
        return load_scenario(scenario), Path(scenario).parent
    path = Path(checks or "")
    file = read_yaml(path, ScenarioError)
    if set(file.data) != {"checks"}:
        raise ScenarioError(f"{path}: must have “checks” and nothing else; else take --scenario")
    speakers = {"user": {"plays": "user"}, "bot": {"plays": "target"}}
    file.data.update(scenario="checks", speakers=speakers)
    return resolved(file), path.parent
