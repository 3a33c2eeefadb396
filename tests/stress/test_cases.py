import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.engine import run
from simulate.errors import CaseError, InputError
from simulate.models import Models
from simulate.runfile import open_run
from simulate.scenario import Check, Scenario
from simulate.stress.cases.case import Case, load_case, write_case
from simulate.stress.cases.case_making import case_of
from simulate.stress.cases.case_replay import CaseResult, replay_cases
from simulate.stress.cases.shrinking import Shrunk, shrink
from simulate.stress.examiner import Checks
from simulate.targets import TargetReply, ToolCall
from tests.endpoint import Body, Serve, refusal
from tests.stress.test_shrinking import TALK, Parrot, only, rude_at
from tests.ways import over_wire

PLAIN: dict[str, Any] = {
    "case": "polite-1",
    "check": "polite",
    "messages": ["red"],
    "scenario": {
        "scenario": "talk",
        "speakers": {"ada": {"plays": "user"}, "bot": {"plays": "target"}},
        "checks": {"polite": {"lacks": ["idiot"]}},
    },
    "persona": {"id": "p"},
    "found": {
        "run": "r",
        "dialogue": "d",
        "seed": 0,
        "date": "2026-01-01T00:00:00+00:00",
        "turns_before": 8,
        "turns": 1,
    },
}


def plain(**changes: Any) -> Case:
    return Case.model_validate({**PLAIN, **changes})


def found(folder: Path, name: str | None = None, **changes: Any) -> tuple[Case, Shrunk]:
    """Run a dialogue, shrink it, and make a case of it."""
    scenario = Scenario.model_validate({**TALK, **changes})
    examiner = Checks(scenario.checks)

    async def work() -> tuple[Case, Shrunk]:
        path = folder / "a.db"
        await run(
            scenario,
            n=1,
            model=only("a", "a red lamp", "b"),
            target=Parrot(rude_at("red")),
            out=path,
            examiner=examiner,
        )
        with open_run(path) as file:
            target = Parrot(rude_at("red"))
            shrunk = await shrink(file, 0, "polite", target=target, examiner=examiner)
            return case_of(file, 0, shrunk, name), shrunk

    return asyncio.run(work())


async def replay_case(case: Case, target: Any, **options: Any) -> CaseResult:
    [found] = await replay_cases([case], target, **options)
    return found.results[0]


def replayed(case: Case, answer: Any, **options: Any) -> CaseResult:
    examiner = Checks(case.scenario.checks)
    return asyncio.run(replay_case(case, Parrot(answer), examiner=examiner, **options))


def test_a_case_says_where_it_was_found_and_what_was_left(tmp_path: Path) -> None:
    case, _ = found(tmp_path)
    assert case.messages == ["red"]
    assert (case.found.turns_before, case.found.turns) == (8, 1)
    assert case.found.target == "parrot"
    assert [(turn.speaker, turn.text) for turn in case.said] == [
        ("ada", "red"),
        ("bot", "You idiot."),
    ]


def test_a_case_is_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    case, _ = found(tmp_path)
    assert load_case(write_case(case, tmp_path)) == case


def test_a_case_holds_its_check_with_all_options_also_those_at_their_default(
    tmp_path: Path,
) -> None:
    check = Check.model_validate({"repeats": {}})
    scenario = plain().scenario.model_copy(update={"checks": {"moves-on": check}})
    path = write_case(plain(check="moves-on", scenario=scenario), tmp_path)
    assert "most: 2" in path.read_text("utf-8")


def test_a_case_keeps_its_version_of_the_prompts_and_had_the_first_before_there_were_any(
    tmp_path: Path,
) -> None:
    for version in (1, 2):
        case = plain(scenario={**PLAIN["scenario"], "prompt_version": version})
        path = write_case(case, tmp_path / str(version))
        assert f"prompt_version: {version}" in path.read_text("utf-8")
    assert plain().scenario.prompt_version == 1


def test_a_case_fails_as_long_as_the_target_does(tmp_path: Path) -> None:
    case, _ = found(tmp_path)
    result = replayed(case, rude_at("red"))
    assert (result.status, result.reason) == (
        "failed",
        "“idiot” is said (turn 1)",
    )


