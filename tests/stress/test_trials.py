"""Cases that are said several times: pass^k and its intervals by enumeration, and the command."""

import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from simulate.statistics.proportions import exact
from simulate.stress.cases.case import write_case
from simulate.stress.cases.case_replay import CaseResult, CaseTrials, Status, over_cases
from simulate.stress.cases.replaying import Replay
from tests.conftest import Command
from tests.stress.test_cases import plain
from tests.stress.test_pytest_plugin import RESPONDS

CASE = plain()
RATES = np.linspace(0, 1, 41).tolist()


def trials(passed: int, failed: int, *others: Status) -> CaseTrials:
    statuses: list[Status] = [*["passed"] * passed, *["failed"] * failed, *others]  # type: ignore[list-item]
    replay = Replay((), (), 0, {})
    return CaseTrials(CASE, tuple(CaseResult(CASE, each, "why", replay) for each in statuses))


def chance(c: int, n: int, p: float) -> float:
    return math.comb(n, c) * p**c * (1 - p) ** (n - c)


@pytest.mark.parametrize("n", [1, 3, 5, 8])
def test_pass_k_is_right_on_average_and_its_interval_covers_whatever_the_chance(n: int) -> None:
    found = [trials(c, n - c).powers for c in range(n + 1)]
    for k, p in itertools.product(range(1, n + 1), RATES):
        each = [(chance(c, n, p), found[c][k - 1]) for c in range(n + 1)]
        assert math.fsum(q * power.value for q, power in each) == pytest.approx(p**k)
        held = math.fsum(q for q, of in each if of.interval[0] <= p**k <= of.interval[1])
        assert held >= 0.95 - 1e-9


@pytest.mark.parametrize("mixture", [{0.5: 1.0}, {0.0: 0.3, 1.0: 0.7}, {0.3: 0.2, 0.95: 0.8}])
@pytest.mark.parametrize(("cases", "n", "k"), [(1, 3, 3), (4, 3, 1), (6, 3, 3), (10, 2, 2)])
def test_the_interval_over_cases_covers_where_trials_of_a_case_are_alike(
    mixture: Mapping[float, float], cases: int, n: int, k: int
) -> None:
    values = [trials(c, n - c).all_of(k) or 0.0 for c in range(n + 1)]
    of_case = [math.fsum(w * chance(c, n, p) for p, w in mixture.items()) for c in range(n + 1)]
    sums = {0.0: 1.0}
    for _ in range(cases):
        more: dict[float, float] = {}
        for (total, q), (value, r) in itertools.product(
            sums.items(), zip(values, of_case, strict=True)
        ):
            key = round(total + value, 9)
            more[key] = more.get(key, 0.0) + q * r
        sums = more
    truth = math.fsum(w * p**k for p, w in mixture.items())
    ends = {total: exact(total, cases) for total in sums}
    held = math.fsum(q for s, q in sums.items() if ends[s][0] <= truth <= ends[s][1])
    assert held >= 0.95


def test_over_cases_each_case_counts_once() -> None:
    found = over_cases([trials(3, 0), trials(1, 2), trials(1, 0, "skipped", "error")])
    assert [(of.k, of.n) for of in found] == [(1, 3), (2, 2), (3, 2)]
    assert [of.value for of in found] == pytest.approx([(1 + 1 / 3 + 1) / 3, 0.5, 0.5])
    assert found[0].interval == exact(7 / 3, 3)


@pytest.mark.parametrize(
    ("found", "word", "status"),
    [
        (trials(1, 0), "passes", "passed"),
        (trials(0, 1), "fails", "failed"),
        (trials(4, 1), "flaky", "failed"),
        (trials(0, 5), "broken", "failed"),
        (trials(4, 0, "error"), "passes", "passed"),
        (trials(0, 0, "skipped"), "not decided", "skipped"),
        (trials(0, 0, "skipped", "error"), "not decided", "error"),
    ],
)
def test_one_unlucky_trial_of_a_flaky_target_is_told_from_a_broken_one(
    found: CaseTrials, word: str, status: str
) -> None:
    assert (found.word, found.status()) == (word, status)
    assert found.sentence.startswith(f"{word}: ")


def test_a_case_may_be_asked_to_pass_in_a_share_of_its_trials_only() -> None:
    assert (trials(4, 1).status(0.8), trials(3, 2).status(0.8)) == ("passed", "failed")


BOT = """
import itertools
COUNT = itertools.count()

def answer(message, session):
    fails = "red" in message or ("blue" in message and next(COUNT) % 3 == 0)
    return "" if fails else "Fine."
"""


@pytest.fixture
def cases(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Say the cases of a folder again: one that passes, a flaky and a broken one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"bot_{abs(hash(tmp_path.name))}"
    Path(f"{name}.py").write_text(BOT, "utf-8")
    for kept, text in {"good": "green", "shaky": "blue", "bad": "red"}.items():
        write_case(plain(**RESPONDS, case=kept, messages=[text]), "cases")

    def call(*words: Any) -> tuple[int, str, str]:
        return command("cases", *words, "--target", f"python:{name}:answer")

    return call


def test_the_command_says_of_each_case_how_often_it_passes(cases: Command) -> None:
    code, out, _ = cases("cases", "--repeat", 6, "--junit", "a.xml", "--json")
    found = json.loads(out)
    assert code == 1
    assert {each["case"]: (each["word"], each["passed"]) for each in found["cases"]} == {
        "bad": ("broken", 0), "good": ("passes", 6), "shaky": ("flaky", 4),
    }  # fmt: skip
    assert found["pass_power"][0]["value"] == pytest.approx((0 + 1 + 4 / 6) / 3)
    suite = ElementTree.parse("a.xml").getroot()[0]  # noqa: S314  # our own file
    assert [suite.get(key) for key in ("tests", "failures")] == ["3", "2"]


def test_the_command_quotes_what_was_said_in_a_trial_that_failed(cases: Command) -> None:
    code, out, _ = cases("cases/bad.yaml", "cases/good.yaml", "cases")
    assert code == 1
    assert "bad: fails: passed in 0 of 1 trial" in out
    assert "  ada: “red”" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["cases/good.yaml"], 0, ""),
        (["cases/shaky.yaml", "--repeat", "3", "--min-pass-rate", "0.6"], 0, ""),
        (["nowhere.yaml"], 2, "nowhere.yaml"),
        (["empty"], 2, "empty: no case (*.yaml) is in this folder"),
    ],
)
def test_the_exit_code_says_what_became_of_them(
    cases: Command, words: list[str], code: int, said: str
) -> None:
    Path("empty").mkdir()
    ended, _, err = cases(*words)
    assert (ended, said in err) == (code, True)


def test_cases_that_nobody_judges_are_not_tested(cases: Command) -> None:
    judged = {"rubric": "Kind?", "levels": {"kind": "pass", "unkind": "fail"}}
    scenario = {**RESPONDS["scenario"], "checks": {"polite": {"judged": judged}}}
    path = write_case(
        plain(case="kind", check="polite", scenario=scenario, messages=["green"]), "judged"
    )
    code, _, err = cases(path)
    assert code == 2
    assert err.splitlines()[-1].startswith("not tested: kind: not decided: a model judges this")
