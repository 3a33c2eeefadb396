"""What notebooks show: short representations, small tables, figures, and a run's progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import simulate
from simulate.comparison.summary import summaries
from simulate.notebook import in_notebook
from simulate.reference import load
from simulate.verbalized import Candidate
from tests.kernel import Kernel, kernel
from tests.made_runs import MakeRun, write_run

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e" + "long " * 200
ACTIVE = re.compile("[\x1b\u202e]")
PNG = b"\x89PNG"


@pytest.fixture
def distribution() -> simulate.ReplyDistribution:
    stated = (Candidate(HOSTILE, 0.5), Candidate("No.", 0.3, ends=True), Candidate("$a$", 0.2))
    return simulate.ReplyDistribution.from_probabilities(stated)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> simulate.Comparison:
    path = tmp_path_factory.mktemp("compared") / "a.db"
    run = write_run(path, {"direct": [0.0, 0.5, 2.0] * 10, "vs": [1.0, 0.5, 1.5] * 10})
    return simulate.compare(run, load("persuasionforgood-donations"), draws=200)


def is_small(text: str) -> bool:
    return "\n" not in text and len(text) < 260 and not ACTIVE.search(text)


def test_representations_are_one_line(
    distribution: simulate.ReplyDistribution, compared: simulate.Comparison, make_run: MakeRun
) -> None:
    path = make_run({"direct": [0.0], "vs": [1.0]}, name="other.db")
    with simulate.open_run(path) as run:
        shown = [repr(each) for each in (distribution, compared, run, run.scenario)]
        shown += map(repr, summaries(run))
    assert all(map(is_small, shown))
    assert "3 candidates, entropy 1.03 nats, the heaviest 0.50" in shown[0]
    assert "2 samples beside humans (n = 982): persuasionforgood-donations" in shown[1]
    assert shown[2].endswith("other.db: donation, 2 of 2 dialogues completed)")
    assert shown[3] == "Scenario(donation: 2 speakers, 2 cells, 1 outcome)"
    assert shown[4] == "OutcomeSummary(donation: 2 cells, 1 contrast)"
    assert repr(run).endswith("other.db: closed)")


def test_a_distribution_is_a_table_with_nothing_foreign_active(
    distribution: simulate.ReplyDistribution,
) -> None:
    text = distribution._repr_html_()
    assert not ACTIVE.search(text)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert len(text) < 4000


def test_a_comparison_shows_each_row_with_floor_and_interval(
    compared: simulate.Comparison,
) -> None:
    text = compared._repr_html_()
    for row in compared.rows:
        assert f">{row.name}<" in text
    assert "floor 95 % ≤" in text
    assert compared.to_frame().equals(compared.frame)


def test_a_population_shows_what_people_are_like_and_none_of_them() -> None:
    people = [
        {"id": f"ann-{i}", "attributes": {"age": i, "job": HOSTILE if i % 4 else None}}
        for i in range(60)
    ]
    population = simulate.Population.model_validate({"population": "us", "personas": people})
    assert repr(population) == str(population) == "Population(us: 60 personas, 2 attributes)"
    text = population._repr_html_()
    assert ("ann-" in text, "<script" in text, bool(ACTIVE.search(text))) == (False,) * 3
    assert "29.5 (29.5)" in text
    assert "no value 25% (25%)" in text
    picture: Any = population.plot(n=100)
    assert picture._repr_png_().startswith(PNG)
    marginals = simulate.load_population("crowdworkers")
    assert re.fullmatch(r"Population\(crowdworkers: marginals, \d+ attributes\)", repr(marginals))
    assert re.search(r"Liberal \d\d% \(\d\d%\)", marginals._repr_html_())
    named = [{"id": str(i), "attributes": {"name": f"Ann {i}"}} for i in range(99)]
    people_with_names = simulate.Population.model_validate({"population": "n", "personas": named})
    assert "Ann" not in people_with_names._repr_html_()
    (person,) = marginals.sample(1, 0)
    assert is_small(repr(person))
    assert repr(person).startswith("Persona(crowdworkers-0001: age ")


def test_a_run_shows_its_cells(make_run: MakeRun) -> None:
    with simulate.open_run(make_run({"direct": [0.0, "failed"], "vs": [1.0, 1.0]})) as run:
        cells = re.findall(r"<td[^>]*>([^<]*)</td>" * 4, run._repr_html_())
    assert cells == [("vs", "2", "0", "0"), ("direct", "1", "1", "0")]


@pytest.mark.parametrize("kind", ["ecdf", "histogram", "forest"])
def test_a_comparison_is_plotted(compared: simulate.Comparison, kind: str) -> None:
    picture: Any = compared.plot(kind)
    assert picture._repr_png_().startswith(PNG)
    with pytest.raises(simulate.SimulateError, match="no figure “pie”; there are: ecdf"):
        compared.plot("pie")


def test_a_distribution_is_plotted(distribution: simulate.ReplyDistribution) -> None:
    picture: Any = distribution.plot()
    assert picture._repr_png_().startswith(PNG)
    (axes,) = picture.axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.5, 0.3, 0.2])
    assert not ACTIVE.search(axes.get_yticklabels()[0].get_text())


def test_progress_outside_of_a_notebook_is_lines_on_stderr(
    make_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = simulate.ScriptedModel(lambda _: "Fine.")
    settings: dict[str, Any] = {"n": 1, "methods": ["direct"], "model": model}
    assert not in_notebook()
    simulate.run_sync("donation", **settings, out=tmp_path / "a.db")
    assert capsys.readouterr() == ("", "")
    simulate.run_sync("donation", **settings, out=tmp_path / "b.db", progress=True)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith("1 dialogue on scripted → ")
    assert last.startswith("1/1 dialogues · ")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with kernel(tmp_path_factory.mktemp("notebook")) as started:
        code = "import simulate\ndef model(n): return simulate.ScriptedModel(lambda _: 'Fine.')"
        assert started.run(code) == []
        yield started


def html_of(output: dict[str, Any]) -> str:
    return str(output["data"]["text/html"])


@pytest.mark.slow
@pytest.mark.parametrize("call", ["await simulate.run", "simulate.run_sync"])
def test_a_notebook_shows_a_run_in_one_place(notebook: Kernel, call: str) -> None:
    (shown,) = notebook.run(f"r = {call}('donation', n=2, methods=['direct'], model=model(1))")
    assert "✓ 2/2 dialogues" in html_of(shown)
    assert "<progress" not in html_of(shown)
    (result,) = notebook.run("r")
    assert result["data"]["text/plain"].startswith("RunResult(runs/donation-")
    assert "<td" in html_of(result)


@pytest.mark.slow
@pytest.mark.parametrize("given", ["progress=False", "listener=lambda e: None"])
def test_a_notebook_shows_nothing_where_that_is_asked_or_somebody_listens(
    notebook: Kernel, given: str
) -> None:
    code = f"await simulate.run('donation', n=1, methods=['direct'], model=model(1), {given});"
    assert notebook.run(code) == []


@pytest.mark.slow
@pytest.mark.parametrize("call", ["await simulate.run", "simulate.run_sync"])
def test_an_interrupted_run_says_how_it_goes_on(notebook: Kernel, call: str) -> None:
    code = f"r = {call}('donation', n=400, methods=['direct'], model=model(1), concurrency=2)"
    shown, error = notebook.run(code, interrupt_at='<progress value="0[.]0*[1-9]')
    assert error["ename"] in ("CancelledError", "KeyboardInterrupt")
    assert "<progress" not in html_of(shown)
    assert re.search(r"broken off; it goes on with resume=True, out=", html_of(shown))
    again = notebook.run("import threading; [t.name for t in threading.enumerate()]")
    assert "'run'" not in str(again)


@pytest.mark.slow
def test_an_error_leaves_no_bar_behind(notebook: Kernel) -> None:
    code = "await simulate.run('donation', n=2, model='x@http://127.0.0.1:9')"
    shown, error = notebook.run(code)
    assert (error["ename"], "<progress" in html_of(shown)) == ("EndpointError", False)
    assert "broken off" not in html_of(shown)


@pytest.mark.slow
def test_a_figure_is_shown_inline(notebook: Kernel) -> None:
    code = """from simulate.verbalized import Candidate
d = simulate.ReplyDistribution.from_probabilities((Candidate("Yes.", .7), Candidate("No.", .3)))
d.plot()"""
    (shown,) = notebook.run(code)
    assert "image/png" in shown["data"]
