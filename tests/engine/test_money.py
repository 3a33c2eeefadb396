import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import DialogueEnded, Estimate, Event, RunResult, TurnTaken, estimate, run
from simulate.errors import InputError
from simulate.files import shipped
from simulate.limits import LARGEST_COUNT
from simulate.models import Usage
from simulate.models.prices import price_of
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from simulate.targets import TargetReply
from tests.conftest import AsJson, Command
from tests.endpoint import WORDS, Behaviour, Body, Endpoint, Serve, completion, follow, refusal
from tests.stress.bot import Bot
from tests.stress.inside import Inside
from tests.ways import over_wire

OPENAI = "https://api.openai.com/v1"


def per_token(usage: Usage) -> float:
    return 1e-6 * usage.prompt_tokens + 4e-6 * usage.completion_tokens


def talkative(words: tuple[int, int] = (12, 26), tokens_per_word: float = 1.3) -> Behaviour:
    """Return a behaviour that says one or two sentences and counts tokens as a tokeniser does."""
    r = random.Random(0)

    def said(value: Any, choices: str = "") -> Any:
        if isinstance(value, dict):
            return {key: said(v, choices) for key, v in value.items()}
        if isinstance(value, list):
            return [said(v, choices) for v in value]
        if not isinstance(value, str) or f'"{value}"' in choices:
            return value
        spoken = (r.choice(WORDS.split()) for _ in range(r.randint(*words)))
        return " ".join(spoken).capitalize() + "."

    def count(text: str) -> int:
        marks = sum(not c.isalnum() and not c.isspace() for c in text)
        return round(tokens_per_word * len(text.split()) + 0.3 * marks)

    def behave(body: Body, number: int) -> Any:
        form = body.get("response_format")
        value = follow(form["json_schema"]["schema"], r) if form else "text"
        text = json.dumps(said(value, json.dumps(form))) if form else said(value)
        usage = {
            "prompt_tokens": sum(count(m["content"]) + 4 for m in body["messages"]),
            "completion_tokens": count(text),
        }
        return completion(text, usage=usage)

    return behave


class Chatty(Inside):
    """A target that says a sentence or two."""

    def answered(self, session: str, message: str) -> TargetReply:
        return TargetReply(("I see what you mean, and I will have a look at it for you at once.",))


def target_of(scenario: str) -> Chatty | None:
    """Return a target for a scenario that needs one."""
    plays = {speaker.plays for speaker in load_scenario(scenario).speakers.values()}
    return Chatty(Bot()) if "target" in plays else None


def spending(
    path: Path,
    endpoint: Endpoint,
    scenario: str = "donation",
    *,
    priced: bool = True,
    **options: Any,
) -> RunResult:
    async def whole() -> RunResult:
        price = per_token if priced else None
        model = over_wire("mock", endpoint.url, name=endpoint.spec, price=price)
        try:
            chosen = {"n": 2, "target": target_of(scenario), **options}
            return await run(scenario, model=model, out=path, **chosen)
        finally:
            await model.aclose()

    return asyncio.run(whole())


def test_a_known_model_has_the_price_of_its_list() -> None:
    price = price_of("gpt-4.1-mini", OPENAI)
    assert price is not None
    assert price(Usage(1000, 600, 100)) == pytest.approx(400 * 0.4e-6 + 600 * 0.1e-6 + 100 * 1.6e-6)


@pytest.mark.parametrize("model", ["gpt-4.1-mini", "gpt-4o-mini", "gpt-3.5-turbo"])
def test_a_call_in_a_batch_costs_half_also_where_the_list_has_no_price_for_it(model: str) -> None:
    alone, batched = (price_of(model, OPENAI, batch=each) for each in (False, True))
    assert alone is not None
    assert batched is not None
    assert batched(Usage(1000, 0, 100)) == pytest.approx(alone(Usage(1000, 0, 100)) / 2)


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("no-such-model", OPENAI),
        ("gpt-4.1-mini", "http://127.0.0.1:8000/v1"),
        ("gpt-4.1-mini", "http://[::1]:8000/v1"),
        ("gpt-4.1-mini", "http://models.internal/v1"),
        ("gpt-4.1-mini", "https://proxy.example.org/v1"),
    ],
)
def test_an_unknown_model_or_place_has_no_price(model: str, url: str) -> None:
    assert price_of(model, url) is None


def test_the_cost_of_calls_dialogues_events_and_run_is_the_same(
    tmp_path: Path, serve: Serve
) -> None:
    events: list[Event] = []
    result = spending(tmp_path / "a.db", serve(), listener=events.append)
    assert result.cost_usd == pytest.approx(result.calls * (100e-6 + 80e-6))
    told = [e.cost_usd for e in events if isinstance(e, TurnTaken | DialogueEnded)]
    assert sum(cost for cost in told if cost is not None) == pytest.approx(result.cost_usd)
    with open_run(tmp_path / "a.db") as file:
        calls = [c for p, _ in file.planned() for c in file.calls(p.id)]
        assert sum((c.reply and c.reply.cost_usd) or 0.0 for c in calls) == pytest.approx(
            result.cost_usd
        )
        dialogues = [d["usage"]["cost_usd"] for d in file.dialogues()]
        assert sum(dialogues) == pytest.approx(result.cost_usd)


def test_an_unknown_cost_is_none_and_not_zero(tmp_path: Path, serve: Serve) -> None:
    assert spending(tmp_path / "a.db", serve(), priced=False).cost_usd is None


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        ({"budget_tokens": 40_000}, lambda r: r.prompt_tokens + r.completion_tokens),
        ({"budget_usd": 0.05}, lambda r: r.cost_usd),
    ],
)
def test_a_budget_stops_the_run_before_it_is_crossed(
    tmp_path: Path, serve: Serve, budget: dict[str, Any], spent: Callable[[RunResult], float]
) -> None:
    result = spending(tmp_path / "a.db", serve(talkative()), n=20, **budget)
    [limit] = budget.values()
    assert result.left > 0
    assert 0.8 * limit < spent(result) <= limit
    assert result.why is not None
    assert "is reached" in result.why


