"""The plugin in pytest runs of its own, against a bot that lies beside the tests."""

import subprocess
import sys
from pathlib import Path
from typing import Any

# A run of pytest within this process forgets in the end what it was the first to import, and these
# would then be there twice.
import jinja2.sandbox  # noqa: F401
import pytest
import scipy.special  # noqa: F401
import yaml  # noqa: F401

import simulate.stress.examiner
import simulate.targets.kinds.python  # noqa: F401
from simulate.stress.cases.case import write_case
from tests.stress.test_cases import PLAIN, plain

pytest_plugins = ["pytester"]

BOT = """
def answer(message, session):
    return "" if "red" in message else "Fine, and no idiot." if "rude" in message else "Fine."
"""
RESPONDS: dict[str, Any] = {
    "check": "responds",
    "scenario": {**PLAIN["scenario"], "checks": {}},
}
TARGET = "python:shopbot:answer"
INI = """
[pytest]
addopts = --strict-config --strict-markers
filterwarnings = error
testpaths = tests
simulate_cases = kept/cases
simulate_target = python:shopbot:answer
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a project with a bot, and without any configuration."""
    pytester.makepyfile(shopbot=BOT)
    return pytester


def keep(folder: Path, name: str, **changes: Any) -> Path:
    return write_case(plain(**{**RESPONDS, "case": name, **changes}), folder)


