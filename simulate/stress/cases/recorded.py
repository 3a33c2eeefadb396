"""What a run file holds for shrinking one of its dialogues."""

from __future__ import annotations

from dataclasses import dataclass

from simulate.engine.examiner import Examiner
from simulate.errors import InputError, quote
from simulate.models import ChatModel
from simulate.runfile import RunReader
from simulate.runfile.faults import TARGET
from simulate.scenario import sent, template_values
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.cases.replaying import Situation
from simulate.targets import TargetConfig, read_target
from simulate.targets.registry import not_by_file
from simulate.verbalized import ReplyDistribution


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the user.

    Attributes:
        text: as it is sent.
        position: the turn of the recorded dialogue that it comes from.
        weight: of the candidate in the recorded distribution of that turn, in [0, 1]; None where
            it was not drawn from one, or the wording was changed.
        ends: whether the user ended the dialogue with it, so that the target did not answer.
    """

    text: str
    position: int
    weight: float | None = None
    ends: bool = False


def refuse(
    file: RunReader,
    dialogue: int,
    check: str,
    judge: ChatModel | None,
    examiner: Examiner | None,
    situation: Situation,
) -> None:
    """Refuse what cannot be shrunk."""
    where = f"run file {file.path}, dialogue {dialogue}"
    found = file.dialogue(dialogue)
    if check == RESPONDS:
        if (found.status, found.fault) != ("failed", TARGET):
            raise InputError(f"{where}: the target did respond; there is nothing to shrink")
        return
    verdict = next((each for each in found.verdicts if each.check == check), None)
    if verdict is None or verdict.verdict != "fail":
        said = "has no verdict" if verdict is None else f"says {verdict.verdict}"
        raise InputError(f"{where}: check {quote(check)} {said} there; give one that fails")
    if verdict.attributed_to == "user":
        raise InputError(
            f"{where}: check {quote(check)} is of the simulated user, whose messages a replay "
            "keeps; give a check of the target"
        )
    declared = situation.scenario.checks.get(check)
    if declared is None and examiner is None:
        raise InputError(f"{where}: the scenario declares no check {quote(check)}")
    if declared is not None and declared.rule.asks_judge and judge is None:
        raise InputError(f"check {check} is judged by a model: say which")


def recorded_target(situation: Situation, *, allow_code: bool) -> TargetConfig:
    """Return the target that a run file says, where code may be run for it or need not be."""
    name, _ = situation.parties()
    given = situation.cell.speakers[name].target
    if given is None:
        raise InputError("the run file does not say how its target is reached: give the target")
    if not allow_code and (why := not_by_file(given)):
        raise InputError(
            f"speakers.{name}.target {why}, and a run file is only data: give the target yourself, "
            "or allow code if you trust the file"
        )
    return read_target(given) if isinstance(given, str) else given


def recorded_lines(file: RunReader, dialogue: int, situation: Situation) -> tuple[Line, ...]:
    """Return the user's recorded messages; a leave without a word is none."""
    _, user = situation.parties()
    return tuple(
        Line(turn.text, turn.index, turn.weight, turn.ends)
        for turn in file.dialogue(dialogue).turns
        if turn.speaker == user and turn.said is not None
    )


def recorded_alternatives(
    file: RunReader, dialogue: int, situation: Situation
) -> dict[int, tuple[Line, ...]]:
    """Return the recorded candidates of each of the user's turns, most probable first.

    Equal texts are joined. A candidate that ends the dialogue is none: the target would not
    answer it.
    """
    _, user = situation.parties()
    speaker = situation.cell.speakers[user]
    values = template_values(situation.cell, situation.persona, user)
    stopped_by = situation.scenario.turns.stopped_by

    def of_turn(index: int, distribution: ReplyDistribution) -> tuple[Line, ...]:
        weights: dict[str, float] = {}
        each = zip(distribution.candidates, distribution.weights.tolist(), strict=True)
        for candidate, weight in each:
            if not candidate.ends and not stopped_by(candidate.text):
                as_sent = sent(speaker, values, user, candidate.text)
                weights[as_sent] = weights.get(as_sent, 0.0) + weight
        lines = [Line(text, index, weight) for text, weight in weights.items()]
        return tuple(sorted(lines, key=lambda line: -(line.weight or 0.0)))

    return {
        turn.index: of_turn(turn.index, turn.distribution)
        for turn in file.dialogue(dialogue).turns
        if turn.speaker == user and turn.distribution is not None
    }
