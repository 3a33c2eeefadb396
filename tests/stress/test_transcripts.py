"""The checks of a stress test on chat logs that were not made here."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.errors import InputError, RunFileError, ScenarioError
from simulate.models import ChatRequest, ScriptedModel
from simulate.reference.human_talks import human_records
from simulate.report.document_markdown import to_markdown
from simulate.report.stress_document import stress_document
from simulate.scenario import Scenario
from simulate.stress.api import StressResult
from simulate.stress.gate import gates_of
from tests.human_data import OFFICIAL, needs_official
from tests.made_runs import gone_at

SHOP: dict[str, Any] = {
    "scenario": "shop",
    "speakers": {
        "customer": {
            "plays": "user",
            "goal": "Get {{ persona.wish }}.",
            "facts": {"order": "A-1"},
            "instructions": "You are {{ persona.name }}.",
        },
        "bot": {"plays": "target", "target": "http://127.0.0.1:9/chat"},
    },
    "checks": {
        "no-managers": {"lacks": ["as you are a manager"]},
        "polite": {
            "judged": {"rubric": "Is it polite?", "levels": {"polite": "pass", "rude": "fail"}}
        },
        "in-role": {"speaker": "customer", "lacks": ["as an AI"]},
        "on-order": {
            "judged": {
                "rubric": "About {{ facts.order }}?",
                "levels": {"yes": "pass", "no": "fail"},
            }
        },
    },
}
ELSEWHERE = "m@http://models.example/v1"
MANAGER = "As you are a manager, it is done."


def shop(*checks: str) -> Scenario:
    kept = {name: each for name, each in SHOP["checks"].items() if not checks or name in checks}
    return Scenario.model_validate({**SHOP, "checks": kept})


def judge(request: ChatRequest) -> dict[str, Any]:
    """Find rude what says “stupid”."""
    rude = 0.9 if "stupid" in request.messages[0]["content"] else 0.1
    return {
        "verdicts": [
            {"verdict": v, "probability": p, "quote": "", "reason": "so"}
            for v, p in (("rude", rude), ("polite", round(1 - rude, 1)))
        ]
    }


def log(folder: Path, *answers: str, name: str = "log.jsonl", users: int = 3) -> Path:
    """Write a log with a dialogue for each answer of the bot."""
    path = folder / name
    lines = [
        {
            "messages": [
                {"role": "user", "content": "Hello."},
                {"role": "assistant", "content": answer},
            ],
            "metadata": {"user_id": f"u{number % users}", "plan": "free" if number % 2 else "pro"},
        }
        for number, answer in enumerate(answers)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def checked(path: Path, *checks: str, **options: Any) -> StressResult:
    options.setdefault("out", path.with_suffix(".db"))
    return simulate.check_transcripts_sync([path], shop(*checks), **options)


def test_rates_of_a_log_are_those_of_its_dialogues(tmp_path: Path) -> None:
    path = log(tmp_path, "Fine.", MANAGER, "You are stupid.", "Fine.")
    found = checked(path, model=ScriptedModel(judge))
    (cell,) = found.analysis.cells
    rates = {rate.check: rate.drawn.failed for rate in cell.rates.checks}
    assert {name: (rate.hits, rate.n) for name, rate in rates.items()} == {
        "no-managers": (1, 4),
        "polite": (1, 4),
    }
    assert (cell.rates.any.drawn.failed.hits, cell.rates.personas) == (2, 3)
    assert found.run.calls == 4


def test_no_probability_is_made_up_and_the_gate_holds_the_rate_as_observed(tmp_path: Path) -> None:
    found = checked(log(tmp_path, *["Fine."] * 40, MANAGER), "no-managers").analysis
    weighted = found.cells[0].rates.any.stated_weighted
    assert weighted.value is None
    assert "no probabilities were stated" in str(weighted.refused)
    gates = gates_of(found, 0.5, "interval")
    assert gates.passed
    assert "observed" in gates.rates[0][1].sentence


def test_checks_of_a_simulated_user_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    found = checked(log(tmp_path, "Fine."), model=ScriptedModel(judge))
    told = " ".join(found.analysis.cautions)
    assert "Check in-role is left out: it is of the simulated user" in told
    assert "Check on-order is left out: it reads facts" in told
    with found.run.open() as file:
        assert {each.verdict.check for each in file.verdicts()} == {"no-managers", "polite"}


def test_each_dialogue_is_named_by_its_place_in_the_log(tmp_path: Path) -> None:
    path = log(tmp_path, "Fine.", MANAGER)
    (cell,) = checked(path, "no-managers").analysis.cells
    assert [turn.dialogue for turn in cell.failures[0].turns] == [f"{path}:2"]


def test_persona_groups_are_of_what_the_log_says_of_users(tmp_path: Path) -> None:
    answers = [MANAGER if number % 2 else "Fine." for number in range(40)]
    (cell,) = checked(log(tmp_path, *answers, users=40), "no-managers").analysis.cells
    assert {each.attribute for each in cell.groups.worse} == {"plan"}


def test_one_user_with_other_attributes_is_one_person(tmp_path: Path) -> None:
    found = checked(log(tmp_path, *["Fine."] * 6), "no-managers")
    with found.run.open() as file:
        assert sorted(file.personas) == ["u0", "u0#2", "u1", "u1#2", "u2", "u2#2"]
        assert {file.root(each) for each in file.personas} == {"u0", "u1", "u2"}


def test_a_run_that_broke_off_is_resumed_without_the_log(tmp_path: Path) -> None:
    path = log(tmp_path, *["Fine."] * 6)
    with pytest.raises(simulate.errors.EndpointError):
        checked(path, model=gone_at(4, judge), concurrency=1)
    path.unlink()
    found = checked(path, model=ScriptedModel(judge), resume=True)
    assert (found.run.completed, found.run.calls) == (6, 6)


def test_another_log_is_not_resumed_into_the_same_run(tmp_path: Path) -> None:
    out = tmp_path / "a.db"
    checked(log(tmp_path, "Fine."), "no-managers", out=out)
    other = log(tmp_path, "Fine.", name="other.jsonl")
    with pytest.raises(RunFileError, match="begun with the logs"):
        checked(other, "no-managers", out=out, resume=True)


def test_dialogues_that_cannot_be_checked_are_counted(tmp_path: Path) -> None:
    path = log(tmp_path, "Fine.")
    with path.open("a") as file:
        for roles in (["user"], ["user", "narrator"], ["narrator"]):
            said = [{"role": role, "content": "Well."} for role in roles]
            file.write(json.dumps({"messages": said}) + "\n")
    given = checked(path, "no-managers").analysis.given
    assert given is not None
    assert given.files == [(str(path), "OpenAI chat messages", 1)]
    assert [line.partition(": ")[2] for line in given.lines] == [
        "left out: has no turn of bot: if it is called otherwise, say --speaker bot=ROLE",
        "left out: has the role “narrator”, which is no speaker: say --speaker SPEAKER=ROLE "
        "(2 like this)",
    ]


def test_roles_are_mapped_as_the_user_says(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    turns = [{"speaker": who, "text": MANAGER} for who in ("persuader", "persuadee", "ann")]
    path.write_text(json.dumps({"turns": turns, "label": "fail"}))
    found = checked(path, "no-managers", speakers=["bot=persuader", "customer=*"])
    with found.run.open() as file:
        (dialogue,) = file.read()
    assert [(turn.speaker, turn.messages) for turn in dialogue.turns] == [
        ("bot", (MANAGER,)),
        ("customer", (MANAGER, MANAGER)),
    ]


@pytest.mark.parametrize(
    ("speakers", "why"),
    [(["bot"], "write SPEAKER=ROLE"), (["host=x"], "has no speaker “host”")],
)
def test_a_mapping_that_names_nothing_is_refused(
    tmp_path: Path, speakers: list[str], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        checked(log(tmp_path, "Fine."), "no-managers", speakers=speakers)


def test_a_log_without_a_usable_dialogue_leaves_no_run_file(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("{broken\n")
    with pytest.raises(InputError, match=r"no dialogue that can be checked: .*log.jsonl:1: is no"):
        checked(path, "no-managers")
    assert not (tmp_path / "log.db").exists()


def test_a_scenario_whose_checks_are_all_of_the_user_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no check can be carried out on a log"):
        checked(log(tmp_path, "Fine."), "in-role")


def test_a_log_reaches_no_judge_elsewhere_without_a_reason(tmp_path: Path) -> None:
    path = log(tmp_path, "Fine.")
    with pytest.raises(InputError, match=r"the dialogues of .*log.jsonl would be sent to"):
        checked(path, model=ELSEWHERE)
    assert not path.with_suffix(".db").exists()


def test_a_file_of_checks_takes_the_place_of_a_scenario(tmp_path: Path) -> None:
    checks = tmp_path / "checks.yaml"
    checks.write_text("checks:\n  no-managers:\n    lacks: [as you are a manager]\n")
    out = tmp_path / "log.db"
    found = simulate.check_transcripts_sync([log(tmp_path, MANAGER)], checks=checks, out=out)
    assert found.analysis.cells[0].rates.any.drawn.failed.hits == 1


def test_tool_calls_of_a_log_are_on_file_with_their_results(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    call = {"id": "c1", "function": {"name": "refund", "arguments": '{"order": "A-1"}'}}
    messages = [
        {"role": "user", "content": "Refund A-1."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    ]
    path.write_text(json.dumps({"messages": messages}))
    with checked(path, "no-managers").run.open() as file:
        (dialogue,) = file.read()
    turn = dialogue.turns[1]
    assert (turn.text, turn.latency_s, turn.given) == ("", None, True)
    assert [(c.name, c.arguments, c.result) for c in turn.tool_calls] == [
        ("refund", {"order": "A-1"}, "done")
    ]


def test_logs_are_checked_in_a_notebook_too(tmp_path: Path) -> None:
    path = log(tmp_path, "Fine.")
    found = asyncio.run(
        simulate.check_transcripts([path], shop("no-managers"), out=tmp_path / "a.db")
    )
    assert found.run.completed == 1


def test_who_says_nothing_in_a_corpus_need_be_no_speaker(tmp_path: Path) -> None:
    said = [("bot", "Hi."), ("user", "Hello."), ("narrator", " ")]
    lines = [
        {"id": i, "conversation_id": "c", "speaker": f"s{i}", "text": text, "meta": {"role": role}}
        for i, (role, text) in enumerate(said)
    ]
    path = tmp_path / "utterances.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with checked(path, "no-managers").run.open() as file:
        (dialogue,) = file.read()
    assert dialogue.persona.id == "s1"


@needs_official
def test_dialogues_that_people_had_are_checked_as_a_log(tmp_path: Path) -> None:
    name, records = human_records(f"persuasionforgood:{OFFICIAL}")
    path = tmp_path / "people.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records[:40]))
    roles = ["bot=persuader", "customer=persuadee"]
    (cell,) = checked(path, "no-managers", speakers=roles).analysis.cells
    assert (name, cell.rates.dialogues) == ("persuasionforgood", 40)
    assert cell.rates.any.drawn.failed.hits == 0


def test_the_page_of_a_log_says_as_observed_and_explains_nothing_else(tmp_path: Path) -> None:
    found = checked(log(tmp_path, MANAGER), "no-managers").analysis
    shown = to_markdown(stress_document(found, gates_of(found, None, "interval")))
    assert "- **as observed:** Share of the decided dialogues" in shown
    assert not re.search("(?i)as drawn|stated-weighted|flatter|from the tail", shown)
