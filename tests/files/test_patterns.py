"""Regular expressions from files cannot hold a run, and read as Python's do."""

import asyncio
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.engine import run
from simulate.errors import ParseError, RequestRefusedError
from simulate.files import patterns, shipped
from simulate.files.patterns import PatternTooSlowError, Search, check_pattern
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import open_run
from simulate.scenario import Outcome, Scenario, load_scenario
from simulate.scenario.applicability import MISSING
from tests.yardstick import within

CATASTROPHIC = r"^(a|aa|a?)+$"
HOSTILE = "a" * 60 + "!"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.1)


def matched(pattern: str) -> Outcome:
    return Outcome.model_validate({"kind": "yesno", "matched": {"pattern": pattern}})


def test_a_catastrophic_pattern_is_given_up_within_its_limit() -> None:
    with pytest.raises(ParseError, match="takes more than 1 s on a text of 61 characters"):
        matched(CATASTROPHIC).match([("ada", HOSTILE)])


@pytest.mark.usefixtures("hurried")
def test_reading_candidates_by_a_pattern_that_was_too_slow_costs_little_from_then_on() -> None:
    outcome = matched(CATASTROPHIC)
    assert outcome.read_from("ada", HOSTILE) == MISSING
    with within(40):
        assert [outcome.read_from("ada", HOSTILE) for _ in range(20)] == [MISSING] * 20
        assert outcome.read_from("ada", "aaa").value is True


@pytest.mark.usefixtures("hurried")
def test_a_dialogue_whose_pattern_takes_too_long_fails_by_the_scenarios_fault(
    tmp_path: Path,
) -> None:
    scenario = Scenario.model_validate(
        {
            "scenario": "slow",
            "speakers": {"ada": {"plays": "user", "method": "direct"}},
            "turns": {"maximum": 1, "opening": "Say something."},
            "outcomes": {"found": {"kind": "yesno", "matched": {"pattern": CATASTROPHIC}}},
        }
    )
    model = ScriptedModel([HOSTILE])
    asyncio.run(run(scenario, n=1, model=model, out=tmp_path / "a.db"))
    with open_run(tmp_path / "a.db") as file:
        [(fault, reason, *_)] = file.failures()
    assert (fault, reason[:34]) == ("scenario", "outcome found: the pattern “^(a|aa")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("((((a{999}){999}){999}){999})", "product of its counts"),
        ("(a{99999}){2}", "product of its counts"),
        ("(" * 3000 + ")" * 3000, "nested too deeply"),
        ("a" * 20_000, "20,000 characters"),
        ("(", "not a regular expression"),
        ("(?R)", "not a regular expression"),
        (r"(?:abc){e<=2}(?R)", "not a regular expression"),
        ("a{99999999999}", "product"),
    ],
)
def test_a_pattern_that_cannot_be_searched_for_is_refused_at_once(pattern: str, why: str) -> None:
    with within(40), pytest.raises(ValueError, match=why):
        matched(pattern)


@pytest.mark.usefixtures("hurried")
def test_a_scripted_rule_is_bounded_too() -> None:
    model = ScriptedModel([{"when": CATASTROPHIC, "answers": ["hm"]}])
    with pytest.raises(RequestRefusedError, match=r"takes more than 0\.1 s"):
        asyncio.run(model.complete(ChatRequest([{"role": "user", "content": HOSTILE}])))


def test_searches_share_their_time() -> None:
    search = Search(0.2)
    with pytest.raises(PatternTooSlowError):
        search.first(CATASTROPHIC, HOSTILE)
    with within(4), pytest.raises(PatternTooSlowError):
        search.first(CATASTROPHIC, HOSTILE)


@cache
def patterns_of_scenarios() -> list[str]:
    """Return those that are shipped."""
    return [
        pattern
        for name in shipped.names("scenarios")
        for outcome in load_scenario(name).outcomes.values()
        if outcome.matched
        for pattern in (
            outcome.matched.pattern or outcome._pattern(outcome.matched),
            *(outcome.matched.patterns or {}).values(),
        )
    ]


FURTHER = (
    r"(?i)(?<!\w)(?:yes|no)(?!\w)",
    r"\$?(-?\d{1,6}(?:\.\d+)?)",
    r"(?m)^\W*(\w+)",
    "[a-f]+?x*",
)
PATTERNS = st.deferred(lambda: st.sampled_from([*patterns_of_scenarios(), *FURTHER]))
WORDS = "yes No $ -12.5 Answer: ? ünï 7 x"
PARTS = st.sampled_from([*WORDS.split(), "I can't", "as an AI", " ", "\n"])


@given(PATTERNS, st.lists(PARTS | st.text(max_size=3)))
def test_what_is_found_is_what_python_finds(pattern: str, words: list[str]) -> None:
    check_pattern(pattern)
    text = "".join(words)
    found = [(m.span(), m.groups()) for m in Search().all(pattern, text)]
    assert found == [(m.span(), m.groups()) for m in re.finditer(pattern, text)]