def test_a_run_that_its_budget_stopped_goes_on_under_a_higher_one(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve()
    first = spending(tmp_path / "a.db", endpoint, budget_tokens=4_000)
    again = spending(tmp_path / "a.db", endpoint, budget_tokens=4_000, resume=True)
    assert (first.completed, again.calls) == (0, first.calls)
    last = spending(tmp_path / "a.db", endpoint, budget_tokens=100_000, resume=True)
    assert (last.completed, last.left, last.why) == (4, 0, None)
    assert len(endpoint.bodies) == last.calls


@pytest.mark.parametrize("again", [None, 100_000, LARGEST_COUNT])
def test_the_views_are_told_the_budget_of_the_run_and_of_its_resumption(
    tmp_path: Path, serve: Serve, again: int | None
) -> None:
    endpoint, path = serve(), tmp_path / "a.db"
    spending(path, endpoint, budget_tokens=4_000)
    assert budget_on_file(path) == {"usd": None, "tokens": 4_000}
    spending(path, endpoint, budget_tokens=again, resume=True)
    assert budget_on_file(path) == {"usd": None, "tokens": again}


def budget_on_file(path: Path) -> Any:
    with open_run(path) as file:
        return file.meta["budget"]


def test_a_money_budget_with_an_unknown_price_refuses_to_start(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve()
    with pytest.raises(InputError, match=r"the price of mock@.* is unknown.*--budget-tokens"):
        spending(tmp_path / "a.db", endpoint, priced=False, budget_usd=1.0)
    assert (endpoint.bodies, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("budget", [{"budget_tokens": 0}, {"budget_usd": -1.0}])
def test_a_budget_of_nothing_is_refused(
    tmp_path: Path, serve: Serve, budget: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="--budget"):
        spending(tmp_path / "a.db", serve(), **budget)


def test_a_command_that_its_budget_stopped_exits_130_and_says_why(
    tmp_path: Path, serve: Serve, command: Command
) -> None:
    words = ["run", "donation", "-n", 2, "--model", serve().spec, "--out", tmp_path / "a.db"]
    code, _, told = command(*words, "--budget-tokens", 3000)
    assert code == 130
    assert "stopped: the budget of 3,000 tokens is reached" in told
    assert "go on with a higher one" in told


def test_a_command_with_a_money_budget_and_an_unknown_price_exits_2(
    tmp_path: Path, serve: Serve, command: Command
) -> None:
    words = ["run", "donation", "--model", serve().spec, "--out", tmp_path / "a.db"]
    code, _, _ = command(*words, "--budget-usd", 1)
    assert code == 2


def estimated(endpoint: Endpoint, n: int, scenario: str) -> Estimate:
    async def whole() -> Estimate:
        model = over_wire("mock", endpoint.url, name=endpoint.spec, price=per_token)
        return await estimate(scenario, model=model, n=n, target=target_of(scenario))

    return asyncio.run(whole())


LENGTHS = {
    "poem": (22, 38),
    "story": (70, 100),
    "joke": (15, 32),
    "synthetic-maths": (30, 60),
    "jury": (20, 45),
    **dict.fromkeys(("state-name", "element", "eu-country", "facts"), (1, 1)),
}
"""Words of a text that does what these scenarios ask for; elsewhere one or two sentences."""


@pytest.mark.parametrize("scenario", shipped.names("scenarios"))
def test_a_dry_run_estimates_each_shipped_scenario_within_20_percent(
    tmp_path: Path, serve: Serve, scenario: str
) -> None:
    endpoint = serve(talkative(LENGTHS.get(scenario, (12, 26))))
    found = estimated(endpoint, 3, scenario)
    assert endpoint.bodies == []
    real = spending(tmp_path / "a.db", endpoint, scenario, n=3)
    # When a moderator has but one left to call on, and so is not asked, depends on the talk.
    near = 0.02 if load_scenario(scenario).turns.order == "moderator" else 0
    assert found.dialogues == real.completed
    assert found.calls == pytest.approx(real.calls, rel=near, abs=0)
    assert found.prompt_tokens == pytest.approx(real.prompt_tokens, rel=0.2)
    assert found.completion_tokens == pytest.approx(real.completion_tokens, rel=0.2)
    assert found.cost_usd == pytest.approx(real.cost_usd, rel=0.2)


def test_a_dry_run_of_a_model_without_a_price_knows_no_cost(serve: Serve, as_json: AsJson) -> None:
    found = as_json("run", "donation", "-n", 3, "--model", serve().spec, "--dry-run")
    assert (found["dialogues"], found["calls"], found["cost_usd"]) == (6, 132, None)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (402, "Insufficient Balance"),
        (400, "Your credit balance is too low to access the API."),
        (429, "Rate limit reached on tokens per day (TPD). Please try again in 9h12m."),
    ],
)
def test_a_run_whose_endpoint_serves_no_more_stops_and_goes_on_when_it_does(
    tmp_path: Path, serve: Serve, status: int, message: str
) -> None:
    served = 7
    endpoint = serve(lambda body, n: None if n < served else refusal(message, status))
    first = spending(tmp_path / "a.db", endpoint)
    assert (first.failed, first.calls) == (0, 7)
    assert first.why is not None
    assert message[:20] in first.why
    assert "resume the run" in first.why
    served = 10_000
    last = spending(tmp_path / "a.db", endpoint, resume=True)
    assert (last.completed, last.failed, last.left, last.why) == (4, 0, 0, None)
