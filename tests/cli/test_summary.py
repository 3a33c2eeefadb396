from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import AsJson, Command
from tests.made_runs import MakeRun


def test_the_json_has_cells_contrasts_and_sources_of_variance(
    make_run: MakeRun, as_json: AsJson
) -> None:
    run = make_run({"vs": [0.5, 1.0] * 8, "direct": [0.0, 0.5, 1.0, 1.0] * 4}, replicates=2)
    found = as_json("summary", run)
    assert found["run"] == str(run)
    (outcome,) = found["outcomes"]
    assert (outcome["outcome"], outcome["kind"], outcome["unit"]) == ("donation", "amount", "USD")
    cell = outcome["cells"][0]
    assert (cell["cell"], cell["n"], cell["personas"], cell["mean"]) == ("vs", 16, 8, 0.75)
    (contrast,) = outcome["contrasts"]
    assert (contrast["a"], contrast["b"], contrast["personas"]) == ("vs", "direct", 8)
    assert contrast["value"] == pytest.approx(0.125)
    parts = outcome["variance"]["cells"]["direct"]["parts"]
    assert parts["personas"]["share"] + parts["reruns"]["share"] == pytest.approx(1)
    assert outcome["variance"]["conditions"]["method"]["parts"].keys() == {
        "personas",
        "levels",
        "personas × levels",
        "reruns",
    }
    assert len(outcome["variance"]["sentences"]) == 3


def test_the_tables_say_how_to_read_them(
    make_run: MakeRun, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    stated = [[(0.0, 0.5), (1.0, 0.5)]] * 10
    code, out, _ = command("summary", make_run({"vs": stated, "direct": [1.0, 0.0] * 5}))
    assert code == 0
    assert "drawn: the mean of the values that were drawn" in out
    assert "no interval of a mean with fewer than 20 effective personas" in out
    assert "no intervals: they need at least 50 personas that were run again" in out
    assert "vs − direct" in out


def test_many_contrasts_are_cut_and_said_to_be(make_run: MakeRun, command: Command) -> None:
    levels: dict[str, object] = {f"w{i}": {} for i in range(8)}
    answers = {label: [0.1 * i, 0.5] for i, label in enumerate(levels)}
    _, out, _ = command("summary", make_run(answers, conditions={"wording": levels}))
    assert "the 20 clearest of 28: --json has all" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.db"], "nowhere.db"),
        (["{run}", "--outcome", "gift"], "there is no outcome “gift”; it has: donation"),
    ],
)
def test_what_cannot_be_summed_up_is_one_line_and_exit_2(
    make_run: MakeRun, command: Command, words: list[str], said: str
) -> None:
    run = make_run({"vs": [1.0]})
    code, out, err = command("summary", *(str(run) if w == "{run}" else w for w in words))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_page_and_the_terminal_say_the_same(
    make_run: MakeRun, command: Command, tmp_path: Path
) -> None:
    page = tmp_path / "summary.html"
    run = make_run({"vs": [0.5, 1.0] * 12, "direct": [0.0, 0.5] * 12})
    code, out, err = command("summary", f"{run}:vs", "--html", page)
    assert (code, err) == (0, f"wrote {page}\n")
    assert ".750 [.642, .858]" in out
    text = page.read_text().replace("\u00a0", " ")
    assert ".750 [.642, .858]" in text
    assert "donation: where the variance comes from" in text
    assert "direct" not in out.partition("How the talks ended")[0]


def test_an_attribute_that_nobody_has_is_refused(make_run: MakeRun, command: Command) -> None:
    code, out, err = command("summary", make_run({"vs": [1.0]}), "--by", "hat")
    assert (code, out) == (2, "")
    assert err == "simulate: --by “hat”: the personas have no such attribute; they have: none\n"
