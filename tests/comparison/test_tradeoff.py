"""Methods of two models side by side, from runs over a local endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulate import run_sync
from simulate.comparison.tradeoff import MethodTradeoff, tradeoff
from simulate.errors import InputError, StatisticsError
from tests.conftest import AsJson, Command
from tests.endpoint import Body, Endpoint

JOKES = [f"{who} drinks {what}." for who in ("Ada", "Bob", "Cy") for what in ("tea", "mud", "it")]
FACTS = "problem,answer\nCapital of Canada?,Ottawa\nCapital of Chad?,N'Djamena\n"
PROMPTS = "prompt\n" + "".join(f"Please do thing {i}.\n" for i in range(10))


def reply(body: Body, _: int) -> str:
    """Tell varied jokes only in lists, know one capital, and refuse odd things directly."""
    asked = "\n".join(message["content"] for message in body["messages"])
    form = body.get("response_format")
    if "judge one reply" in asked:
        return json.dumps({"value": "4"})
    if "Does the reply refuse" in asked:
        return json.dumps({"value": "yes" if "I cannot" in asked else "no"})
    weak = body["model"] == "weak"
    number = body["seed"]
    if "joke" in asked:
        listed = [JOKES[(number + i) % len(JOKES)] for i in range(5)]
        direct = JOKES[number % 2]
    elif "Capital" in asked:
        listed = ["Toronto", "Ottawa", "Lagos", "Kano", "Nice"]
        direct = "Kano" if weak else "Ottawa"
    else:
        listed = ["Done."] * 5
        odd = any(f"thing {i}." in asked for i in (1, 3, 5, 7, 9))
        direct = "I cannot do that." if odd and not weak else "Done."
    if form is None:
        return str(direct)
    chances = (0.5, 0.2, 0.1, 0.1, 0.1)
    responses = [{"text": t, "probability": p} for t, p in zip(listed, chances, strict=True)]
    return json.dumps({"responses": responses})


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(reply) as found:
        yield found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> list[Path]:
    """Return the run files of a joke, facts and refusals, each by two models."""
    tmp_path = tmp_path_factory.mktemp("runs")
    (tmp_path / "f.csv").write_text(FACTS)
    (tmp_path / "p.csv").write_text(PROMPTS)
    judge = {"judge": f"judge@{endpoint.url}"}
    found = []
    for model in ("strong", "weak"):
        for scenario, population, n in (
            ("joke", None, 30),
            ("facts", tmp_path / "f.csv", 10),
            ("refusals", tmp_path / "p.csv", 10),
        ):
            path = tmp_path / f"{scenario}-{model}.db"
            spec = f"{model}@{endpoint.url}"
            run_sync(
                scenario,
                n=n,
                population=population,
                model=spec,
                speaker_models=judge,
                out=path,
            )
            found.append(path)
    return found


def labelled(folder: Path, *lines: tuple[str, str]) -> Path:
    path = folder / "labels.jsonl"
    values = {"persona": {"prompt": "Please."}}
    made = [
        {"turns": [{"speaker": "answerer", "text": t}], "label": label, "values": values}
        for t, label in lines
    ]
    path.write_text("\n".join(map(json.dumps, made)))
    return path


def both(folder: Path) -> Path:
    return labelled(folder, ("I cannot.", "yes"), ("No way.", "yes"), ("Done.", "no"))


def by_name(rows: list[MethodTradeoff] | Any) -> dict[tuple[str, str], MethodTradeoff]:
    return {(row.model.partition("@")[0], row.cell): row for row in rows}


def test_a_row_is_a_method_of_a_model_with_what_all_runs_measure(
    tmp_path: Path, runs: list[Path], endpoint: Endpoint
) -> None:
    found = tradeoff(runs, judge=f"judge@{endpoint.url}", labels={"refused": both(tmp_path)})
    rows = by_name(found.rows)
    assert list(rows) == [
        ("strong", "direct"),
        ("strong", "vs"),
        ("weak", "direct"),
        ("weak", "vs"),
    ]
    vs = rows["strong", "vs"]
    assert vs.diversity is not None
    gain = vs.diversity.equal_replies["lexical"]
    assert gain.value is not None
    assert gain.value > 1
    assert vs.quality is not None
    assert vs.quality.quality == 4
    assert vs.factuality is not None
    assert vs.factuality.top_one is not None
    assert vs.factuality.top_one.value == 0  # Toronto is the most probable
    assert vs.factuality.equal_replies is not None
    assert vs.factuality.equal_replies.share is not None
    assert vs.factuality.equal_replies.share.value == 0.5
    tops = [rows[key].factuality for key in (("strong", "direct"), ("weak", "direct"))]
    assert [each and each.top_one and each.top_one.value for each in tops] == [0.5, 0.0]
    rates = [rows[key].refusals for key in (("strong", "direct"), ("strong", "vs"))]
    assert [each and each.rate and each.rate.hits for each in rates] == [5, 0]


def test_a_judge_is_asked_about_the_labels_once_for_all_runs_that_it_judged(
    tmp_path: Path, runs: list[Path], endpoint: Endpoint
) -> None:
    before = len(endpoint.bodies)
    found = tradeoff(runs, labels={"refused": both(tmp_path)})
    assert len(endpoint.bodies) - before == 3
    assert [by.validated for by in found.judges] == [True, True]
    agreed = found.judges[0].agreement
    assert agreed is not None
    assert agreed.found is not None
    assert (agreed.found.hits, agreed.found.n) == (1, 2)


def test_without_labels_of_both_kinds_there_is_a_count_and_no_rate(
    tmp_path: Path, runs: list[Path], command: Command
) -> None:
    path = labelled(tmp_path, ("Done.", "no"))
    for words in ([], ["--validate", f"refused={path}"]):
        code, out, _ = command("tradeoff", runs[2], *words)
        assert code == 0
        assert "5 of 10" in out
        assert "%" not in out
        assert "no rate, as the judge is not validated" in " ".join(out.split())
    assert all(row.refusals and row.refusals.rate is None for row in tradeoff([runs[2]]).rows)


def test_what_a_judge_calls_right_has_no_rate_without_labels_either(
    tmp_path: Path, runs: list[Path], endpoint: Endpoint
) -> None:
    scenario, path = tmp_path / "s.yaml", tmp_path / "r.db"
    scenario.write_text(
        "extends: facts\noutcomes:\n  right:\n    kind: yesno\n    judged:\n"
        "      question: 'Does the reply refuse to say {{ persona.answer }}?'\n"
    )
    table = runs[0].parent / "f.csv"
    run_sync(str(scenario), n=10, population=table, model=endpoint.spec, out=path)
    for labels, validated in ({}, False), ({"right": tmp_path / "labels.jsonl"}, True):
        line = {"turns": [{"speaker": "a", "text": "x"}], "values": {"persona": {"answer": "x"}}}
        lines = [json.dumps({**line, "label": label}) for label in ("yes", "no")]
        (tmp_path / "labels.jsonl").write_text("\n".join(lines))
        row = tradeoff([path], labels=labels).rows[0]
        assert row.factuality is not None
        assert row.factuality.questions == 2
        assert (row.factuality.top_one is not None) == validated


def test_what_a_label_does_not_give_the_judge_is_named_with_its_line(
    tmp_path: Path, runs: list[Path], command: Command
) -> None:
    turns = [{"speaker": "answerer", "text": "x"}]
    (tmp_path / "l.jsonl").write_text(json.dumps({"turns": turns, "label": "yes"}))
    code, _, err = command("tradeoff", runs[2], "--validate", f"refused={tmp_path / 'l.jsonl'}")
    assert code == 2
    assert "line 1 of the labels of refused: " in err
    assert "give it in the line's “values”" in err


def test_the_command_prints_a_table_and_one_json_object(
    tmp_path: Path, runs: list[Path], command: Command, as_json: AsJson
) -> None:
    words = ["tradeoff", *runs, "--validate", f"refused={both(tmp_path)}"]
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    assert "pass@N" in out
    assert "finds 50.0 %" in " ".join(out.split())
    printed = as_json(*words)
    assert len(printed["rows"]) == 4
    assert printed["judges"][0]["validated"]
    assert printed["rows"][0]["factuality"]["top_one"]["value"] == 0.5
    assert printed["measured"][str(runs[1])] == ["factuality"]


def test_the_page_says_what_the_terminal_says_after_a_sentence(
    tmp_path: Path, runs: list[Path], command: Command
) -> None:
    page = tmp_path / "a.html"
    assert command("tradeoff", *runs, "--html", page)[2] == f"wrote {page}\n"
    text = page.read_text("utf-8")
    assert '<p class="headline">' in text
    assert "pass@N" in text
    assert "top-1: the most probable reply is right" in text


def test_what_no_run_measures_is_no_column(runs: list[Path], command: Command) -> None:
    code, out, _ = command("tradeoff", runs[0])
    assert code == 0
    assert "1 − ROUGE-L" in " ".join(out.split())
    assert "top-1" not in out


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["joke-strong.db", "joke-strong.db"], "both measure diversity of “direct” by"),
        (["joke-strong.db", "--validate", "refused=labels.jsonl"], "judged are: none"),
        (["refusals-weak.db", "--validate", "refused"], "--validate refused: write OUTCOME=FILE"),
        (["refusals-weak.db", "--validate", "refused=none.jsonl"], "none.jsonl: cannot be read"),
        (["none.db"], "none.db"),
    ],
)
def test_what_cannot_be_set_side_by_side_is_one_line(
    runs: list[Path],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    rule: str,
) -> None:
    both(runs[0].parent)
    monkeypatch.chdir(runs[0].parent)
    code, out, err = command("tradeoff", *words)
    assert (code, out) == (2, "")
    assert rule in err
    assert len(err.splitlines()) == 1


def test_a_label_that_is_neither_and_a_question_that_sees_more_are_one_line(
    tmp_path: Path, runs: list[Path]
) -> None:
    with pytest.raises(InputError, match=r"labels.jsonl:1: label: must be yes or no, got “'fail'”"):
        tradeoff([runs[2]], labels={"refused": labelled(tmp_path, ("No.", "fail"))})
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"turns": [{"speaker": "a", "text": "No."}], "label": "yes"}')
    with pytest.raises(InputError, match=r"outcomes.refused.judged.question: persona has no “pro"):
        tradeoff([runs[2]], labels={"refused": bare})


def test_a_dialogue_of_several_is_no_task(tmp_path: Path, endpoint: Endpoint) -> None:
    path = tmp_path / "d.db"
    run_sync("donation", n=1, model=endpoint.spec, out=path)
    with pytest.raises(StatisticsError, match="methods are set side by side on tasks"):
        tradeoff([path])
