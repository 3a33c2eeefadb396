import json
import os
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from simulate.cli import main
from simulate.cli.remedies import Optional
from tests.conftest import Command
from tests.endpoint import Serve, refusal

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["run", "export", "check", "verbalize", "doctor", "compare"])
def test_every_command_has_help_with_an_example(cli: Command, name: str) -> None:
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert "Example" in out
    assert f"simulate {name}" in out


def test_the_version_is_that_of_the_package(cli: Command) -> None:
    assert cli("--version") == (0, f"simulate {version('simulate-dialogues')}\n", "")


def test_run_prints_one_json_object_and_nothing_else(cli: Command, serve: Serve) -> None:
    spec = serve().spec
    code, out, err = cli("run", "donation", "--model", spec, "-n", 2, "--out", "a.db", "--json")
    assert code == 0
    info = json.loads(out)
    assert info["run"] == "a.db"
    assert info["dialogues"] == {"completed": 4, "failed": 0}
    assert (info["calls"], info["prompt_tokens"], info["cost_usd"]) == (88, 8800, None)
    assert "Run file: a.db" in err


def test_run_ends_with_a_turn_its_candidates_and_the_answer(cli: Command, serve: Serve) -> None:
    code, out, err = cli("run", "donation", "--model", serve().spec, "-n", 2, "--out", "a.db")
    assert code == 0
    assert "▶" in out
    assert "█" in out
    assert "persuasionforgood-donations" in out
    assert "nothing can be said from 2 effective personas" in out
    assert "simulate compare a.db --html report.html" in out
    assert len(f"{out}{err}".splitlines()) <= 30


def test_a_run_without_out_goes_to_a_new_file_in_runs(cli: Command, serve: Serve) -> None:
    cli("run", "donation", "--model", serve().spec, "-n", 1, "--json")
    assert [p.suffix for p in Path("runs").iterdir()] == [".db"]


