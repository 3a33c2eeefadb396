"""One outcome of a dialogue: answered, matched, computed, asked of a speaker, or judged."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.engine.dialogue_state import DialogueState
from simulate.engine.run_context import DialogueFailedError
from simulate.errors import ParseError
from simulate.files.templates import render
from simulate.runfile import Call, OutcomeValue
from simulate.scenario import (
    Asked,
    Outcome,
    frame_of,
    framed,
    judge_messages,
    outcome_task,
    with_answers,
)
from simulate.scenario.applicability import MISSING, NOT_APPLICABLE, Answer
from simulate.scenario.asking import PlannedAsk
from simulate.scenario.computing import computed_answer, fold_of
from simulate.scenario.reserved_names import JUDGE
from simulate.verbalized import METHODS, MethodSpec, Parse, RecordedDraw, judgement


async def measure(
    state: DialogueState, name: str, outcome: Outcome
) -> tuple[OutcomeValue, Sequence[Call]]:
    """Measure an outcome of a dialogue as it stands.

    One that does not apply, by what other outcomes are, is not asked for; nor is one of which that
    cannot be told.

    Raises:
        DialogueFailedError: the model gave no usable answer, or what is matched or computed is no
            value of it.
        EndpointError: no request can succeed as things stand.
    """
    applies = state.context.scenario.applies(name, state.measured)
    if not applies:
        return _measured(name, MISSING if applies is None else NOT_APPLICABLE), ()
    if outcome.answered:
        return _measured(name, outcome.answer(state.said[0].text)), ()
    if outcome.matched:
        try:
            found = with_answers(outcome, name, state.cell, state.persona).match(
                [(turn.speaker, turn.text) for turn in state.said]
            )
        except ParseError as error:
            raise DialogueFailedError("scenario", f"outcome {name}: {error}", ()) from None
        return _measured(name, MISSING if found is None else outcome.answer(found)), ()
    if outcome.computed:
        return _measured(name, _computed(state, name, outcome)), ()
    scenario, what = state.context.scenario, f"outcome:{name}"
    if outcome.asked:
        asked = outcome.asked.speaker
        speaker: str | None = asked
        method = state.cell.method_of(outcome).at_most(outcome.answers)
        question = question_of(state, name, outcome.asked)
        task = outcome_task(scenario, state.cell, asked, outcome, question)
        steps = METHODS[method.name](method, task)
    else:
        assert outcome.judged is not None  # noqa: S101  # exactly one of the five is given
        speaker, method = None, MethodSpec()
        where = f"outcomes.{name}.judged.question"
        turns = [(turn.speaker, turn.said) for turn in state.turns]
        question = render(outcome.judged.question, state.values(JUDGE), where)
        version = state.cell.prompt_version
        prompt = judge_messages(scenario, turns, question, outcome.form, version)
        steps = judgement(tuple(prompt), outcome.value_schema, outcome.read, version)
    distribution, calls, picks = await state.obtain(steps, method, speaker, what)
    draws = state.draw(distribution, method, what, name, picks=picks)
    stated = tuple(outcome.answer(text) for text in distribution.texts)
    answer = stated[draws[-1].chosen if draws else 0]
    return _measured(name, answer, distribution.parse, draws, stated if draws else ()), calls


def remember(state: DialogueState, step: PlannedAsk, name: str) -> tuple[str, str] | None:
    """Have whoever was asked for an outcome remember it, as the step says.

    Returns:
        Who it is, and the question; None where nothing is remembered.

    Raises:
        InputError: the question cannot be rendered.
    """
    outcome = state.context.scenario.outcomes[name]
    asked = outcome.asked
    if step.remembers == "nothing" or not asked:
        return None
    if not state.context.scenario.applies(name, state.measured):
        return None
    question = question_of(state, name, asked)
    values = state.values(asked.speaker)
    frame = frame_of(asked, values, state.moment, name)
    state.memory.add(step, asked.speaker, frame, question, outcome.told(state.measured[name]))
    return asked.speaker, question


def _computed(state: DialogueState, name: str, outcome: Outcome) -> Answer:
    rule = with_answers(outcome, name, state.cell, state.persona)
    whose = rule.computed and rule.computed.speaker
    fold = fold_of(rule, state.context.scenario.outcomes, state.values(whose or JUDGE))
    try:
        return computed_answer(fold, state.measured)
    except ParseError as error:
        raise DialogueFailedError("scenario", f"outcome {name}: {error}", ()) from None


def question_of(state: DialogueState, name: str, asked: Asked) -> str:
    """Return the question of an asked outcome, as it is put now.

    Raises:
        InputError: it cannot be rendered.
    """
    values = state.values(asked.speaker)
    if state.cell.prompt_version == 1:
        return render(asked.question, values, f"outcomes.{name}.asked.question")
    return framed(asked, values, state.moment, name, state.memory.frames(asked.speaker))


def _measured(
    name: str,
    answer: Answer,
    parse: Parse | None = None,
    draws: tuple[RecordedDraw, ...] = (),
    answers: tuple[Answer, ...] = (),
) -> OutcomeValue:
    return OutcomeValue(name, answer.value, parse, draws, answers, answer.applies)