def test_a_case_that_holds_passes(project: pytest.Pytester) -> None:
    keep(project.path / "cases", "silent", messages=["blue"])
    result = project.runpytest("cases", "--simulate-target", TARGET, "-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["cases/silent.yaml::silent PASSED*"])


def test_a_case_that_fails_says_what_was_said_and_shows_no_traceback(
    project: pytest.Pytester,
) -> None:
    path = keep(project.path / "cases", "silent", messages=["blue", "red"])
    result = project.runpytest(path, "--simulate-target", TARGET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*case silent*",
            "case silent: check responds: failed",
            "the target failed: *",
            "what was said:",
            "  ada: “blue”",
            "  bot: “Fine.”",
            "  ada: “red”",
            "found in run r, dialogue d, *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*_ReplayFailedError*")


def test_without_a_target_a_case_says_what_to_give(project: pytest.Pytester) -> None:
    result = project.runpytest(keep(project.path, "silent"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["case silent could not be replayed: no target is given: say --simulate-target SPEC*"]
    )


def test_a_broken_case_fails_with_its_line(project: pytest.Pytester) -> None:
    path = keep(project.path, "silent")
    path.write_text(path.read_text("utf-8").replace("seed: 0", "seed: x"), "utf-8")
    result = project.runpytest(path, "--simulate-target", TARGET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*silent.yaml:*: found.seed: *"])


def test_a_judged_case_without_a_model_is_skipped(project: pytest.Pytester) -> None:
    judged = {"rubric": "Kind?", "levels": {"kind": "pass", "unkind": "fail"}}
    scenario = {**PLAIN["scenario"], "checks": {"polite": {"judged": judged}}}
    keep(project.path / "cases", "kind", check="polite", scenario=scenario, messages=["blue"])
    result = project.runpytest("cases", "--simulate-target", TARGET, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no judge's model was given*"])


def test_a_case_of_real_people_is_sent_to_no_judge_elsewhere(project: pytest.Pytester) -> None:
    judged = {"rubric": "Kind?", "levels": {"kind": "pass", "unkind": "fail"}}
    scenario = {**PLAIN["scenario"], "checks": {"polite": {"judged": judged}}}
    found = {**PLAIN["found"], "people": "the people of population panel"}
    keep(project.path, "case", check="polite", scenario=scenario, found=found)
    model = ("--simulate-model", "m@https://models.example/v1")
    result = project.runpytest(".", "case.yaml", "--simulate-target", TARGET, *model)
    result.stdout.fnmatch_lines(["*the people of population panel would be sent to m@https*"])


def test_other_yaml_files_are_left_alone(project: pytest.Pytester) -> None:
    project.makefile(".yaml", settings="colour: red")
    keep(project.path / "below", "silent")
    result = project.runpytest(project.path)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_configured_folder_is_looked_into_beside_the_tests(project: pytest.Pytester) -> None:
    project.makefile(".ini", pytest=INI)
    project.makepyfile(**{"tests/test_a": "def test_a(): pass"})
    keep(project.path / "kept" / "cases", "silent", messages=["blue"])
    result = project.runpytest()
    result.assert_outcomes(passed=2)


def test_whoever_names_a_test_runs_no_case(project: pytest.Pytester) -> None:
    project.makefile(".ini", pytest=INI)
    project.makepyfile(**{"tests/test_a": "def test_a(): pass"})
    keep(project.path / "kept" / "cases", "silent")
    project.runpytest("tests/test_a.py").assert_outcomes(passed=1)


def test_a_project_where_warnings_are_errors_hears_none(project: pytest.Pytester) -> None:
    project.makefile(".ini", pytest=INI)
    keep(project.path / "kept" / "cases", "silent", messages=["blue"])
    result = project.runpytest_subprocess("kept/cases", "-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, warnings=0)
    result.stdout.no_fnmatch_line("*Warning*")


def test_cases_are_spread_over_the_workers_of_xdist(project: pytest.Pytester) -> None:
    project.makefile(".ini", pytest=INI)
    project.makepyfile(**{"tests/test_a": "def test_a(): pass"})
    folder = project.path / "kept" / "cases"
    keep(folder, "a", messages=["blue"])
    keep(folder, "b", messages=["green"])
    keep(folder, "c", messages=["red"])
    result = project.runpytest_subprocess("-n", "2", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["case c: check responds: failed"])


def test_a_case_can_be_a_fixture(project: pytest.Pytester) -> None:
    keep(project.path / "cases", "silent", messages=["red"])
    project.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.parametrize("stress_case", ["cases/silent.yaml"], indirect=True)
        def test_it(stress_case):
            assert (stress_case.status, stress_case.replay.said) == ("failed", 1)
        """
    )
    result = project.runpytest("test_it.py", "--simulate-target", TARGET)
    result.assert_outcomes(passed=1)


def test_the_fixture_without_the_marker_says_what_is_missing(project: pytest.Pytester) -> None:
    project.makepyfile(test_it="def test_it(simulation): pass")
    result = project.runpytest("test_it.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*needs @pytest.mark.simulate(scenario=*"])


SCENARIO = """
scenario: shop
speakers:
  ada: {plays: user, method: vs, instructions: You shop.}
  bot: {plays: target}
turns: {first: ada, maximum: 1}
checks:
  polite: {lacks: [idiot]}
"""
ANSWERS = """
- responses:
  - {text: rude, probability: 0.3}
  - {text: kind, probability: 0.7}
"""
TESTS = """
import pytest

marked = pytest.mark.simulate(scenario="shop.yaml", n=40, seed=1)
gated = pytest.mark.simulate(scenario="shop.yaml", n=40, seed=1, max_failure_rate=0.05)
lenient = pytest.mark.simulate(scenario="shop.yaml", n=40, seed=1, max_failure_rate=0.9)
PATHS = set()

@marked
def test_one(simulation):
    PATHS.add(simulation.path)
    assert simulation.run.completed == 40

@marked
def test_two(simulation):
    PATHS.add(simulation.path)
    assert len(PATHS) == 1

@gated
def test_gate():
    pass

@lenient
def test_lenient(simulation):
    PATHS.add(simulation.path)
    assert len(PATHS) == 1
"""


@pytest.fixture
def shop(project: pytest.Pytester) -> pytest.Pytester:
    """Return a project with a scenario, and tests of it."""
    project.makefile(".ini", pytest=f"{INI}\nsimulate_model = scripted:answers.yaml")
    (project.path / "shop.yaml").write_text(SCENARIO, "utf-8")
    (project.path / "answers.yaml").write_text(ANSWERS, "utf-8")
    project.makepyfile(test_shop=TESTS)
    return project


def test_one_run_serves_all_tests_with_the_same_marker(shop: pytest.Pytester) -> None:
    result = shop.runpytest_subprocess("test_shop.py")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*test_gate*",
            "all: failed: the * is *",
            "  all: check polite fails in * of 40 dialogues: *",
            "the dialogues: simulate view *run.db",
        ]
    )


@pytest.mark.slow
def test_workers_of_xdist_run_what_their_tests_need(shop: pytest.Pytester) -> None:
    result = shop.runpytest_subprocess("test_shop.py", "-n", "2", "--dist", "loadgroup")
    result.assert_outcomes(passed=3, failed=1)


def test_a_stress_test_that_cannot_be_run_says_why(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_shop="""
        import pytest

        @pytest.mark.simulate(scenario="nowhere.yaml")
        def test_it(simulation):
            pass
        """
    )
    result = shop.runpytest_subprocess("test_shop.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*nowhere.yaml*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_marker_with_a_misspelt_argument_says_which_there_are(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_typo="""
        import pytest

        @pytest.mark.simulate(scenario="shop.yaml", max_failure_rat=0.1)
        def test_typo(simulation):
            pass
        """
    )
    result = shop.runpytest("test_typo.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*max_failure_rat is no argument of it; there are: scenario,*"])
    result.stdout.no_fnmatch_line("*TypeError*")


def test_an_unused_plugin_imports_nothing_but_itself() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import simulate.stress.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    foreign = [m for m in loaded.stdout.split() if m not in sys.stdlib_module_names]
    assert foreign == ["simulate", "simulate.stress", "simulate.stress.pytest_plugin"]


def test_a_foreign_case_does_nothing_on_the_terminal_and_gives_github_no_command(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    evil = "\x1b]0;owned\x07\n::error::owned ##[add-mask]x \u202e"
    found = {**PLAIN["found"], "run": evil, "date": evil}
    keep(project.path / "cases", "evil", messages=["red"], found=found)
    shown = project.runpytest("cases", "--simulate-target", TARGET).stdout.str()
    assert "owned" in shown
    assert not any(sign in shown for sign in ("\x1b]", "\x07", "\u202e", "##[", "\n::error"))


def test_a_case_of_more_messages_than_a_dialogue_can_have_is_refused(
    project: pytest.Pytester,
) -> None:
    path = keep(project.path / "cases", "long", messages=["blue"])
    path.write_text(path.read_text().replace("- blue", "- blue\n" * 1001))
    result = project.runpytest("cases", "--simulate-target", TARGET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*messages: must have at most 1,000 items*"])


@pytest.mark.parametrize(
    "named",
    [
        [".", "cases"],
        ["cases", "."],
        ["cases/a.yaml", "."],
        ["cases", "cases/a.yaml", "tests"],
        ["../{project}/cases", "tests"],
        pytest.param([".", "cases", "-n", "2"], marks=pytest.mark.slow),
    ],
)
def test_cases_that_are_named_beside_a_folder_around_them_are_run_once(
    project: pytest.Pytester, named: list[str]
) -> None:
    project.makepyfile(**{"tests/test_a": "def test_a(): pass"})
    keep(project.path / "cases", "a", messages=["blue"])
    words = [word.format(project=project.path.name) for word in named]
    run = project.runpytest_subprocess if "-n" in words else project.runpytest
    run(*words, "--simulate-target", TARGET).assert_outcomes(passed=2)


def test_the_root_folder_may_lie_elsewhere(project: pytest.Pytester) -> None:
    keep(project.path / "here" / "cases", "a", messages=["blue"])
    words = ["here", "here/cases", "--rootdir", str(project.path / "here")]
    project.runpytest(*words, "--simulate-target", TARGET).assert_outcomes(passed=1)


def test_a_case_that_is_repeated_says_how_often_it_passes(project: pytest.Pytester) -> None:
    project.makepyfile(
        shopbot="""
        TRIALS = []

        def answer(message, session):
            TRIALS.append(session)
            return "" if len(TRIALS) == 2 else "Fine."
        """
    )
    keep(project.path / "cases", "shaky", messages=["blue"])
    words = ["cases", "--simulate-target", TARGET, "--simulate-repeat", "4"]
    result = project.runpytest(*words)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["flaky: passed in 3 of 4 trials (75 %, interval 19 to 99 %)"])
    lenient = project.runpytest(*words, "--simulate-min-pass-rate", "0.7")
    lenient.assert_outcomes(passed=1)


def test_a_share_of_trials_that_is_none_is_refused(project: pytest.Pytester) -> None:
    keep(project.path / "cases", "silent")
    result = project.runpytest("cases", "--simulate-min-pass-rate", "80")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--simulate-min-pass-rate: 80 must lie between 0 and 1*"])
