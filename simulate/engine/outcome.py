"""One outcome of a dialogue: answered, matched, asked of a speaker, or judged."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.engine.dialogue_state import DialogueState
from simulate.engine.run_context import JUDGE, DialogueFailedError
from simulate.errors import ParseError
from simulate.files.templates import render
from simulate.runfile import Call, OutcomeValue
from simulate.scenario import Outcome, judge_messages
from simulate.scenario.applicability import MISSING, NOT_APPLICABLE, Answer
from simulate.verbalized import METHODS, MethodSpec, Parse, RecordedDraw, Task, judgement


async def measure(
    state: DialogueState, name: str, outcome: Outcome
) -> tuple[OutcomeValue, Sequence[Call]]:
    """Measure an outcome of a dialogue as it stands.

    One that does not apply, by what other outcomes are, is not asked for; nor is one of which that
    cannot be told.

    Raises:
        DialogueFailedError: the model gave no usable answer, or a match is no value of it.
        EndpointError: no request can succeed as things stand.
    """
    applies = state.context.scenario.applies(name, state.measured)
    if not applies:
        return _measured(name, MISSING if applies is None else NOT_APPLICABLE), ()
    if outcome.answered:
        return _measured(name, outcome.answer(state.said[0][1])), ()
    if outcome.matched:
        try:
            found = outcome.match(state.said)
        except ParseError as error:
            raise DialogueFailedError("scenario", f"outcome {name}: {error}", ()) from None
        return _measured(name, MISSING if found is None else outcome.answer(found)), ()
    scenario, what = state.context.scenario, f"outcome:{name}"
    if outcome.asked:
        asked = outcome.asked.speaker
        speaker: str | None = asked
        method = state.cell.method_of(outcome.asked).at_most(outcome.answers)
        where = f"outcomes.{name}.asked.question"
        task = Task(
            person=scenario.person(asked),
            question=render(outcome.asked.question, state.values(asked), where),
            form=outcome.form,
            value_schema=outcome.value_schema,
            read=outcome.read,
        )
        steps = METHODS[method.name](method, task)
    else:
        assert outcome.judged is not None  # noqa: S101  # exactly one of the four is given
        speaker, method = None, MethodSpec()
        where = f"outcomes.{name}.judged.question"
        question = render(outcome.judged.question, state.values(JUDGE), where)
        prompt = judge_messages(scenario, state.said, question, outcome.form)
        steps = judgement(tuple(prompt), outcome.value_schema, outcome.read)
    distribution, calls, picks = await state.obtain(steps, speaker, what)
    draws = state.draw(distribution, method, what, name, picks=picks)
    stated = tuple(outcome.answer(text) for text in distribution.texts)
    answer = stated[draws[-1].chosen if draws else 0]
    return _measured(name, answer, distribution.parse, draws, stated if draws else ()), calls


def _measured(
    name: str,
    answer: Answer,
    parse: Parse | None = None,
    draws: tuple[RecordedDraw, ...] = (),
    answers: tuple[Answer, ...] = (),
) -> OutcomeValue:
    return OutcomeValue(name, answer.value, parse, draws, answers, answer.applies)
