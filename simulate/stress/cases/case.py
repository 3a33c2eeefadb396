"""Regression cases: a failing dialogue in a file that replays exactly, without a run file.

A case says what the user says, in which situation, and which check must hold. It holds what the
check and the target see (speakers, facts and goal with their values, the persona, the variables)
and not how the target is reached: that is said when the case is replayed. A case is data, and
replaying one runs no code of its own.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from simulate.engine.examiner import Examiner
from simulate.errors import CaseError, InputError, plain_lines, quote
from simulate.files.yaml import read_yaml, validation_lines
from simulate.models import ChatModel
from simulate.models.secrets import Secrets
from simulate.population import Persona, Value
from simulate.runfile import RunReader, Turn, examined
from simulate.scenario import Cell, Check, Scenario
from simulate.stress.cases.replaying import Replay, Replayer, Situation, attached_target
from simulate.stress.cases.shrinking import Shrunk
from simulate.stress.records import RESPONDS
from simulate.targets import Target, TargetConfig

__all__ = [
    "Case",
    "CaseResult",
    "Found",
    "SaidThen",
    "case_of",
    "load_case",
    "replay_case",
    "write_case",
]

SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
SHORTEST_SECRET = 8
"""Characters of an environment variable's value that is taken for a secret by its name."""

MOST_MESSAGES = 1_000
"""As many as a scenario's `turns.maximum`; a case from somebody else sends no more."""

ODD_BREAKS = re.compile("[\\r\\x85\\u2028\\u2029]")

BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What makes a text look like another one to whoever reviews the file."""

SafeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Found(_Strict):
    """Where a case was found."""

    run: str
    """The run's id."""
    dialogue: str
    """The dialogue's id."""
    seed: int
    date: str
    """When the run began, ISO 8601."""
    replicate: Annotated[int, Field(ge=0)] = 0
    target: str = ""
    """The target's name in that run."""
    turns_before: Annotated[int, Field(ge=0)]
    """The user's messages as recorded."""
    turns: Annotated[int, Field(ge=0)]
    """Those that are left."""
    log_probability_before: float | None = None
    """Σ ln(weight) of the recorded messages; None where none was drawn or it is infinite."""
    log_probability: float | None = None
    """Σ ln(weight) of those that are left, before their wording was simplified."""


class SaidThen(_Strict):
    """One turn of the dialogue as it was when the case was found; for the reader only."""

    speaker: str
    text: str


class _Persona(_Strict):
    id: str
    attributes: dict[str, Value] = {}
    prose: str = ""


class Case(_Strict):
    """A regression case, as its file says it."""

    case: SafeName
    """Its name."""
    check: Annotated[str, Field(min_length=1)]
    """The check that failed and must hold: one of the scenario's, or `responds`."""
    reason: str = ""
    """Why it failed then; for the reader only."""
    messages: Annotated[list[str], Field(max_length=MOST_MESSAGES)]
    """What the user says, one message a turn."""
    scenario: Scenario
    """What is left of the scenario: its speakers, turn rules, and the one check."""
    cell: dict[str, str] = {}
    """Condition to level, as the templates see it."""
    persona: _Persona
    found: Found
    said: list[SaidThen] = []

    @model_validator(mode="after")
    def _check(self) -> Case:
        if self.check != RESPONDS and self.check not in self.scenario.checks:
            known = ", ".join([*self.scenario.checks, RESPONDS])
            raise ValueError(f"check: the scenario has no check “{self.check}”; it has: {known}")
        try:
            self.situation.parties()
        except InputError as error:
            raise ValueError(f"scenario: {error}") from None
        if not self.messages and not self.situation.greets:
            raise ValueError("messages: the user speaks first, and says nothing")
        return self

    @property
    def name(self) -> str:
        """The case's name, which its file calls `case`."""
        return self.case

    @property
    def situation(self) -> Situation:
        """What the messages are replayed in."""
        persona = Persona(self.persona.id, dict(self.persona.attributes), self.persona.prose)
        speakers, variables = dict(self.scenario.speakers), dict(self.scenario.variables)
        cell = Cell(0, dict(self.cell), speakers, variables)
        found = self.found
        return Situation(self.scenario, cell, persona, found.dialogue, found.replicate, found.seed)