def test_a_case_passes_once_the_target_is_mended(tmp_path: Path) -> None:
    case, _ = found(tmp_path)
    assert replayed(case, lambda heard: "Fine.").status == "passed"


def test_a_target_that_does_not_respond_fails_a_case_of_any_check() -> None:
    def answer(heard: list[str]) -> Any:
        from simulate.errors import TargetTimeoutError

        raise TargetTimeoutError("no answer within 60 s")

    result = replayed(plain(), answer)
    assert result.status == "failed"
    assert "no answer within 60 s" in result.reason


def test_a_judged_case_without_a_judge_is_skipped() -> None:
    rubric = {"rubric": "Kind?", "levels": {"kind": "pass", "unkind": "fail"}}
    scenario = {**PLAIN["scenario"], "checks": {"polite": {"judged": rubric}}}
    result = asyncio.run(replay_case(plain(scenario=scenario), Parrot(rude_at("red"))))
    assert result.status == "skipped"
    assert "no judge's model was given" in result.reason


def test_a_target_that_ends_the_conversation_ends_the_replay() -> None:
    case = plain(messages=["a", "b", "c"])
    result = replayed(case, lambda heard: TargetReply(("Bye.",), ends=True))
    assert (result.status, result.replay.said) == ("passed", 1)
    assert "(the conversation ended here)" in result.told()


def test_what_is_told_shows_nothing_active() -> None:
    def answer(heard: list[str]) -> TargetReply:
        return TargetReply(("idiot \x1b[31m\u202e\n::error::x",), (ToolCall("r", {"a": 1}),))

    told = replayed(plain(), answer).told()
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert not any(line.startswith("::") for line in told.splitlines())
    assert 'calls r {"a": 1}' in told


def test_facts_and_goal_are_kept_as_the_persona_had_them(tmp_path: Path) -> None:
    speakers = {
        "ada": {
            "plays": "user",
            "method": "vs",
            "instructions": "A secret of the simulation.",
            "goal": "Get {{ facts.order }}.",
            "facts": {"order": "{{ persona.id }} {{ '{{' }} 7 }}"},
        },
        "bot": {"plays": "target", "instructions": "Be {{ cell.tone }} to {{ persona.id }}."},
    }
    conditions: dict[str, Any] = {"tone": {"kind": {}}}
    case, _ = found(tmp_path, speakers=speakers, conditions=conditions)
    there = load_case(write_case(case, tmp_path))
    ada = there.scenario.speakers["ada"]
    assert ada.facts["order"].value == '{{ "anyone-0001 {{ 7 }}" }}'
    assert ada.goal == '{{ "Get anyone-0001 {{ 7 }}." }}'
    assert ada.instructions == ""
    assert there.scenario.speakers["bot"].instructions == "Be kind to anyone-0001."
    assert there.cell == {"tone": "kind"}


def test_only_variables_that_the_check_reads_are_kept(tmp_path: Path) -> None:
    checks = {"polite": {"leaks": {"secrets": ["{{ variables.rude }}"]}}}
    case, _ = found(tmp_path, checks=checks, variables={"rude": "idiot", "code": "LANTERN"})
    assert case.scenario.variables == {"rude": "idiot"}
    assert replayed(case, rude_at("red")).status == "failed"


def test_a_case_does_not_say_how_the_target_is_reached(tmp_path: Path) -> None:
    target = {
        "kind": "http",
        "url": "http://127.0.0.1:1/chat",
        "headers": {"X-Shop": "hidden-in-a-header"},
    }
    speakers = {**TALK["speakers"], "bot": {"plays": "target", "target": target}}
    case, _ = found(tmp_path, speakers=speakers)
    assert "hidden-in-a-header" not in write_case(case, tmp_path).read_text("utf-8")


def test_a_secret_that_the_target_said_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", "You idiot.")
    case, _ = found(tmp_path)
    assert case.said[1].text == "[redacted]"


def test_a_secret_among_the_messages_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    with pytest.raises(CaseError, match="environment variable that is named like a secret"):
        found(tmp_path, description="The password is correct horse.")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", ".hidden", "a\0b", "x" * 101])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CaseError, match="case"):
        found(tmp_path, name)


