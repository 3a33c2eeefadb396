"""What `simulate stress` tells its user, on the command line and in its reports."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Command
from tests.endpoint import Serve, completion, usual_text

SCENARIO = """\
scenario: told
population: people.yaml
speakers:
  guest:
    plays: user
    instructions: You want to cancel a booking.
    method: {name: vs, k: 3}
  bot: {plays: target}
turns: {first: guest, maximum: 4}
checks:
  short: {length: {most: 500}}
"""
PEOPLE = """\
population: people
source: Made up.
attributes:
  age: {kind: integer, counts: {20: 1, 40: 1}}
prose: You are {{ age }} years old.
"""
CODE = """\
def answer(message):
    return "Yes."

def talks(message):
    return "Yes. " * 200

def breaks(message):
    raise ValueError("boom")

def cannot_tell(dialogue):
    return "abstain"

def raises(dialogue):
    raise RuntimeError("kaboom")
"""


@pytest.fixture
def cli(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command in a folder with a scenario and code; return exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    Path("told.yaml").write_text(SCENARIO, "utf-8")
    Path("people.yaml").write_text(PEOPLE, "utf-8")
    Path("told_code.py").write_text(CODE, "utf-8")
    return command


@pytest.fixture
def stress(cli: Command, serve: Serve) -> Command:
    """Stress-test the target of the folder with three dialogues."""
    spec = serve().spec

    def call(*words: Any, target: str = "python:told_code:answer") -> tuple[int, str, str]:
        return cli(
            *["stress", "told.yaml", "--model", spec, "-n", 3, "--out", "a.db"],
            *["--target", target, *words],
        )

    return call


def test_a_run_whose_checks_were_never_carried_out_passes_no_gate(
    cli: Command, serve: Serve
) -> None:
    words = ["told.yaml", "--model", serve().spec, "--target", "python:told_code:answer"]
    code, _, err = cli("run", *words, "-n", 2, "--out", "a.db")
    assert (code, "checks of told were not carried out" in err) == (0, True)
    for again in (["stress", "a.db"], ["stress", *words, "-n", 2, "--out", "a.db", "--resume"]):
        code, out, err = cli(*again, "--max-failure-rate", 1)
        assert (code, out) == (2, "")
        assert "not carried out on 2 of its dialogues" in err.splitlines()[-1]


def test_users_that_several_models_played_are_told(cli: Command, serve: Serve) -> None:
    endpoint = serve(lambda body, n: completion(usual_text(body), model=f"mock-{n // 3}"))
    words = ["stress", "told.yaml", "--model", endpoint.spec, "-n", 3, "--out", "a.db"]
    code, out, err = cli(*words, "--target", "python:told_code:answer", "--markdown", "summary.md")
    assert code == 0
    assert err.count("was answered by mock-0 and is now answered by mock-1") == 1
    for text in (out, Path("summary.md").read_text("utf-8")):
        assert "a difference between dialogues may be one between these." in " ".join(text.split())


def test_a_check_that_raises_is_told_with_its_reason(stress: Command) -> None:
    code, out, err = stress("--check", "told_code:raises", "--junit", "junit.xml")
    assert code == 2
    last = "check raises could not be carried out in any of 3 dialogues"
    assert err.splitlines()[-1] == f"not tested: none of 3 dialogues is decided; {last}"
    said = "Check raises could not be carried out in 3 dialogues, such as:"
    assert f"{said} “python: it raised RuntimeError: “kaboom”" in out
    assert "kaboom" in Path("junit.xml").read_text("utf-8")


def test_a_check_of_the_user_that_cannot_be_carried_out_leaves_the_rates_of_the_target(
    stress: Command,
) -> None:
    own = "  own: {python: told_code:raises, speaker: guest}\n"
    Path("told.yaml").write_text(SCENARIO + own, "utf-8")
    _, out, _ = stress("--allow-code", "--json")
    [cell] = json.loads(out)["cells"]
    assert cell["rates"]["any"]["drawn"]["failed"]["n"] == 3
    assert cell["rates"]["any"]["stated_weighted"]["n"] == 3
    assert [rate["check"] for rate in cell["rates"]["checks"]] == ["short", "responds"]
    assert [(p["check"], p["n"]) for p in cell["problems"]] == [("own", 3)]


def test_what_a_target_did_wrong_is_told_with_an_example(stress: Command) -> None:
    words = ["--markdown", "summary.md", "--junit", "junit.xml", "--no-probe"]
    code, out, _ = stress(*words, target="python:told_code:breaks")
    assert code == 0
    assert "The target failed to answer in 3 dialogues, such as:" in out
    for file in ("summary.md", "junit.xml"):
        assert "boom" in Path(file).read_text("utf-8")


def test_the_page_shows_a_failing_dialogue_of_each_check(stress: Command) -> None:
    Path("told.yaml").write_text(f"{SCENARIO}  curt: {{lacks: ['yes']}}\n", "utf-8")
    code, _, _ = stress("--html", "a.html")
    assert code == 0
    page = Path("a.html").read_text("utf-8")
    assert "Typical failing dialogues, whole" in page
    assert "<dt>bot</dt><dd>Yes.</dd>" in page


def test_a_run_file_that_is_not_there_is_no_scenario(cli: Command) -> None:
    assert cli("stress", "nowhere.db")[::2] == (2, "simulate: run file nowhere.db is not there\n")


def test_another_target_at_resuming_is_named(stress: Command) -> None:
    stress()
    code, _, err = stress("--resume", target="python:told_code:breaks")
    assert code == 2
    assert "model of bot (there python:told_code:answer, here python:told_code:breaks)" in err


def test_two_failing_turns_are_quoted_and_json_holds_all(stress: Command) -> None:
    Path("told.yaml").write_text(f"{SCENARIO}  curt: {{lacks: ['yes']}}\n", "utf-8")
    _, out, _ = stress("-n", 5)
    assert "curt: 5 dialogues; at turn 1 in 5" in out
    assert out.count(", turn 1: “yes” is said") == out.count("  bot: “Yes.”") > 0
    _, out, _ = stress("-n", 5, "--resume", "--json")
    [failures] = json.loads(out)["cells"][0]["failures"]
    assert (failures["check"], failures["attributed_to"]) == ("curt", "target")
    assert [(turn["turn"], turn["quote"]) for turn in failures["turns"]] == [(1, "Yes")] * 5
    assert failures["by_turn"] == {"1": 5}
    assert {failures["typical"], failures["probable"]} <= {t["dialogue"] for t in failures["turns"]}
    assert [spoken["speaker"] for spoken in failures["turns"][0]["said"]] == ["guest", "bot"]


def test_a_target_that_does_not_answer_fails_at_the_turn_that_is_missing(stress: Command) -> None:
    _, out, _ = stress("--json", "--no-probe", target="python:told_code:breaks")
    [failures] = json.loads(out)["cells"][0]["failures"]
    assert (failures["check"], len(failures["turns"])) == ("responds", 3)
    assert failures["turns"][0]["turn"] == 1
    assert "boom" in failures["turns"][0]["reason"]


def test_json_holds_the_problems(stress: Command) -> None:
    _, out, _ = stress("--check", "told_code:raises", "--json")
    [problem] = json.loads(out)["cells"][0]["problems"]
    assert (problem["check"], problem["n"]) == ("raises", 3)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere:check", "check: “nowhere:check” cannot be imported: ModuleNotFoundError"),
        ("told_code", "check told_code: write MODULE:FUNCTION"),
        ("told_code:responds", "check told_code:responds: there is a check “responds” already"),
    ],
)
def test_a_check_that_is_not_there_is_told_by_its_option(
    stress: Command, named: str, said: str
) -> None:
    code, _, err = stress("--check", named)
    assert code == 2
    assert said in err
    assert ".py:" not in err  # no place in simulate itself


def test_code_of_a_scenario_says_which_option_allows_it(stress: Command) -> None:
    Path("told.yaml").write_text(f"{SCENARIO}  own: {{python: told_code:raises}}\n", "utf-8")
    code, _, err = stress()
    assert code == 2
    assert "checks.own.python: runs told_code:raises" in err
    assert "--allow-code" in err


def test_the_table_has_a_column_a_check(stress: Command, cli: Command) -> None:
    stress("--check", "told_code:raises")
    _, out, _ = cli("export", "a.db", "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert [(row["check.short"], row["check.raises"]) for row in rows] == [("pass", "error")] * 3


def test_a_dialogue_that_failed_has_the_fields_of_the_others(stress: Command, cli: Command) -> None:
    stress("--no-probe", target="python:told_code:breaks")
    _, out, _ = cli("export", "a.db")
    assert [json.loads(line)["verdicts"] for line in out.splitlines()] == [{}] * 3


def test_check_takes_target_files_and_names_checks(cli: Command) -> None:
    Path("bot.yaml").write_text("kind: http\nurl: http://h/chat\n", "utf-8")
    code, out, _ = cli("check", "told.yaml", "bot.yaml")
    assert code == 0
    assert "checks short" in out
    assert "ok  bot.yaml: target http://h/chat, http" in out
    Path("bot.yaml").write_text("kind: http\nurl: http://h/chat\nreplly: $.a\n", "utf-8")
    code, _, err = cli("check", "bot.yaml")
    assert (code, err.strip()) == (2, "bot.yaml:3: replly: there is no such field here")


def test_rates_of_attempts_are_called_so(stress: Command) -> None:
    code, out, _ = stress("--adversarial")
    assert code == 0
    assert "3 personas of adversarial" in out
    assert "all rates are of such attempts" in out


def test_two_populations_at_once_are_refused(stress: Command) -> None:
    code, _, err = stress("--adversarial", "--population", "people.yaml")
    assert code == 2
    assert "leave one of them out" in err


def test_the_end_says_how_failures_are_opened_and_their_cases_are_said_again(
    stress: Command,
) -> None:
    _, _, err = stress("--shrink", target="python:told_code:talks")
    seen, again, file, gate = err.splitlines()[-4:]
    assert seen.endswith("simulate view a.db --filter 'fails>0'")
    assert again == "Say it again:    pytest cases --simulate-target SPEC"
    assert file == "Run file: a.db"
    assert gate == "no gate: no failure rate fails this command; --max-failure-rate P makes it one"


def test_a_test_of_which_nothing_is_decided_ends_as_bad_input_does(stress: Command) -> None:
    told = SCENARIO.replace("short: {length: {most: 500}}", "own: {python: told_code:cannot_tell}")
    Path("told.yaml").write_text(told, "utf-8")
    code, _, err = stress("--allow-code", "--junit", "a.xml")
    assert (code, err.splitlines()[-1]) == (2, "not tested: none of 3 dialogues is decided")
    assert 'skipped="1"' in Path("a.xml").read_text("utf-8")


def test_a_gate_decides_before_what_was_not_tested(stress: Command) -> None:
    words = ["--check", "told_code:raises", "--max-failure-rate", 1]
    assert stress(*words)[0] == 1
