"""The shipped prompts: what they have in common, and what they must not say."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.errors import InputError
from simulate.verbalized import MethodSpec, Task
from simulate.verbalized.prompts import known_version
from simulate.verbalized.schema import form_of
from tests.verbalized.recorded import BARE, PERSON, QUESTION, first_ask, play, stated

FOLDER = Path(simulate.__file__).parent / "verbalized" / "prompts"
LEAVING = Task(person="the guest", may_end=True)
YESNO = Task(
    person="the guest", question="Is it so?", form='one of "yes", "no"', read=str, levels=2
)
TASKS = {"reply": PERSON, "last": LEAVING, "amount": QUESTION, "yesno": YESNO, "bare": BARE}
PLAIN = ("direct", "cot", "sequence", "multi", "vs", "vs-cot", "vs-multi", "ssot")


def request(method: str, task: Task, **options: Any) -> str:
    asked = first_ask(MethodSpec(name=method, **options), task)
    return asked.messages[-1]["content"] if asked.messages else ""


def sentences(text: str) -> list[str]:
    """Return the sentences of a request, without the stage direction's mark and the JSON form."""
    said = "\n".join(
        line for line in text.splitlines() if not line.startswith(("JSON only", "[Not part"))
    )
    return [each.strip() for each in re.split(r"(?<=[.?!])\s+|\n+", said) if each.strip()]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
@pytest.mark.parametrize("method", PLAIN)
def test_no_json_form_shows_any_content(method: str, task: Task) -> None:
    form = request(method, task).partition("JSON only: ")[2]
    assert set(re.sub(r'"\w+": ', "", form)) <= set("{[…, ]}")


@pytest.mark.parametrize("method", PLAIN)
def test_no_sentence_of_a_request_for_a_reply_could_be_the_reply(method: str) -> None:
    for sentence in sentences(request(method, LEAVING)):
        assert len(sentence.split()) >= 5
        begins = r'Write|First|Then|Say|Round|If you leave|"ends":'
        assert re.match(begins, sentence), sentence


@pytest.mark.parametrize("task", [PERSON, LEAVING], ids=["reply", "last"])
def test_nobody_is_called_by_the_role_of_the_scenario(task: Task) -> None:
    assert not any("the guest" in request(method, task) for method in PLAIN)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_vs_differs_from_sequence_by_asking_how_likely_each_is(task: Task) -> None:
    vs, sequence = (request(method, task) for method in ("vs", "sequence"))
    without = re.sub(r", and with each how likely it would be, from 0 to 1( \([^)]*\))?", "", vs)
    assert without.replace(', "probability": …', "") == sequence


@pytest.mark.parametrize(("reasoning", "plain"), [("cot", "direct"), ("vs-cot", "vs")])
def test_reasoning_differs_by_one_sentence(reasoning: str, plain: str) -> None:
    first, *others = sentences(request(reasoning, PERSON))
    assert first == "First note in a few sentences what you feel and want now."
    others[0] = others[0].replace("Then write", "Write")
    # Plain text says where it ends; JSON does so itself.
    assert others == [
        s.replace(", and nothing else", "") for s in sentences(request(plain, PERSON))
    ]


def test_the_length_is_the_speakers_own_in_every_method() -> None:
    task = Task(person="the guest", length="three words at most")
    assert all(request(method, task).count("three words at most") == 1 for method in PLAIN)


def test_probabilities_are_of_occasions_of_one_person_or_of_many_people() -> None:
    of_people = Task(person="the guest", question="How much?", form="a number", stands_for="people")
    assert "(of 100 occasions on which exactly you stood here)" in request("vs", PERSON)
    assert "(of 100 such people)" in request("vs", of_people)
    assert "of 100" not in request("vs", BARE)


@pytest.mark.parametrize("wording", ["confidence", "perplexity", "nll"])
def test_a_number_that_is_no_probability_has_no_occasions(wording: str) -> None:
    assert "of 100" not in request("vs", PERSON, wording=wording)
    assert "of 100" in request("vs", PERSON, wording="percentage")


def test_the_intentions_of_many_people_are_not_ones_own() -> None:
    people = Task(question="How much?", person="Ada", form="a number", stands_for="people")
    assert "with which intentions could such people do so?" in request("vs-act", people)
    assert "with which intentions could you do so?" in request("vs-act", QUESTION)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_later_round_says_which_of_how_many_it_asks_for(task: Task) -> None:
    answers = [{"value": 1}, {"value": 2}] if task.read else ["One of them", "Another one"]
    spec = MethodSpec(name="multi", k=2)
    read = replace(task, read=str) if task.read else task
    (_, asks) = play(spec, read, answers)
    last = asks[-1].messages[-1]["content"]
    assert re.search(r"another (reply|answer|response) \(2 of 2\)", last)


def test_all_answers_are_asked_for_where_they_can_be_counted_and_else_some() -> None:
    assert "Write both, each once" in request("vs", YESNO, k=2)
    assert "Write 2 to 5, each once" in request("vs", QUESTION, k=5)


def test_fewer_answers_than_could_be_counted_are_no_repair() -> None:
    one, _ = play(MethodSpec(name="vs", k=5), QUESTION, [stated((1, 1.0), key="value")])
    assert one.parse == "clean"


def test_the_form_of_an_answer_is_that_of_its_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "responses": {
                "type": "array",
                "items": {"type": "object", "properties": {"value": {"anyOf": []}}},
            },
        },
    }
    assert form_of(schema) == '{"reasoning": …, "responses": [{"value": …}, …]}'


FIRST = "f292eb032983bbb2"


def test_the_prompts_of_version_1_are_what_they_were() -> None:
    texts = [path.read_bytes() for path in sorted((FOLDER / "1").glob("*.jinja"))]
    assert hashlib.sha256(b"".join(texts)).hexdigest()[:16] == FIRST


def test_version_1_can_still_be_asked_for() -> None:
    old = Task(person="the guest", prompt_version=1)
    assert "(Do not settle on one reply." in request("vs", old)
    assert '"confidence"' in request("vs-multi", old)


def test_a_method_that_came_later_has_no_prompt_of_version_1() -> None:
    with pytest.raises(InputError, match="prompt_version 1: method ssot has no prompt in it"):
        request("ssot", Task(person="the guest", prompt_version=1))


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(InputError, match="prompt_version 3: there are 1 and 2"):
        known_version(3)
