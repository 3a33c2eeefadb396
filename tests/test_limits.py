"""What multiplies is counted before it is built, and refused in time, in one line."""

import asyncio
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import estimate
from simulate.engine.plan import make_plan, with_methods
from simulate.errors import InputError, ScenarioError
from simulate.limits import LARGEST_SEED, MOST_CELLS, MOST_DIALOGUES, check_number, shown
from simulate.population import load_population
from simulate.scenario import Scenario, load_scenario
from tests.yardstick import within

SCENARIO = """scenario: large
speakers:
  a: {plays: user, instructions: hello}
  b: {plays: assistant, instructions: hello}
outcomes:
  o: {kind: yesno, asked: {speaker: a, question: Well?}}
"""


def conditions(*counts: int) -> str:
    lines = ["conditions:"]
    for i, count in enumerate(counts):
        levels = ", ".join(f"l{i}x{j}: {{variables: {{v{i}: {j}}}}}" for j in range(count))
        lines.append(f"  c{i}: {{{levels}}}")
    return "\n".join([*lines, ""])


def entries(what: str, count: int) -> str:
    return "".join(f"  e{i}: {what}\n" for i in range(count))


LARGE = {
    "levels that multiply": (conditions(*[12] * 9), "12 × 12 .* make 5,159,780,352 cells, at most"),
    "many conditions": (conditions(*[2] * 32), "make 4,294,967,296 cells"),
    "more conditions": (conditions(*[1] * 33), "conditions: must have at most 32 items"),
    "levels of one condition": (conditions(1025), "make 1,025 cells, at most 1,024"),
    "outcomes times cells": (
        conditions(32, 32) + "checks:\n" + entries("{speaker: b, lacks: [x]}", 50),
        r"1,024 cells have .* checks together, at most 20,000",
    ),
    "n times cells": ("defaults: {n: 500001}\n" + conditions(2), "defaults.n: .* are 1,000,002"),
    "n": ("defaults: {n: 1000000000000}\n", "defaults.n: must be less than or equal to 1000000"),
    "replicates": ("defaults: {replicates: 1000000000000}\n", "defaults.replicates: must be less"),
    "words": ("defaults: {reply_words: 1000000000000}\n", "reply_words: must be less"),
    "turns": ("turns: {maximum: 1000000000000}\n", "turns.maximum: must be less"),
    "phrases": (f"turns: {{stop: [{'x, ' * 1001}]}}\n", "turns.stop: must have at most 1,000"),
    "checks": (
        "checks:\n" + entries("{speaker: b, lacks: [x]}", 1001),
        "checks: must have at most",
    ),
    "91 digits": (f"defaults: {{n: {'9' * 91}}}\n", r"91 characters in all\) is beyond ±9,223"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_scenario_that_is_too_large_is_refused_in_time_with_its_line(
    tmp_path: Path, name: str
) -> None:
    text, told = LARGE[name]
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO + text)
    with within(200), pytest.raises(InputError, match=rf"s\.yaml:\d+: .*{told}"):
        load_scenario(path)


def test_a_dialogue_takes_a_bounded_number_of_calls(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    many = SCENARIO.replace("hello}", "hello, method: {name: repeated, k: 100}}", 1)
    path.write_text(many + "turns: {maximum: 1000}\n")
    with pytest.raises(InputError, match=r"turns.maximum: .* take 101,000 calls, at most 20,000"):
        load_scenario(path)


def test_a_level_and_a_token_limit_that_are_too_large_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    levels = ", ".join(f"l{i}" for i in range(1001))
    path.write_text(
        SCENARIO.replace("instructions: hello}\n  b", "max_tokens: 1000000000000}\n  b")
        + f"  p: {{kind: choice, levels: [{levels}], asked: {{speaker: a, question: Q?}}}}\n"
    )
    with pytest.raises(InputError) as error:
        load_scenario(path)
    assert "speakers.a.max_tokens: must be less than" in str(error.value)
    assert "outcomes.p.levels: must have at most 1,000 items: leave some out" in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("attributes:\n" + entries("{kind: integer, counts: {1: 1}}", 201), "at most 200 items"),
        (
            "attributes:\n  a:\n    kind: integer\n    counts:\n"
            + "".join(f"      {i}: 1\n" for i in range(10_001)),
            "attributes.a.counts: must have at most 10,000 items",
        ),
    ],
)
def test_a_population_that_is_too_large_is_refused_in_time(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("population: p\n" + text)
    with within(200), pytest.raises(InputError, match=told):
        load_population(path)


@pytest.mark.parametrize(
    "n", [10**12, int("9" * 91), 10**5000, MOST_DIALOGUES // 2 + 1], ids=range(4)
)
def test_no_plan_of_too_many_dialogues_is_built(n: int) -> None:
    scenario = load_scenario("donation")  # two cells
    with pytest.raises(
        InputError, match=r"n: .* at most 1,000,000 in one run: take at most 500,000"
    ):
        make_plan(scenario, None, n, 0)


def test_a_seed_is_a_number_that_a_run_file_can_hold() -> None:
    with pytest.raises(InputError, match="seed is 10\\^91 or so, it must be from -9,223,372"):
        make_plan(load_scenario("donation"), None, 1, int("9" * 91))
    assert make_plan(load_scenario("donation"), None, 1, -LARGEST_SEED).n == 1


def test_as_many_personas_as_dialogues_are_drawn_at_most() -> None:
    with pytest.raises(InputError, match="n is 1,000,000,000,000, it must be from 0 to 1,000,000"):
        load_population("crowdworkers").sample(10**12, 0)


def test_a_dry_run_of_a_large_plan_builds_a_sample_of_it() -> None:
    with within(400):
        small, large = (
            asyncio.run(estimate("donation", n=n, model="NAME@http://127.0.0.1:9/v1"))
            for n in (100, MOST_DIALOGUES // 2)
        )
    assert (small.dialogues, large.dialogues) == (200, MOST_DIALOGUES)
    assert large.calls == small.calls * 5000
    assert (large.cells, large.cells_played) == (2, 2)


@pytest.mark.slow
def test_a_dry_run_of_many_cells_plays_some_of_them(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO + conditions(32, 4))
    found = asyncio.run(estimate(path, n=2, model="NAME@http://127.0.0.1:9/v1"))
    assert (found.cells, found.cells_played, found.dialogues) == (128, 64, 256)
    assert found.calls == 256 * 21


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 11, 10**5000, -(10**5000)], ids=range(6))
def test_a_number_beyond_its_limit_or_none_is_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"x is .*, it must be from 0 to 10: take less"):
        check_number("x", value, 0, 10, "take less")


