"""Few humans with many simulations: a run whose people are a table, and what some of them gave."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.console import Console

import simulate
from simulate.comparison.prediction_powered import PredictionPowered
from simulate.comparison.prediction_powered.estimates import estimates_of, statistics_of
from simulate.comparison.prediction_powered.pairing import CellPeople
from simulate.comparison.prediction_powered.same_people import Weighting
from simulate.errors import InputError, ReferenceDataError, StatisticsError
from simulate.population import Population
from simulate.reference import Variable
from simulate.report.prediction_powered_table import print_prediction_powered
from simulate.runfile import open_run
from simulate.statistics.paired_people import PairedPeople
from simulate.statistics.rows import Rows
from tests.conftest import AsJson, Command
from tests.made_runs import write_run
from tests.verbalized.test_probability_map import HEATED

N, LABELLED = 240, 60
INCOMES = ("low", "middle", "high")
Row = dict[str, Any]


def people(n: int = N, **attributes: Callable[[int], Any]) -> Population:
    """Return people of three incomes, in whom more can be known by a number."""
    made: Mapping[str, Callable[[int], Any]] = {"income": lambda i: INCOMES[i % 3], **attributes}
    rows = [{"id": f"p{i}", "attributes": {k: of(i) for k, of in made.items()}} for i in range(n)]
    return Population.model_validate({"population": "people", "personas": rows})


def _number(person: str) -> int:
    return int(person.lstrip("p-").partition("#")[0])


def expected(person: str, arm: int = 0) -> float:
    """Return what a person is simulated to give on average: a number of its own."""
    u = np.random.default_rng(_number(person) + 1_000 * arm).random()
    return round(0.4 + 1.2 * float(u), 3)


def gave(person: str, arm: int = 0) -> float:
    """Return what the human gives: what was simulated, but more, and not exactly that."""
    noise = np.random.default_rng(_number(person) + 50_000 + 1_000 * arm).normal(0, 0.2)
    return round(float(np.clip(expected(person, arm) * 0.6 + 0.5 + noise, 0, 2)), 3)


def made(path: Path, population: Population, n: int = N, **details: Any) -> Path:
    """Write a run in which each person states two amounts around what is expected of it."""
    conditions = details.pop("conditions", {"method": {"vs": {}}})
    replicates = details.get("replicates", 1)
    (levels,) = conditions.values()
    ids = [p.id for p in population.sample(n, 0) for _ in range(replicates)]
    answers = {
        level: [[(expected(p, arm) - 0.1, 0.5), (expected(p, arm) + 0.1, 0.5)] for p in ids]
        for arm, level in enumerate(levels)
    }
    return write_run(path, answers, population=population, conditions=conditions, **details)


def table(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def asked(ids: Sequence[int]) -> list[Row]:
    return [{"id": f"p{i}", "gave": gave(f"p{i}")} for i in ids]


SOME = np.random.default_rng(8).permutation(N)[:LABELLED].tolist()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("ppi") / "run.db", people())


@pytest.fixture(scope="module")
def humans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return table(tmp_path_factory.mktemp("humans") / "asked.csv", asked(SOME))


def test_the_mean_is_that_of_the_humans_moved_by_what_is_simulated_of_the_others(
    run: Path, humans: Path
) -> None:
    found = simulate.ppi(run, humans, column="gave")
    mean = found.rows[0]
    y = np.array([gave(f"p{i}") for i in SOME])
    f = np.array([expected(f"p{i}") for i in SOME])
    g = np.array([expected(f"p{i}") for i in range(N) if i not in SOME])
    slope = np.polyfit(f, y, 1)[0]
    of_all = (f.sum() + g.sum()) / N
    assert (mean.humans, mean.others) == (LABELLED, N - LABELLED)
    assert mean.human
    assert mean.estimate
    assert mean.simulated
    assert mean.worth
    assert mean.human.value == pytest.approx(y.mean())
    assert mean.simulated.value == pytest.approx(of_all)
    assert mean.estimate.value == pytest.approx(y.mean() + slope * (of_all - f.mean()))
    assert mean.arms[0].correlation
    assert mean.arms[0].correlation.value == pytest.approx(np.corrcoef(y, f)[0, 1])
    assert [row.statistic for row in found.rows] == ["mean", "median", "share > 0"]
    assert mean.adds
    assert found.reruns == {"vs": 1}


def test_what_40_humans_are_worth_is_one_sentence_with_an_interval(
    run: Path, tmp_path: Path
) -> None:
    found = simulate.ppi(run, table(tmp_path / "few.csv", asked(SOME[:40])), column="gave")
    worth = found.rows[0].worth
    assert worth is not None
    assert worth.interval is not None
    low, high = worth.interval
    assert f"40 humans are worth {worth.value:.0f} [{low:.0f}, {high:.0f}] with" in str(found)
    assert 40 < low < worth.value < high < 240
    console = Console(record=True, width=80, file=io.StringIO())
    print_prediction_powered(found, console)
    shown = " ".join(console.export_text().split())
    assert "by Student's t, which held the mean in .936 to .955 of simulated samples" in shown


def test_a_map_that_replies_were_drawn_through_is_told_of(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "mapped.db"
    path.write_bytes(run.read_bytes())
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO meta VALUES ('map', ?)", [json.dumps(HEATED)])
        file.commit()
    found = simulate.ppi(path, table(tmp_path / "asked.csv", asked(SOME)), column="gave")
    assert any("if these humans were among them" in note for note in found.notes)


def test_simulations_of_nobody_in_particular_add_nothing_and_are_said_to(
    tmp_path: Path, humans: Path
) -> None:
    path = write_run(
        tmp_path / "flat.db",
        {"vs": [1.0] * N},
        population=people(),
        conditions={"method": {"vs": {}}},
    )
    mean = simulate.ppi(path, humans, column="gave").rows[0]
    assert mean.estimate == mean.human
    assert mean.worth is not None
    assert mean.worth.value == LABELLED
    assert not mean.adds
    assert "not shown that they add anything" in mean.said


def test_an_open_run_is_asked_the_same(run: Path, humans: Path) -> None:
    with open_run(run) as file:
        found: PredictionPowered = file.ppi(humans, column="gave", width=0.1)
        assert found.to_dict() == simulate.ppi(file, humans, column="gave", width=0.1).to_dict()
    needed = found.rows[0].needed
    assert needed
    assert needed.alone
    assert needed.with_simulations
    assert needed.with_simulations < needed.alone
    assert repr(found) == "PredictionPowered(donation: 3 estimates)"
    frame = found.to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame.height == 3
    assert "60 humans are worth" in found._repr_html_()


def test_the_command_prints_the_same_as_json_and_a_table_of_80_columns(
    run: Path,
    humans: Path,
    as_json: AsJson,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("compare", run, "--ppi", humans, "--column", "gave", "--width", "0.1")
    told = as_json(*words)
    assert told["of"].startswith("people: the humans' number")
    assert told["rows"][0]["worth"]["interval"][0] > LABELLED
    page = tmp_path / "a.html"
    code, out, err = command(*words, "--html", page)
    assert (code, err) == (0, f"wrote {page}\n")
    assert page.read_text("utf-8").count('<p class="headline">') == len(
        told["sentence"].splitlines()
    )
    assert "<figcaption>" in page.read_text("utf-8")
    said = " ".join(out.split())
    assert "no simulated person counts as a human" in said
    assert "if people vary as much as these (the range is that of ρ alone)" in said
    assert max(map(len, out.splitlines())) <= 80


def test_reruns_are_averaged_and_all_people_count_with_as_many(tmp_path: Path) -> None:
    population = people()
    ids = [p.id for p in population.sample(N, 0)]
    answers: list[Any] = [[(expected(p) + d, 1.0)] for p in ids for d in (-0.1, 0.1)]
    once = ids.index(f"p{SOME[0]}")
    answers[2 * once + 1] = "failed"
    path = write_run(
        tmp_path / "twice.db",
        {"vs": answers},
        population=population,
        conditions={"method": {"vs": {}}},
        replicates=2,
    )
    found = simulate.ppi(path, table(tmp_path / "asked.csv", asked(SOME)), column="gave")
    assert found.reruns == {"vs": 2}
    assert any("1 human and 0 others have no simulated value" in note for note in found.notes)
    simulated = found.rows[0].simulated
    assert simulated is not None
    rest = np.mean([expected(p) for i, p in enumerate(ids) if i != once])
    assert simulated.value == pytest.approx(rest, abs=1e-9)


def test_a_person_with_several_values_counts_once(run: Path, tmp_path: Path) -> None:
    rows = [{**row, "gave": row["gave"] + d} for row in asked(SOME[:30]) for d in (-0.05, 0.05)]
    found = simulate.ppi(run, table(tmp_path / "twice.csv", rows), column="gave").rows[0]
    once = simulate.ppi(run, table(tmp_path / "once.csv", asked(SOME[:30])), column="gave").rows[0]
    assert found.humans == 30
    assert found.estimate
    assert once.estimate
    assert found.estimate.value == pytest.approx(once.estimate.value)
    assert found.estimate.interval == pytest.approx(once.estimate.interval)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames") / "run.db"
    return made(path, people(), conditions={"frame": {"gain": {}, "loss": {}}})


def test_a_difference_of_two_arms_has_a_covariate_and_a_weight_of_each(
    frames: Path, tmp_path: Path
) -> None:
    rows = [
        {"id": f"p{i}", "gave": gave(f"p{i}", k % 2), "frame": ("gain", "loss")[k % 2]}
        for k, i in enumerate(SOME)
    ]
    found = simulate.ppi(frames, table(tmp_path / "arms.csv", rows), column="gave", width=0.2)
    by_name = {(row.sample, row.statistic): row for row in found.rows}
    gain, loss = by_name["gain", "mean"], by_name["loss", "mean"]
    both = by_name["gain − loss", "mean"]
    assert (gain.humans, loss.humans, both.humans) == (30, 30, 60)
    assert gain.estimate
    assert loss.estimate
    assert both.estimate
    assert both.worth
    assert both.human
    assert both.estimate.value == pytest.approx(gain.estimate.value - loss.estimate.value)
    assert len(both.arms) == 2
    assert both.human.interval
    assert both.estimate.interval
    assert both.worth.interval
    human, ours = (high - low for low, high in (both.human.interval, both.estimate.interval))
    assert ours < human
    assert both.worth.interval[0] <= both.worth.value <= both.worth.interval[1]
    assert both.needed
    assert both.needed.alone
    assert both.needed.with_simulations


def test_humans_who_met_both_arms_are_compared_with_themselves(
    frames: Path, tmp_path: Path
) -> None:
    rows = [
        {"id": f"p{i}", "gave": gave(f"p{i}") + 0.1 * arm, "frame": ("gain", "loss")[arm]}
        for i in SOME
        for arm in (0, 1)
    ]
    found = simulate.ppi(frames, table(tmp_path / "both.csv", rows), column="gave")
    both = next(row for row in found.rows if row.sample == "gain − loss")
    assert both.humans == LABELLED
    assert both.human
    assert both.human.value == pytest.approx(-0.1)
    assert both.human.interval is None or np.ptp(both.human.interval) < 1e-6


@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("same", [True, False])
def test_a_difference_is_without_bias_and_its_interval_covers(n: int, same: bool) -> None:
    rng = np.random.default_rng(n)
    statistic = statistics_of(Variable("gave", "amount", support=(-9, 9)), [])[:1]
    errors, inside, narrower = [], [], []
    for _ in range(250):
        traits = rng.normal(size=2 * n + 300)  # what people are like, in both arms
        arms = []
        for arm, first in enumerate((0, 0 if same else n)):
            place = np.arange(first, first + n)
            gave = traits[place] + 0.3 * arm + 0.6 * rng.normal(size=n)
            simulated = Rows.of(0.8 * traits + 0.5 * rng.normal(size=len(traits)) - arm)
            paired = PairedPeople(Rows.of(gave), simulated, place, np.arange(2 * n, 2 * n + 300))
            people = tuple(map(str, place))
            level = (("arm", str(arm)),)
            arms.append(CellPeople(str(arm), level, (), people, paired, Weighting(), 1, ()))
        found = list(estimates_of(arms, statistic, 0.95, None))[-1]
        assert found.estimate
        assert found.human
        errors.append(found.estimate.value + 0.3)
        low, high = found.estimate.interval or (0.0, 0.0)
        inside.append(low <= -0.3 <= high)
        narrower.append((high - low) / np.ptp(found.human.interval or (0.0, 1.0)))
    assert abs(np.mean(errors)) < (0.1 if n == 200 else 0.15) * np.std(errors)
    assert np.mean(inside) >= 0.92
    if not same:
        assert np.mean(narrower) < 0.9


def test_humans_who_are_no_random_part_are_refused_until_the_others_are_weighted_to_them(
    run: Path, tmp_path: Path
) -> None:
    rich = [i for i in range(N) if i % 3 == 2][:50] + [i for i in range(N) if i % 3 != 2][:20]
    path = table(tmp_path / "rich.csv", asked(rich))
    with pytest.raises(StatisticsError, match=r"differ in income \(p = \.0005\).*--rake income"):
        simulate.ppi(run, path, column="gave")
    found = simulate.ppi(run, path, column="gave", rake=["income"])
    assert found.raked == ("income",)
    assert found.rows[0].others == 170
    assert 50 < found.rows[0].others_effective < 160


SOMETIMES = {"sex": lambda i: "f" if i % 2 else "m"}


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (asked(SOME[:12]), {}, "12 people of column id are personas of .* at least 20 are needed"),
        ([{"id": f"x{i}", "gave": 1} for i in range(30)], {}, "not in the run are x0, x1"),
        ([{"who": f"p{i}", "gave": 1} for i in SOME], {}, "--persona-column; it has: who, gave"),
        (asked(range(230)), {}, "10 of its 240 people have no human value"),
        (asked(SOME), {"outcome": "gift"}, "no outcome “gift”; it has: donation"),
        (asked(SOME), {"rake": ["age"]}, "no such attribute; they have: income"),
        (asked(SOME), {"quantiles": [1.5]}, "quantile 1.5 must lie between 0 and 1"),
        (asked(SOME), {"cleaning": "sweep"}, "cleaning rule “sweep” is none of drop, clip, none"),
        (asked(SOME), {"width": -1}, "width -1 must be a finite number above 0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    run: Path, tmp_path: Path, rows: list[Row], options: dict[str, Any], said: str
) -> None:
    path = table(tmp_path / "asked.csv", rows)
    with pytest.raises(InputError, match=said) as caught:
        simulate.ppi(run, path, column="gave", **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        (lambda i: None if i in SOME[:3] else 40, r"humans lack attributes .*: age \(3 of 60\)"),
        (lambda i: 40 + i if i in SOME else None, "known of humans and of none of the others: age"),
    ],
)
def test_people_of_whom_more_is_known_on_one_side_are_refused_by_the_column(
    tmp_path: Path, humans: Path, attribute: Callable[[int], Any], said: str
) -> None:
    path = made(tmp_path / "run.db", people(age=attribute))
    with pytest.raises(StatisticsError, match=said):
        simulate.ppi(path, humans, column="gave")


def test_personas_who_are_nobody_are_refused(tmp_path: Path, humans: Path) -> None:
    invented = Population.model_validate(
        {
            "population": "p",
            "attributes": {"income": {"kind": "category", "counts": {"low": 1, "high": 1}}},
        }
    )
    with pytest.raises(StatisticsError, match="drawn from distributions and are nobody"):
        simulate.ppi(made(tmp_path / "run.db", invented, 30), humans, column="gave")


def test_people_drawn_by_weight_are_refused_until_they_are_weighted(
    tmp_path: Path, humans: Path
) -> None:
    rows = [row.model_dump() | {"weight": 1 + i % 2} for i, row in enumerate(people().personas)]
    weighted = Population.model_validate({"population": "people", "personas": rows})
    path = made(tmp_path / "run.db", weighted)
    with pytest.raises(StatisticsError, match="drawn by their weights"):
        simulate.ppi(path, humans, column="gave")
    assert simulate.ppi(path, humans, column="gave", rake=["income"]).rows


@pytest.mark.parametrize(
    ("variable", "names"),
    [
        (
            Variable("n", "count", support=(0, 9)),
            ["mean", "quantile .10", "quantile .90", "share > 0"],
        ),
        (Variable("gave", "yesno"), ["share of yes"]),
        (Variable("act", "choice", levels=("go", "stay")), ["share of stay"]),
        (
            Variable("act", "choice", levels=("go", "stay", "wait")),
            ["share of go", "share of stay", "share of wait"],
        ),
        (
            Variable("how", "ordinal", levels=("bad", "fair", "good")),
            ["mean rank (1 = bad, 3 = good)"],
        ),
    ],
)
def test_each_kind_of_outcome_has_its_numbers(variable: Variable, names: list[str]) -> None:
    found = statistics_of(variable, [0.1, 0.9] if variable.numeric else [])
    assert [each.name for each in found] == names
    if not variable.numeric:
        with pytest.raises(StatisticsError, match="quantiles are of numbers"):
            statistics_of(variable, [0.5])


def test_what_does_not_go_with_few_humans_is_refused(
    run: Path, humans: Path, command: Command
) -> None:
    words = ("compare", run, "--ppi", humans, "--column", "gave")
    code, _, told = command(*words, "--weight-column", "gave")
    assert code == 2
    assert "would weigh them" in told
    code, _, told = command(*words, "--margin", "0.1")
    assert code == 2
    assert "--margin is not for --ppi" in told
    code, _, told = command(*words, "--with", "branches")
    assert code == 2
    assert "--with is not for --ppi" in told
    with (
        open_run(run, with_branches=True) as file,
        pytest.raises(StatisticsError, match="branches"),
    ):
        file.ppi(humans, column="gave")
    code, _, told = command("compare", run, "--width", "0.1")
    assert code == 2
    assert "--width is for --ppi" in told
    with pytest.raises(ReferenceDataError, match="is no CSV"):
        simulate.ppi(run, run, column="gave")
    with pytest.raises(ReferenceDataError, match="there is no such table of humans"):
        simulate.ppi(run, "nobody.csv", column="gave")