def case_of(file: RunReader, dialogue: int, shrunk: Shrunk, name: str | None = None) -> Case:
    """Make a case of a dialogue that was shrunk.

    Args:
        file: the run file.
        dialogue: its place in the plan.
        shrunk: the result of shrinking.
        name: of the case; by default the check's name and the dialogue's id.

    Raises:
        CaseError: the dialogue did not fail again; the name cannot be a file's; or the case
            would hold a secret of this environment.
    """
    where = f"run file {file.path}, dialogue {dialogue}"
    if shrunk.replay is None:
        raise CaseError(
            f"run file {file.path}, dialogue {dialogue}: {shrunk.note}; no case is made"
        )
    situation = Situation.of_run(file, dialogue)
    target, user = situation.parties()
    verdict = shrunk.replay.verdicts[shrunk.check]
    names: Mapping[str, str] = (file.meta.get("models") or [{}])[situation.cell.index]
    data: dict[str, Any] = {
        "case": name if name is not None else _named(shrunk.check, situation.key),
        "check": shrunk.check,
        "reason": "",
        "messages": list(shrunk.messages),
        "scenario": _needed(situation, target, user, shrunk.check),
        "cell": situation.cell.levels,
        "persona": {
            "id": situation.persona.id,
            "attributes": situation.persona.attributes,
            "prose": situation.persona.prose,
        },
        "found": {
            "run": file.run_id,
            "dialogue": situation.key,
            "seed": situation.seed,
            "date": str(file.meta.get("created", "")),
            "replicate": situation.replicate,
            "target": names.get(target, ""),
            "turns_before": len(shrunk.before),
            "turns": len(shrunk.after),
            "log_probability_before": _finite(shrunk.log_probability_before),
            "log_probability": _finite(shrunk.log_probability),
        },
    }
    plain = json.loads(json.dumps(data))
    secrets = _secrets(os.environ)
    if secrets.hidden_in(plain) != plain:
        raise CaseError(
            f"{where}: a message, or the scenario, holds the value of an environment variable "
            "that is named like a secret; no case is made"
        )
    turns = shrunk.replay.turns
    data["reason"] = secrets.hidden(verdict.reason)
    data["said"] = [{"speaker": t.speaker, "text": secrets.hidden(t.text)} for t in turns]
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise CaseError(f"case {quote(str(data['case']))}: {field}: {problem['msg']}") from None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _secrets(environment: Mapping[str, str]) -> Secrets:
    return Secrets(
        value
        for name, value in environment.items()
        if SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET
    )


def _named(check: str, key: str) -> str:
    """Make a name of a check's name and a dialogue's id that is safe as a file's."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", check).strip("-").lower()[:60] or "check"
    return f"{plain}-{re.sub('[^A-Za-z0-9]', '', key)[:8]}"


def _needed(situation: Situation, target: str, user: str, check: str) -> dict[str, Any]:
    """Return what a replay needs of the scenario, with the values that templates render to."""
    scenario, cell = situation.scenario, situation.cell
    seen = examined(
        scenario, cell, situation.persona, key=situation.key, replicate=0, turns=()
    ).speakers
    speakers: dict[str, dict[str, Any]] = {}
    for name, speaker in seen.items():
        kept: dict[str, Any] = {"plays": speaker.plays}
        if speaker.person is not None:
            kept["person"] = speaker.person
        if name == target and speaker.instructions:
            kept["instructions"] = _literal(speaker.instructions)
        if name == user and speaker.plays == "user":
            if speaker.goal is not None:
                kept["goal"] = _literal(speaker.goal)
            if speaker.facts:
                kept["facts"] = {
                    fact: known.model_dump(exclude_none=True) | {"value": _literal(known.value)}
                    for fact, known in speaker.facts.items()
                }
        speakers[name] = kept
    declared: Check | None = scenario.checks.get(check)
    turns = scenario.turns
    return {
        "scenario": scenario.name,
        "description": scenario.description,
        "variables": _mentioned(cell.variables, declared),
        "speakers": speakers,
        "turns": {
            "first": scenario.order()[0],
            "maximum": turns.maximum,
            "stop": list(turns.stop),
        },
        "checks": {}
        if declared is None
        else {check: declared.model_dump(mode="json", exclude_none=True)},
    }


def _mentioned(variables: Mapping[str, Any], check: Check | None) -> Mapping[str, Any]:
    """Return the variables that a check's templates read; all else is rendered by then."""
    said = "" if check is None else check.model_dump_json()
    if "variables" not in said:
        return {}
    named = {n: v for n, v in variables.items() if re.search(rf"\b{re.escape(n)}\b", said)}
    return named or variables


def _literal(text: str) -> str:
    """Return a template that renders to a text, whatever it holds."""
    if not text or re.search(r"\{[{%#]|\r", text) or text != text.strip():
        return "{{ " + json.dumps(text, ensure_ascii=False) + " }}"
    return text


HEADER = (
    "# A regression case of `simulate`: the messages are said again, and the check must hold.\n"
    "# What stands under `found` and `said` is for the reader.\n"
)


def write_case(case: Case, folder: str | Path = "cases") -> Path:
    """Write a case as `folder/NAME.yaml`, and return the path.

    A case that is there already, found in another run perhaps, stays as it is; under the name of
    another one, the new case is numbered.

    Raises:
        CaseError: the file cannot be written.
    """
    number = 1
    while True:
        named = case if number == 1 else case.model_copy(update={"case": f"{case.name}-{number}"})
        path = Path(folder) / f"{named.name}.yaml"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(_text(named))
            return path
        except FileExistsError:
            if _says_the_same(path, case):
                return path
            number += 1
        except OSError as error:
            raise CaseError(f"case {path}: cannot be written: {error.strerror}") from None