def test_failed_dialogues_exit_3_with_their_reason(cli: Command, serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal("no thanks") if n == 60 else None)
    code, _, err = cli("run", "donation", "--model", endpoint.spec, "-n", 3, "--out", "a.db")
    assert code == 3
    assert "failed 1 ×: infrastructure: the endpoint refuses the request: HTTP 400" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "donatoin"], "did you mean “donation”"),
        (["run", "donation", "--speaker-model", "x"], "write SPEAKER=SPEC"),
        (["run", "donation", "--speaker-model", "eve=embedded"], "no such speaker"),
        (["run", "donation", "--method", "magic"], "no such method"),
        (["run", "donation", "--model", "gpt"], "OPENAI_API_KEY"),
        (["run", "donation", "--population", "martians"], "no population “martians”"),
        (["run", "donation", "--resume"], "--out RUN --resume"),
        (["run", "donation", "--resume", "--out", "no.db"], "no.db"),
        (["export", "no.db"], "no.db"),
        (["verbalize", " "], "prompt is empty"),
        (["verbalize", "Hi \udcff"], "no text in UTF-8"),
        (["stress", "support-refund", "--target", "command:x\udcff"], "no text in UTF-8"),
        (["verbalize", "Hi", "-k", "0"], "k: "),
        (["verbalize", "Hi", "-k", "few"], "-k few"),
        (["verbalize", "Hi", "--below", "2"], "below: "),
        (["verbalize", "Hi", "--tau", "2"], "tau: "),
        (["verbalize", "Hi", "--weight-mode", "flat"], "weight_mode: "),
        (["verbalize", "--check", "--tau", "0.1"], "--tau"),
        (["verbalize", "Hi", "--model", "scripted:no.yaml"], "no.yaml"),
        (["check", "no.yaml"], "no.yaml"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(cli: Command, words: list[str], says: str) -> None:
    code, out, err = cli(*words)
    assert code == 2
    assert says in err
    assert "Traceback" not in out + err
    assert len(err.strip().splitlines()) == 1


def test_the_comparison_of_an_unfinished_run_is_marked(cli: Command, serve: Serve) -> None:
    words = ["--model", serve().spec, "-n", 3, "--concurrency", 1, "--budget-tokens", 6_000]
    code, out, _ = cli("run", "donation", *words, "--out", "a.db")
    assert code == 130
    assert re.match(r"Unfinished run: [1-5] of 6 dialogues have ended\.\n", out)


def test_a_run_of_which_no_answer_can_be_compared_ends_as_it_went(
    cli: Command, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text("- no element at all\n")
    code, _, err = cli(
        "run", "element", "--model", f"scripted:{tmp_path}/m.yaml", "--method", "direct", "-n", 1
    )
    assert code == 0
    assert "no comparison: no sample has a value of element" in err
    assert "1 dialogue completed, 0 failed" in err


def test_a_run_of_a_scenario_of_ones_own_ends_with_its_outcomes(
    cli: Command, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text("- '7'\n")
    (tmp_path / "own.yaml").write_text(
        "{scenario: own, speakers: {ada: {plays: user, method: {name: direct}}},\n"
        " turns: {maximum: 1, opening: 'Say a number.'},\n"
        " outcomes: {number: {kind: amount, support: [0, 10], answered: {}}}}\n"
    )
    code, out, _ = cli("run", tmp_path / "own.yaml", "--model", f"scripted:{tmp_path}/m.yaml")
    assert code == 0
    assert "number" in out
    assert "7.000" in out
    assert "simulate summary runs/own-" in out


def test_a_questionnaire_ends_with_its_outcomes_and_no_table_of_replies(
    cli: Command, tmp_path: Path
) -> None:
    said = '{"responses": [{"value": 4, "probability": 0.5}, {"value": 2, "probability": 0.5}]}'
    (tmp_path / "m.yaml").write_text(f"- '{said}'\n")
    words = ["--model", f"scripted:{tmp_path}/m.yaml", "-n", 2, "--out", tmp_path / "q.db"]
    code, out, err = cli("run", EXAMPLES / "questionnaire.yaml", *words)
    assert (code, "fault of simulate" in err) == (0, False)
    assert "trust_before" in out
    code, _, err = cli("diversity", tmp_path / "q.db")
    assert code == 2
    assert "nobody is asked for a reply" in err


def test_an_existing_run_file_is_not_overwritten(cli: Command, serve: Serve) -> None:
    words = ("run", "donation", "--model", serve().spec, "-n", 1, "--out", "a.db")
    cli(*words)
    code, _, err = cli(*words)
    assert code == 2
    assert "a.db is already there: go on with it by --resume" in err


def test_an_unreachable_endpoint_is_one_clear_line(cli: Command) -> None:
    code, _, err = cli(
        "run", "donation", "--model", "m@http://127.0.0.1:9/v1", "-n", 1, "--out", "a.db"
    )
    assert code == 2
    assert "cannot connect" in err
    assert "stamina" not in err
    assert not Path("a.db").exists()


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from simulate.errors import ScenarioError

    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError):
        main(["run", "--debug", "nowhere"])


def test_export_writes_the_run_to_stdout(cli: Command, serve: Serve) -> None:
    cli("run", "donation", "--model", serve().spec, "-n", 2, "--out", "a.db", "--json")
    code, out, _ = cli("export", "a.db", "--format", "jsonl")
    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 4


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
def test_export_writes_a_file(cli: Command, serve: Serve, form: str) -> None:
    cli("run", "donation", "--model", serve().spec, "-n", 1, "--out", "a.db", "--json")
    code, out, _ = cli("export", "a.db", "--format", form, "--out", f"a.{form}", "--json")
    assert (code, json.loads(out)["dialogues"]) == (0, 2)
    assert Path(f"a.{form}").stat().st_size > 100


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_export_and_import_replace_a_file_only_by_force(
    cli: Command, small_run: Path, form: str
) -> None:
    out = Path(f"a.{form}")
    out.write_text("mine")
    Path(f"a.{form}.part").symlink_to(out)
    words: list[object] = ["export", small_run, "--format", form, "--out", out]
    code, _, err = cli(*words)
    assert (code, "a." + form in err, "--force" in err, out.read_text()) == (2, True, True, "mine")
    assert cli(*words, "--force")[0] == 0
    assert out.read_bytes() != b"mine"
    if form == "csv":
        words = [
            "reference",
            "import",
            "table",
            out,
            "--persona-column",
            "none",
            "--column",
            "turns",
            "--out",
        ]
        assert cli(*words, "r.json")[0] == 0
        code, _, err = cli(*words, "r.json")
        assert (code, "r.json is there already" in err, "--force" in err) == (2, True, True)
        assert cli(*words, "r.json", "--force")[0] == 0


def test_export_to_a_dash_is_to_stdout(cli: Command, small_run: Path) -> None:
    assert cli("export", small_run, "--out", "-") == cli("export", small_run)
    assert not Path("-").exists()


def test_export_writes_tables_with_their_codebook(cli: Command, small_run: Path) -> None:
    code, out, _ = cli("export", small_run, "--tables", "t", "--with", "prompts", "--json")
    assert (code, json.loads(out)["rows"]["dialogues"] > 0) == (0, True)
    assert '""role"": ""system""' in Path("t/calls.csv").read_text("utf-8")
    assert Path("t/codebook.md").exists()
    words = ["--format", "convokit", "--out", "c", "--json"]
    assert json.loads(cli("export", small_run, *words)[1])["format"] == "convokit"
    code, _, err = cli("export", small_run, "--tables", "t")
    assert (code, "is there already" in err) == (2, True)
    for words, told in (
        (["--tables", "u", "--out", "v"], "leave --out out"),
        (["--tables", "u", "--format", "jsonl"], "csv or parquet"),
        (["--with", "prompts"], "give --tables FOLDER too"),
        (["--format", "convokit"], "give --out FOLDER"),
        (["--tables", "t/calls.csv"], "cannot be made"),
    ):
        code, _, err = cli("export", small_run, *words)
        assert (code, told in err) == (2, True)


def test_check_names_file_and_line_of_each_error(cli: Command) -> None:
    Path("bad.yaml").write_text("scenario: bad\nspeakers:\n  ada:\n    plays: fool\n")
    code, out, err = cli("check", "bad.yaml", "donation", "crowdworkers")
    assert code == 2
    assert "bad.yaml:4: speakers.ada.plays" in err
    assert "ok  donation: scenario donation" in out
    assert "ok  crowdworkers: population crowdworkers" in out


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("[{say: 1},\n{given: persona}]", "4: steps.1.given: a dialogue"),
        ("[{say: 1},\n{gven: []}]", "4: steps.1.gven: there is no such field here; did you mean"),
        ("[{say: 0}]", "3: steps.0.say: must be greater than or equal to 1, or 'all', got “0”"),
        (
            "[{say: 1},\n{show: {to: persuadee, text: '{{ persona.pros }}'}}]",
            "4: steps.1: persona has no “pros”; it has: “age”, ",
        ),
    ],
)
def test_check_names_the_line_of_a_step_and_what_it_may_be(
    cli: Command, steps: str, says: str
) -> None:
    Path("a.yaml").write_text(f"extends: donation\nscenario: a\nsteps: {steps}\n")
    code, _, err = cli("check", "a.yaml")
    assert code == 2
    assert f"a.yaml:{says}" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "donation", "-n", "0"], "'-n': must be greater than or equal to 1"),
        (["export", "a.db", "--format", "xlsx"], "'--format': 'xlsx' is not one of 'jsonl', "),
        (["compare", "a.db", "--draws", "few"], "'--draws': must be a whole number"),
        (["reference", "import", "table", "a.csv", "--support", "0", "x"], "must be a number"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_named_plainly(
    cli: Command, words: list[str], says: str
) -> None:
    code, _, err = cli(*words)
    assert code == 2
    assert says in err


def test_check_says_that_a_run_file_is_no_yaml(cli: Command, serve: Serve) -> None:
    cli("run", "donation", "--model", serve().spec, "-n", 1, "--out", "a.db", "--json")
    code, _, err = cli("check", "a.db")
    assert code == 2
    assert "a.db: is a run file, no YAML file; `simulate view a.db` shows" in err


def test_verbalize_shows_a_distribution_with_bars(cli: Command) -> None:
    answer = {"responses": [{"text": "\x1b[31mred", "probability": 0.9}]}
    Path("a.json").write_text(json.dumps([answer]))
    code, out, _ = cli("verbalize", "Say it", "-k", "1", "--model", "scripted:a.json")
    assert code == 0
    assert "█" in out
    assert "\x1b" not in out
    assert "\\x1b[31mred" in out


def test_verbalize_prints_json(cli: Command) -> None:
    answer = {"responses": [{"text": "a", "probability": 0.9}, {"text": "b", "probability": 0.3}]}
    Path("a.json").write_text(json.dumps([answer]))
    code, out, _ = cli("verbalize", "Hi", "-k", 2, "--model", "scripted:a.json", "--json")
    info = json.loads(out)
    assert code == 0
    assert [c["weight"] for c in info["candidates"]] == pytest.approx([0.75, 0.25])
    assert info["chosen"] in (0, 1)


def test_verbalize_cuts_by_tau_and_says_when_it_had_to_keep_more(cli: Command) -> None:
    stated = [{"text": f"{p}", "probability": p} for p in (0.4, 0.3, 0.2, 0.05)]
    Path("a.json").write_text(json.dumps([{"responses": stated}] * 2))
    asked = ("verbalize", "Hi", "-k", 4, "--model", "scripted:a.json", "--json", "--tau")
    code, out, err = cli(*asked, 0.2, "--weight-mode", "uniform")
    info = json.loads(out)
    assert (code, err) == (0, "")
    assert [c["text"] for c in info["candidates"]] == ["0.4", "0.3", "0.2"]
    assert [c["weight"] for c in info["candidates"]] == pytest.approx([1 / 3] * 3)
    assert (info["tau"], info["dropped"]) == (0.2, 1)
    code, out, err = cli(*asked, 0.35, "--min-k", 2)
    info = json.loads(out)
    assert (info["tau"], info["dropped"]) == (0.3, 2)
    assert "1 of 4 candidates are stated at tau 0.35 or above: the likeliest 2 are kept" in err


@pytest.mark.slow
@pytest.mark.timeout(600)  # it loads the embedded model and measures how fast that writes
def test_doctor_says_which_models_answer(cli: Command, serve: Serve) -> None:
    os.environ["SIMULATE_MODEL"] = serve().spec
    try:
        code, out, _ = cli("doctor", "--json")
    finally:
        del os.environ["SIMULATE_MODEL"]
    info = json.loads(out)
    assert code == 0
    assert [m["answers"] for m in info["models"]] == [True, True]
    assert info["models"][0]["distribution"] == "clean"


def test_doctor_says_which_model_it_is_trying_and_shows_what_is_installed(
    cli: Command, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = serve(lambda body, n: refusal("no seed", param="seed") if "seed" in body else None)
    monkeypatch.setenv("SIMULATE_MODEL", spec := endpoint.spec)
    monkeypatch.setattr("simulate.cli.doctor.PACKAGES", ("numpy", "no-such-package"))
    lacking = {"no-such-package": Optional("fast", "no-such-package>=1")}
    monkeypatch.setattr("simulate.cli.remedies.optional_packages", lambda: lacking)
    code, out, err = cli("doctor")
    assert code == 0
    refuses = f"{spec} refuses seed; going on without it (HTTP 400 Bad Request, “no seed”)"
    assert err.splitlines() == [f"trying {spec} …", refuses, "trying embedded …"]
    assert out.index("sqlite") < out.index("SIMULATE_MODEL") < out.index("tokens/s")
    assert re.search(r"no-such-package *│ not there; extra fast", out)
    assert re.search(
        r"lacks: extra fast \(less CPU a model call\)\n +(uv )?pip install 'no-such", out
    )


def test_persona_sample_prints_people_as_json(cli: Command) -> None:
    code, out, _ = cli("persona", "sample", "crowdworkers", "-n", 3, "--seed", 1, "--json")
    people = json.loads(out)["personas"]
    assert code == 0
    assert [p["id"] for p in people] == [f"crowdworkers-000{i}" for i in (1, 2, 3)]
    assert people[0]["prose"].startswith(f"You are {people[0]['attributes']['age']}, a ")


def test_check_warns_of_correlations_that_had_to_be_moved(cli: Command) -> None:
    number = "{kind: number, distribution: {name: norm}}"
    pairs = (("a", "b", 0.5), ("b", "c", 0.5), ("a", "c", -0.45))
    rows = "".join(f"- {{between: [{a}, {b}], rank: {rank}}}\n" for a, b, rank in pairs)
    attributes = "".join(f"  {name}: {number}\n" for name in "abc")
    Path("p.yaml").write_text(f"population: p\nattributes:\n{attributes}correlations:\n{rows}")
    code, _, err = cli("check", "p.yaml")
    assert code == 0
    assert "warning: correlations are moved by up to 0.00" in err


def test_persona_report_sets_a_sample_beside_its_population_as_json(cli: Command) -> None:
    words = ("persona", "report", "customers", "-n", 50, "--figure", "p.svg", "--json")
    code, out, _ = cli(*words)
    told = json.loads(out)
    assert (code, told["n"]) == (0, 50)
    assert told["attributes"]["mood"]["levels"][0]["label"] == "furious"
    assert Path(told["figure"]).is_file()


def test_a_reference_that_is_not_there_is_told_before_anything_is_paid_for(
    cli: Command, serve: Serve
) -> None:
    endpoint = serve()
    Path("a.yaml").write_text("extends: donation\nscenario: a\ncompare: {donation: nosuch}\n")
    for words in (["check", "a.yaml"], ["run", "a.yaml", "--model", endpoint.spec]):
        code, _, err = cli(*words)
        assert code == 2
        assert "compare.donation: " in err
    assert endpoint.bodies == []


def test_a_reference_of_another_kind_is_told_by_check(cli: Command) -> None:
    Path("a.yaml").write_text("extends: donation\nscenario: a\ncompare: {donation: us-states}\n")
    code, _, err = cli("check", "a.yaml")
    assert code == 2
    assert "of kind amount, the reference us-states of kind choice" in err


def test_a_fault_of_simulate_itself_is_one_line_and_no_failed_gate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(kind: str) -> list[str]:
        raise LookupError("nothing\x1b[2J there")

    monkeypatch.setattr("simulate.files.shipped.names", broken)
    with pytest.raises(SystemExit) as end:
        main(["run", "no-such-scenario"])
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.startswith("simulate: LookupError: nothing\\x1b[2J there (a fault of simulate")
    with pytest.raises(LookupError):
        main(["run", "no-such-scenario", "--debug"])
