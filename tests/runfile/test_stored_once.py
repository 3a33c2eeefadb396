"""A text is stored once, and what a model wrote is read as it came, character for character."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.engine import run
from simulate.engine.branching import branch
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.runfile.dialogue import CheckVerdict
from simulate.runfile.draw_statistics import turn_entropies
from simulate.runfile.stored_once import (
    Made,
    cut_messages,
    cut_raw,
    made_verdict,
    whole_messages,
    whole_raw,
)
from simulate.scenario import Scenario
from simulate.verbalized import Candidate
from simulate.verbalized.schema import responses_schema
from simulate.verbalized.wording import WORDINGS

SCHEMA = responses_schema(2, WORDINGS["explicit"], may_end=True)
TEXTS = ("I said “no” twice,\nor so.", "Well, why not?")
MADE = Made(TEXTS, (Candidate(TEXTS[0], 0.07), Candidate(TEXTS[1], 0.9, True)))
ANSWER = {
    "responses": [
        {"text": TEXTS[0], "ends": False, "probability": 0.07},
        {"text": TEXTS[1], "ends": True, "probability": 0.9},
    ]
}
COMPACT = json.dumps(ANSWER, ensure_ascii=False, separators=(",", ":"))
SPACED = json.dumps(ANSWER, ensure_ascii=False)
INDENTED = json.dumps(ANSWER, ensure_ascii=False, indent=2)


def test_a_compact_list_is_not_stored_again() -> None:
    assert cut_raw(COMPACT, SCHEMA, MADE) is None
    assert whole_raw(None, SCHEMA, MADE) == COMPACT


@pytest.mark.parametrize(
    ("raw", "longest"),
    [
        (SPACED, 20),
        (INDENTED, 24),
        (f"```json\n{INDENTED}\n```\n", 40),
        (f"Here you are: {SPACED} Good luck!", 50),
        ('{"reasoning": "Hm.",' + COMPACT[1:], 42),
        (SPACED.replace("0.9", "0.90"), 20),
        (SPACED.replace("0.9", "9e-1"), 120),
        (json.dumps(ANSWER, ensure_ascii=False, indent=1), 160),
    ],
    ids=["spaced", "indented", "fenced", "in prose", "reasoned", "0.90", "9e-1", "other"],
)
def test_what_a_model_writes_around_the_texts_is_all_that_is_kept(raw: str, longest: int) -> None:
    stored = cut_raw(raw, SCHEMA, MADE)
    assert stored is not None
    assert len(stored) <= longest
    assert "why not" not in stored
    assert whole_raw(stored, SCHEMA, MADE) == raw


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.lists(st.sampled_from(["", "No.", '"', "\\", "{", "é", "responses"]), min_size=1),
    st.sampled_from([None, SCHEMA, {"type": "object"}]),
)
def test_any_text_is_given_back_as_it_came(raw: str, texts: list[str], schema: Any) -> None:
    drawn = Made(texts, tuple(map(Candidate, texts)))
    for made in (Made(), Made(texts), drawn):
        for text in (raw, raw.join(texts), json.dumps(texts)):
            assert whole_raw(cut_raw(text, schema, made), schema, made) == text


def test_the_reason_of_a_verdict_is_stored_with_the_verdict() -> None:
    verdict = CheckVerdict("polite", "fail", "target", reason="It swears.", quote="“Damn”, it said")
    raw = json.dumps({"quote": verdict.quote, "reason": verdict.reason}, ensure_ascii=False)
    assert cut_raw(raw, {"type": "object"}, made_verdict(verdict)) == (
        '{"quote": \x000\0, "reason": \x001\0}'
    )


def test_the_answer_before_stands_in_no_request() -> None:
    messages = [{"role": "user", "content": "Two."}, {"role": "assistant", "content": COMPACT}]
    stored = cut_messages(messages, ["An earlier answer.", COMPACT], ())
    assert stored is not None
    assert "why not" not in str(stored)
    assert whole_messages(stored, ["From before.", COMPACT], ()) == messages


@pytest.mark.parametrize("stored", [None, "\0c\0", "\x009\0", "\0\0", "\0t0\0"])
def test_a_mark_of_what_is_not_there_is_damage(stored: str | None) -> None:
    with pytest.raises(ValueError, match="on file"):
        whole_raw(stored, SCHEMA, Made())


SCENARIO = Scenario.model_validate(
    {
        "scenario": "once",
        "speakers": {
            "bot": {"plays": "assistant"},
            "ada": {"plays": "user", "method": {"name": "vs", "k": 3}},
        },
        "turns": {"maximum": 4},
        "conditions": {
            "method": {
                name: {"speakers": {"ada": {"method": {"name": name, "k": 3}}}}
                for name in ("vs", "vs-cot", "vs-multi", "multi")
            }
            | {name: {"speakers": {"ada": {"method": name}}} for name in ("direct", "cot")}
        },
        "outcomes": {
            "gift": {
                "kind": "amount",
                "support": [0, 2],
                "judged": {"question": "How much did ada promise?"},
            }
        },
    }
)


def a_run(path: Path) -> list[str]:
    """Make a run, and return what its model wrote."""
    wrote: list[str] = []

    def answer(request: ChatRequest) -> Any:
        number = len(request.messages) + (request.seed or 0) % 1000
        says = [f"Number {number} of {i} “texts”." for i in (1, 2, 2)]
        fields = (request.schema or {}).get("properties", {})
        many = [{"text": t, "ends": False, "probability": 0.1 * i} for i, t in enumerate(says, 1)]
        value: Any = {
            "reasoning": f"Because of {number}.",
            "responses": many[: fields.get("responses", {}).get("maxItems")],
            "text": says[0],
            "ends": False,
            "value": 1.5,
        }
        wrote.append(
            json.dumps({name: value[name] for name in fields}, ensure_ascii=False)
            if fields
            else says[0]
        )
        return wrote[-1]

    asyncio.run(run(SCENARIO, n=1, model=ScriptedModel(answer), seed=1, out=path, concurrency=1))
    return wrote


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    path = tmp_path_factory.mktemp("once") / "a.db"
    return path, a_run(path)


def test_no_text_of_a_run_is_stored_twice(whole: tuple[Path, list[str]]) -> None:
    dump = sqlite3.connect(whole[0])
    texts = {text for (text,) in dump.execute("SELECT text FROM turn")}
    for sql in ("SELECT raw FROM call WHERE raw IS NOT NULL", "SELECT text FROM text"):
        for (stored,) in dump.execute(sql):
            assert not [text for text in texts if text in stored], sql
    drawn = "SELECT candidates -> chosen ->> 0 FROM turn WHERE candidates IS NOT NULL"
    assert set(dump.execute(drawn)) == {(None,)}
    dump.close()


def test_each_call_is_read_as_it_was_made(whole: tuple[Path, list[str]]) -> None:
    with open_run(whole[0]) as file:
        calls = [call for planned, _ in file.planned() for call in file.calls(planned.id)]
    assert sorted(call.reply.text for call in calls if call.reply) == sorted(whole[1])
    prompts = [message["content"] for call in calls for message in call.prompt]
    assert not [text for text in prompts if "\0" in text]
    assert sum('ada: "Number' in text for text in prompts) >= 6  # the judges' transcripts


def test_equal_candidates_count_as_one_whether_drawn_or_not(
    whole: tuple[Path, list[str]],
) -> None:
    with open_run(whole[0]) as file:
        merged = [
            turn.distribution.merged().entropy()
            for dialogue in file.read()
            for turn in dialogue.turns
            if turn.distribution is not None
        ]
        assert [turn.entropy for turn in turn_entropies(file)] == pytest.approx(merged)


def test_a_branch_keeps_what_its_parent_said(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    a_run(path)
    with open_run(path) as file:
        turn = file.dialogue(0).turns[1]
        assert turn.draw is not None
        texts, taken = turn.draw.distribution.texts, (turn.draw.chosen + 1) % 3
    model = ScriptedModel(lambda request: "Fine.")
    asyncio.run(branch(path, 0, turn=1, choose=taken, model=model))
    with open_run(path, with_branches=True) as file:
        made = list(file.read())[-1]
        assert made.turns[1].distribution is not None
        assert made.turns[1].distribution.texts == texts
        assert made.turns[1].text == texts[taken]