def _text(case: Case) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """The safe dumper; texts of several lines stand as they are where YAML can keep them."""

        def write_double_quoted(self, text: str, split: bool = True) -> None:
            """Write a text with escapes; all beyond ASCII where bidi marks are in it."""
            self.allow_unicode = BIDI.search(text) is None
            super().write_double_quoted(text, split)
            self.allow_unicode = True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = None
        if ODD_BREAKS.search(value) or BIDI.search(value):
            style = '"'  # elsewhere they are folded, or read as another line break
        elif "\n" in value:
            style = "|"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    data = case.model_dump(mode="json", exclude_defaults=True)
    # A default that changes one day must not change what an old case asks for.
    for name, check in case.scenario.checks.items():
        data["scenario"]["checks"][name] = check.model_dump(mode="json", exclude_none=True)
    written = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + str(written)


def _says_the_same(path: Path, case: Case) -> bool:
    """Tell whether a file holds a case that replays as this one does."""
    try:
        there = load_case(path)
    except CaseError:
        return False
    parts = ("check", "messages", "scenario", "cell", "persona")
    return all(getattr(there, part) == getattr(case, part) for part in parts)


def load_case(path: str | Path) -> Case:
    """Read a case file.

    Raises:
        CaseError: it cannot be read, or breaks a rule; the message has file and line.
    """
    file = read_yaml(Path(path), CaseError)
    try:
        return Case.model_validate(file.data)
    except ValidationError as error:
        raise CaseError(validation_lines(file, error)) from None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of replaying a case.

    Attributes:
        case: the case.
        status: `passed`: the check holds; `failed`: it does not, or the target does not respond;
            `skipped`: it cannot tell, or no judge's model was given; `error`: it could not be
            carried out.
        reason: why, in words; empty where it passed without more to say.
        replay: what was said.
    """

    case: Case
    status: Literal["passed", "failed", "skipped", "error"]
    reason: str
    replay: Replay

    def told(self) -> str:
        """Return what was said and why the case did not pass, in plain words."""
        check = self.case.scenario.checks.get(self.case.check)
        about = f" ({check.description})" if check is not None and check.description else ""
        lines = [f"case {self.case.name}: check {self.case.check}{about}: {self.status}"]
        if self.reason:
            lines.append(self.reason)
        lines.append("what was said:")
        for turn in self.replay.turns:
            lines += _told(turn)
        if self.replay.said < len(self.replay.messages):
            lines.append("  (the conversation ended here)")
        found = self.case.found
        lines.append(f"found in run {found.run}, dialogue {found.dialogue}, {found.date}")
        return plain_lines("\n".join(lines))


TOLD = 600
"""Characters of a turn that a report shows."""


def _told(turn: Turn) -> Sequence[str]:
    lines = [f"  {turn.speaker}: {quote(turn.text, TOLD)}"]
    for call in turn.tool_calls:
        arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
        lines.append(f"    calls {quote(call.name, 60)} {quote(arguments, 200)}")
    return lines


async def replay_case(
    case: Case,
    target: str | TargetConfig | Target,
    *,
    judge: ChatModel | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    beside: Path | None = None,
) -> CaseResult:
    """Say a case's messages to a target, and tell whether its check holds.

    Args:
        case: the case.
        target: the system under test, or its SPEC.
        judge: the judge's model, for a check that a model judges.
        examiner: carries the check out; by default that of the case.
        allow_code: whether the check may call a Python function that it names.
        beside: the folder from which the path of a target file starts.

    Raises:
        TargetSpecError: the target cannot be opened.
        EndpointError: no request to the target, or the judge's endpoint can succeed.
        InputError: a template of the case cannot be rendered.
    """
    async with attached_target(target, beside) as attached:
        replayer = Replayer(case.situation, attached, examiner, judge, allow_code=allow_code)
        replay = await replayer.replay(case.messages)
    return CaseResult(case, *_status(case, replay), replay)


def _status(
    case: Case, replay: Replay
) -> tuple[Literal["passed", "failed", "skipped", "error"], str]:
    responds = replay.verdicts[RESPONDS]
    if responds.verdict == "fail":
        return "failed", responds.reason
    if case.check == RESPONDS:
        return "passed", ""
    if case.check in replay.unjudged:
        return "skipped", "a model judges this check, and no judge's model was given"
    verdict = replay.verdicts.get(case.check)
    if verdict is None:
        return "error", f"nothing carried out the check {quote(case.check)}"
    reason = verdict.reason
    if verdict.turn is not None:
        reason = f"{reason or 'it does not hold'} (turn {verdict.turn})"
    if verdict.quote and verdict.quote not in reason:
        reason += f": {quote(verdict.quote)}"
    match verdict.verdict:
        case "pass":
            return "passed", reason
        case "fail":
            return "failed", reason or "it does not hold"
        case "abstain":
            return "skipped", reason or "the check cannot tell"
        case "error":
            return "error", reason or "the check could not be carried out"