def test_a_check_of_any_name_gives_a_plain_file_name(tmp_path: Path) -> None:
    case, _ = found(tmp_path)
    assert write_case(case, tmp_path).name == f"polite-{case.found.dialogue[:8]}.yaml"


def test_the_same_case_found_again_is_not_written_twice(tmp_path: Path) -> None:
    first = write_case(plain(), tmp_path)
    again = plain(found={**PLAIN["found"], "run": "another"})
    assert write_case(again, tmp_path) == first
    assert load_case(first).found.run == "r"


def test_another_case_of_that_name_is_numbered(tmp_path: Path) -> None:
    write_case(plain(), tmp_path)
    path = write_case(plain(messages=["blue"]), tmp_path)
    assert path.name == "polite-1-2.yaml"
    assert load_case(path).name == "polite-1-2"


# What a model or a target writes is storable by then: no NUL, no half of a pair.
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = st.text(ANY) | st.text(
    st.sampled_from(" \n\r\t\x85\u2028\ufeff'\"#:-|>%@{}[]&*!?,ab\U0001f600")
)


@settings(max_examples=300, deadline=None)
@given(TEXT, TEXT)
def test_any_text_comes_back_as_it_was(message: str, reason: str) -> None:
    case = plain(messages=[message, f"{message}\n"], reason=reason)
    with tempfile.TemporaryDirectory() as folder:
        assert load_case(write_case(case, folder)) == case


@pytest.mark.parametrize(
    ("change", "line", "rule"),
    [
        ("check: polite", "check: rude", r":4: check: the scenario has no check “rude”"),
        ("seed: 0", "seed: x", r":\d+: found.seed: must be a whole number"),
        ("messages:\n- red", "messages: []", r":5: messages: the user speaks first"),
        ("plays: target", "plays: user", r"scenario: .*one speaker that plays target"),
        ("case: polite-1", "case: ../x", r":3: case: "),
    ],
)
def test_a_broken_case_is_refused_with_its_line(
    tmp_path: Path, change: str, line: str, rule: str
) -> None:
    path = write_case(plain(), tmp_path)
    text = path.read_text("utf-8")
    assert change in text
    path.write_text(text.replace(change, line), "utf-8")
    with pytest.raises(CaseError, match=rule):
        load_case(path)


def test_a_target_that_is_a_model_shares_the_limits_of_the_judge(
    tmp_path: Path, serve: Serve
) -> None:
    refusals: list[Any] = []

    def behave(body: Body, number: int) -> Any:
        return refusals.pop() if refusals else "You idiot."

    def slow_down() -> None:
        refusals.append(refusal("slow down", 429))
        refusals[-1].headers["Retry-After"] = "0"

    endpoint = serve(behave)
    target, judge = f"model:bot@{endpoint.url}", over_wire("judge", endpoint.url)
    case, _ = found(tmp_path)

    async def work() -> list[int]:
        rounds = []
        async with Models() as models:
            models.chat(judge)
            slow_down()
            await replay_case(case, target, models=models)
            rounds.append(judge.connection.limit.rounds)
            with open_run(tmp_path / "a.db") as file:
                slow_down()
                await shrink(file, 0, "polite", target=target, models=models)
                rounds.append(judge.connection.limit.rounds)
        return rounds

    assert asyncio.run(work()) == [1, 2]
    assert {body["model"] for body in endpoint.bodies} == {"bot"}


def test_a_target_elsewhere_is_told_of_no_person_without_a_reason() -> None:
    case = plain(found={**PLAIN["found"], "people": "the people of population panel"})
    told = case.model_dump()
    told["scenario"]["speakers"]["bot"]["instructions"] = "The customer is 30."
    with pytest.raises(InputError, match="population panel would be sent to http"):
        asyncio.run(replay_case(Case.model_validate(told), "http://shop.example/chat"))


def test_a_case_of_a_user_who_attacks_reaches_no_target_outside_without_a_word() -> None:
    case = plain(found={**PLAIN["found"], "attackers": "attacks"})
    with pytest.raises(InputError, match=r"users of population attacks attack, and http://shop"):
        asyncio.run(replay_case(case, "http://shop.example/chat"))
    assert replayed(case, lambda heard: "Fine.").status == "passed"