def test_a_number_of_any_size_can_be_shown() -> None:
    assert [shown(n) for n in (1024, -(10**5000))] == ["1,024", "-10^5000 or so"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux says the peak")
def test_the_largest_scenario_is_checked_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO + "defaults: {n: 976}\n" + conditions(*[2] * 10))
    script = (
        "import pathlib, sys\n"
        "from simulate.cli import app\n"
        f"sys.argv = ['simulate', 'check', {str(path)!r}, '--json']\n"
        "try:\n    app()\n"
        "finally:\n"
        "    lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "    peak = next(line for line in lines if line.startswith('VmHWM:'))\n"
        "    print(peak.split()[1], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["ok"]
    assert f"and {MOST_CELLS - 8:,} more" in done.stdout
    assert int(done.stderr.split()[-1]) < 500 * 1024  # KiB, of this process alone


def test_what_options_ask_for_beyond_the_limits_is_refused_in_one_line() -> None:
    levels: dict[str, Any] = {name: {f"l{i}": {} for i in range(32)} for name in "ab"}
    speakers = {"u": {"plays": "user"}, "a": {"plays": "assistant"}}
    whole = Scenario.model_validate({"scenario": "s", "speakers": speakers, "conditions": levels})
    with pytest.raises(ScenarioError, match=r"scenario s: .* make 2,048 cells, at most 1,024"):
        with_methods(whole, ["direct", "vs"])
