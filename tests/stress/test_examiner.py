"""All checks of a scenario on one dialogue: none keeps another from its verdict."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import run
from simulate.engine.examiner import Examiner
from simulate.errors import ModelError, RunFileError, ScenarioError
from simulate.models import ChatReply, ChatRequest, ScriptedModel
from simulate.runfile import Turn, open_run
from simulate.scenario import Check, Scenario
from simulate.scenario.reserved_names import SIMULATOR_CHECKS
from simulate.stress.examiner import Checks
from tests.stress.talk import bot, dialogue, judge

RULE = {"rubric": "Is it polite?", "levels": {"yes": "pass", "no": "fail"}}


def declared(**checks: dict[str, Any]) -> dict[str, Check]:
    return {name: Check.model_validate(check) for name, check in checks.items()}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a module of check functions, and forget it afterwards."""
    (tmp_path / "my_rules.py").write_text(
        "def short(d):\n    return len(d.turns) < 9\ndef broken(d):\n    return 1 / 0\nx = 3\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "my_rules", raising=False)
    return tmp_path


def test_each_check_has_its_verdict_in_order_and_then_the_simulators(module: Path) -> None:
    checks: Examiner = Checks(
        declared(
            polite={"judged": RULE},
            broken={"python": "my_rules:broken"},
            stateful={"reaches": {"state": {"path": "$.a"}}},
            bounded={"length": {"most": 3}},
        ),
        allow_code=True,
        extra_python=["my_rules:short"],
        folder=module,
    )
    records = asyncio.run(checks.examine(bot("Hello."), judge(["nothing to read"])))
    verdicts = {r.check: r.verdict for r in records}
    assert list(verdicts) == ["polite", "broken", "stateful", "bounded", "short", *SIMULATOR_CHECKS]
    assert list(verdicts.values())[:5] == ["error", "error", "error", "fail", "pass"]
    assert "ZeroDivisionError: “division by zero” (my_rules.py:4)" in records[1].reason
    assert all("\n" not in r.reason for r in records)


def test_code_of_a_scenario_is_refused_unless_allowed(module: Path) -> None:
    with pytest.raises(ScenarioError, match=r"checks\.mine\.python: runs my_rules:short"):
        Checks(declared(mine={"python": "my_rules:short"}), folder=module)
    assert "my_rules" not in sys.modules


@pytest.mark.parametrize(
    ("checks", "problem"),
    [
        ({"a": {"python": "my_rules:none"}}, r"checks\.a\.python: .* cannot be imported"),
        ({"a": {"python": "my_rules:x"}}, "is a int, no function"),
        ({"a": {"python": "no_such_rules:x"}}, "No module named"),
        ({"a": {"language": "xq"}}, r"checks\.a\.language"),
        ({"role-inversion": {"lacks": ["x"]}}, "this name is taken"),
        ({"responds": {"lacks": ["x"]}}, "this name is taken"),
    ],
)
def test_a_check_that_cannot_work_is_refused_at_once(
    checks: dict[str, Any], problem: str, module: Path
) -> None:
    with pytest.raises(ScenarioError, match=problem):
        Checks(declared(**checks), allow_code=True, folder=module)


def test_a_goal_whose_after_never_came_counts_as_not_reached() -> None:
    checks = Checks(declared(goal={"after": "order", "reaches": {"says": "refund"}}))
    left = dialogue(Turn(0, "customer", "bye", ends=True))
    records = {r.check: r for r in asyncio.run(checks.examine(left, judge([])))}
    assert records["goal"].verdict == "pass"
    assert records["stopped-early"].verdict == "fail"


def test_the_templates_of_checks_are_rehearsed_with_the_scenario() -> None:
    from simulate.errors import InputError
    from simulate.scenario import rehearse

    scenario = Scenario.model_validate(
        {
            "scenario": "s",
            "speakers": {"customer": {"plays": "user"}, "bot": {"plays": "assistant"}},
            "checks": {"a": {"leaks": {"prompt": "You are {{ nobody }}, the assistant of Acme."}}},
        }
    )
    with pytest.raises(InputError, match=r"checks\.a\.leaks\.prompt\.0"):
        rehearse(scenario, None)


def with_prompts(path: Path, **changed: str | None) -> None:
    """Change the versions of prompts that a run file tells of; None takes one out."""
    connection = sqlite3.connect(path)
    with connection:
        (text,) = connection.execute("SELECT value FROM meta WHERE key = 'prompts'").fetchone()
        told = {k: v for k, v in {**json.loads(text), **changed}.items() if v is not None}
        connection.execute("UPDATE meta SET value = ? WHERE key = 'prompts'", (json.dumps(told),))
        connection.execute("UPDATE meta SET value = '\"another\"' WHERE key = 'fingerprint'")
    connection.close()


def test_a_run_does_not_go_on_with_another_prompt_of_its_judges(tmp_path: Path) -> None:
    scenario = Scenario.model_validate(
        {
            "scenario": "judged",
            "speakers": {"customer": {"plays": "assistant"}, "bot": {"plays": "assistant"}},
            "turns": {"maximum": 2},
            "checks": {"polite": {"judged": RULE}},
        }
    )
    path = tmp_path / "a.db"
    answer = {"quote": "", "reason": "So.", "verdicts": {"yes": 1, "no": 0}}
    model = ScriptedModel(lambda request: answer if request.schema else "Hello.")
    settings: dict[str, Any] = {"model": model, "out": path, "examiner": Checks(scenario.checks)}
    asyncio.run(run(scenario, n=1, **settings))
    with_prompts(path, verdict=None)  # as in a file of before these were told
    assert asyncio.run(run(scenario, n=2, resume=True, **settings)).completed == 2
    with_prompts(path, verdict="another")
    with pytest.raises(RunFileError, match="another prompt verdict;"):
        asyncio.run(run(scenario, n=3, resume=True, **settings))


def test_only_checks_that_ask_a_judge_have_a_prompt() -> None:
    asking, silent = declared(polite={"judged": RULE}), declared(short={"length": {"most": 3}})
    assert list(Checks(asking).prompts(2)) == ["verdict"]
    assert Checks(asking).prompts(1) != Checks(asking).prompts(2)
    assert Checks(silent).prompts(2) == {}


class SometimesAway:
    """A model of which the judge cannot be reached at first."""

    name = "m"
    concurrency = 4

    def __init__(self) -> None:
        self.away = True
        answer = {"quote": "", "reason": "So.", "verdicts": {"yes": 1, "no": 0}}
        self._right = ScriptedModel(lambda request: answer if request.schema else "Hello.", "m")
        self.asked = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        if self.away and "polite" in str(request.messages):
            raise ModelError("nobody answers; given up after 6 attempts in 9 s")
        return await self._right.complete(request)

    async def aclose(self) -> None:
        pass


def test_a_dialogue_whose_judge_was_not_reached_is_examined_again(tmp_path: Path) -> None:
    scenario = Scenario.model_validate(
        {
            "scenario": "judged",
            "speakers": {"customer": {"plays": "assistant"}, "bot": {"plays": "assistant"}},
            "turns": {"maximum": 2},
            "checks": {
                "polite": {"judged": RULE | {"votes": 2}},
                "kind": {"judged": RULE | {"rubric": "Is it kind?"}},
            },
        }
    )
    model, path = SometimesAway(), tmp_path / "a.db"
    settings: dict[str, Any] = {"model": model, "out": path, "examiner": Checks(scenario.checks)}
    assert asyncio.run(run(scenario, n=2, **settings)).failed == 2
    with open_run(path) as file:
        (failure,) = file.failures()
        assert failure.fault == "infrastructure"
        assert failure.error.startswith("check:polite:0: nobody answers")
        calls = [c for d, _ in file.planned() for c in file.calls(d.id)]
        paid = sum(c.reply is not None for c in calls)
        assert (paid, len(calls) - paid) == (2 * 5, 2 * 2)  # what the other check paid is counted
    model.away, model.asked = False, 0
    result = asyncio.run(run(scenario, n=2, resume=True, **settings))
    assert (result.completed, result.failed, model.asked) == (2, 0, 2 * 3)
    with open_run(path) as file:
        verdicts = [v for d in file.read() for v in d.verdicts]
    assert {v.verdict for v in verdicts if v.check in ("polite", "kind")} == {"pass"}
