"""Effects of conditions and traits in a made run beside those in a small table of people."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.comparison.api import compare_effects
from simulate.comparison.human_effects.result import ComparedEffect, HumanEffects
from simulate.errors import StatisticsError
from simulate.population import Persona, Population
from simulate.reference.importing import Importing, import_data
from tests.conftest import AsJson, Command
from tests.human_data import OFFICIAL, needs_official
from tests.made_runs import write_run

N = 64
FRAMES: dict[str, Any] = {"frame": {"gain": {}, "loss": {}}}


def people(n: int) -> Population:
    """Return half women and half men of different ages."""
    rows = [
        {"id": f"p{i}", "attributes": {"sex": ("Female", "Male")[i % 2], "age": 20 + i % 40}}
        for i in range(n)
    ]
    return Population.model_validate({"population": "p", "personas": rows})


def gift(frame: str, sex: str, age: float, noise: float) -> float:
    """Women give more, the old give more, and a loss moves women only."""
    moved = 0.4 * (frame == "loss") * (sex == "Female")
    return round(0.5 + 0.2 * (sex == "Female") + 0.005 * age + moved + noise, 4)


def told(personas: Sequence[Persona], frame: str) -> list[list[tuple[float, float]]]:
    """Let each persona state two gifts."""
    known = [(str(p.attributes["sex"]), float(str(p.attributes["age"]))) for p in personas]
    means = [gift(frame, sex, age, 0) for sex, age in known]
    return [[(mean - 0.1, 0.5), (mean + 0.1, 0.5)] for mean in means]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    population = people(N)
    answers = {frame: told(population.sample(N, 0), frame) for frame in FRAMES["frame"]}
    path = tmp_path_factory.mktemp("effects") / "run.db"
    return write_run(path, answers, population=population, conditions=FRAMES)


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


HUMANS: list[dict[str, Any]] = [
    {
        "gave": gift(frame, sex, age, noise),
        "frame": frame.upper(),
        "sex": sex.lower(),
        "years": age,
    }
    for i, noise in enumerate(np.random.default_rng(4).normal(0, 0.15, 400))
    for frame, sex, age in [
        (("gain", "loss")[i % 2], ("Female", "Male")[i // 2 % 2], 20 + i % 37),
    ]
]


@pytest.fixture(scope="module")
def humans(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"{write_table(tmp_path_factory.mktemp('people') / 'humans.csv', HUMANS)}:gave"


def named(found: HumanEffects, name: str) -> ComparedEffect:
    return next(effect for effect in found.effects if effect.name == name)


def gave(**wanted: str) -> list[float]:
    return [float(r["gave"]) for r in HUMANS if all(r[k] == v for k, v in wanted.items())]


def test_an_effect_of_a_condition_is_paired_by_persona_and_set_beside_that_of_people(
    run: Path, humans: str
) -> None:
    effect = named(compare_effects(run, humans, effects=["loss-gain"]), "loss − gain")
    assert effect.simulated is not None
    assert effect.simulated.value == pytest.approx(0.2)
    own = [0.4, 0.0] * (N // 2)
    assert effect.simulated.standard_error == pytest.approx(np.std(own, ddof=1) / N**0.5)
    welch = stats.ttest_ind(gave(frame="LOSS"), gave(frame="GAIN"), equal_var=False)
    assert effect.human is not None
    error = effect.human.standard_error
    assert error is not None
    assert effect.human.value / error == pytest.approx(welch.statistic)
    assert effect.against is not None
    assert effect.against.same_sign is True
    assert effect.against.error == pytest.approx((0.2 - effect.human.value) / error)


def test_an_effect_between_persons_is_welchs(tmp_path: Path, humans: str) -> None:
    answers = {"gain": [0.0, 0.5, 1.0] * 12, "loss": [0.0, 1.0, 1.0, 2.0] * 9}
    path, design = tmp_path / "run.db", {"design": {"between": ["frame"]}}
    write_run(path, answers, population=people(80), conditions=FRAMES, fields=design)
    effect = named(compare_effects(path, humans, effects=["loss-gain"]), "loss − gain")
    assert effect.simulated is not None
    error = effect.simulated.standard_error
    assert error is not None
    welch = stats.ttest_ind(answers["loss"], answers["gain"], equal_var=False)
    assert effect.simulated.value / error == pytest.approx(welch.statistic)


def test_groups_of_a_protected_stratum_are_not_compared_without_humans_of_each(
    tmp_path: Path,
) -> None:
    design = {"design": {"strata": {"sex": {"women": "Female", "men": "Male"}}}}
    cells = [f"{frame}+{sex}" for frame in FRAMES["frame"] for sex in ("women", "men")]
    answers = {cell: [0.5, 1.0] * 6 for cell in cells}
    path = tmp_path / "run.db"
    write_run(path, answers, population=people(N), conditions=FRAMES, fields=design)
    few, enough = (f"{write_table(tmp_path / f'{n}.csv', HUMANS[:n])}:gave" for n in (40, 200))
    with pytest.raises(StatisticsError, match="--effect men-women: the groups by sex are not"):
        compare_effects(path, few, effects=["men-women"])
    assert compare_effects(path, enough, effects=["men-women"]).effects


def test_an_effect_within_levels_of_a_trait_and_its_change_with_it(run: Path, humans: str) -> None:
    found = compare_effects(run, humans, effects=["loss-gain"], by=["sex", "age=years"], draws=200)
    values = {e.name: e.simulated and e.simulated.value for e in found.effects}
    assert values["loss − gain | sex = female"] == pytest.approx(0.4)
    assert values["loss − gain | sex = male"] == pytest.approx(0)
    assert values["loss − gain: sex: male − female"] == pytest.approx(-0.4)
    change = named(found, "loss − gain: sex: male − female").human
    means = {
        (f, s): np.mean(gave(frame=f, sex=s)) for f in ("LOSS", "GAIN") for s in ("male", "female")
    }
    of_men, of_women = (means["LOSS", s] - means["GAIN", s] for s in ("male", "female"))
    assert change is not None
    assert change.value == pytest.approx(of_men - of_women)
    assert found.lines.keys() == {"loss − gain by sex", "loss − gain by age"}
    assert [name for name in values if "| age" in name] == [
        f"loss − gain | age = {ages}" for ages in ("20 to 32", "33 to 44", "45 to 56")
    ]


def test_effects_of_traits_stand_for_each_cell_beside_people_who_met_the_same(
    run: Path, humans: str
) -> None:
    found = compare_effects(run, humans, by=["sex", "age=years"], draws=200)
    sex = named(found, "gain | sex: male − female")
    assert sex.simulated is not None
    assert sex.human is not None
    assert sex.simulated.value == pytest.approx(-0.2, abs=0.02)
    men, women = (gave(frame="GAIN", sex=s) for s in ("male", "female"))
    assert sex.human.value == pytest.approx(np.mean(men) - np.mean(women))
    years = np.array([r["years"] for r in HUMANS], dtype=float)
    of_age = next(e for e in found.effects if e.name.startswith("gain | age, per SD"))
    assert of_age.simulated is not None
    assert of_age.simulated.value == pytest.approx(0.005 * years.std(ddof=1), rel=0.1)


def test_variances_stand_for_each_cell_and_level(run: Path, humans: str) -> None:
    found = compare_effects(run, humans, by=["sex"], draws=200)
    spread = {(v.cell, v.group): v.found for v in found.variances}
    women = spread["loss", "sex = female"]
    assert women.human == pytest.approx(np.var(gave(frame="LOSS", sex="female"), ddof=1))
    ages = np.array([20 + i % 40 for i in range(N) if i % 2 == 0])
    # What each states has the variance 0.1² around a mean of 0.005 a year.
    assert women.simulated == pytest.approx(0.005**2 * np.var(ages, ddof=1) + 0.01)
    assert women.ratio == pytest.approx(women.human / women.simulated)  # type: ignore[operator]
    assert spread.keys() >= {("gain", "all"), ("gain", "sex = male")}


def test_the_distance_given_a_trait_sees_what_all_together_hide(
    run: Path, humans: str, tmp_path: Path
) -> None:
    turned = [r | {"sex": {"male": "female", "female": "male"}[r["sex"]]} for r in HUMANS]
    table = f"{write_table(tmp_path / 'turned.csv', turned)}:gave"
    right, wrong = (
        {j.cell: j for j in compare_effects(run, ref, by=["sex"], draws=200).joint}["loss"]
        for ref in (humans, table)
    )
    assert right.of_all == pytest.approx(wrong.of_all)
    assert wrong.found.value > 2 * right.found.value  # type: ignore[operator]
    assert wrong.found.interval[0] > right.found.interval[1]  # type: ignore[index]
    assert (right.found.covered, list(right.found.levels)) == (1.0, ["female", "male"])


def test_counts_without_people_give_simulated_effects_and_say_why_no_more(run: Path) -> None:
    found = compare_effects(run, effects=["loss-gain"], by=["sex"])
    assert all(e.human is None and e.simulated is not None for e in found.effects)
    assert found.variances == ()
    assert found.notes[0].startswith("no human counterpart: persuasionforgood-donations/donation")


def test_a_condition_or_trait_that_the_humans_lack_is_said(run: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "few.csv", [{"gave": r["gave"]} for r in HUMANS])
    found = compare_effects(run, f"{table}:gave", effects=["loss-gain"], by=["sex"], draws=200)
    assert found.effects[0].without == (
        "no column of the human data holds loss and gain of the condition frame"
    )
    assert "the human data have no column “sex”" in found.notes[0]


def test_few_people_in_a_group_give_a_value_and_no_interval(run: Path, tmp_path: Path) -> None:
    table = write_table(tmp_path / "few.csv", HUMANS[:50])
    found = compare_effects(run, f"{table}:gave", effects=["loss-gain"], draws=200)
    human = found.effects[0].human
    assert human is not None
    assert (human.interval(0.95), human.problem) == (
        None,
        "a group has fewer than 30 effective people",
    )
    assert found.effects[0].to_dict()["error_in_human_se"] is None


def test_levels_with_hyphens_and_the_same_level_twice_can_be_named(tmp_path: Path) -> None:
    conditions: dict[str, Any] = {"a": {"x-y": {}, "x": {}, "z": {}}, "b": {"x": {}, "z": {}}}
    cells = [f"{a}+{b}" for a in conditions["a"] for b in conditions["b"]]
    path = tmp_path / "run.db"
    write_run(path, {c: [float(i)] * 3 for i, c in enumerate(cells)}, conditions=conditions)
    value = {
        text: compare_effects(path, effects=[text]).effects[0].to_dict()["simulated"]["value"]
        for text in ("x-y-z", "a:x-z", "b:x-z", "z+z-x+x")
    }
    assert value == {"x-y-z": -4, "a:x-z": -2, "b:x-z": -1, "z+z-x+x": 3}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--effect", "loss-none"], "“loss-none” does not name two levels of one condition"),
        (["--effect", "gain"], "the run has frame: gain, loss"),
        (["--by", "income"], "the personas have no such attribute; they have: sex, age"),
        (["--by", "sex=years"], "a number on one side and words on the other"),
    ],
)
def test_what_the_run_does_not_have_is_one_line(
    run: Path, humans: str, command: Command, words: list[str], message: str
) -> None:
    code, out, err = command("compare", run, "--reference", humans, "--draws", 200, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_level_that_two_conditions_have_asks_for_the_condition(tmp_path: Path) -> None:
    conditions: dict[str, Any] = {c: {"x": {}, "z": {}} for c in ("a", "b")}
    path = write_run(tmp_path / "run.db", {"x+x": [1.0]}, conditions=conditions)
    with pytest.raises(
        Exception, match="can be read in 2 ways; write CONDITION:A-B with one of: a, b"
    ):
        compare_effects(path, effects=["x-z"])


@pytest.fixture(scope="module")
def in_tenths(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the same people with rounded gifts: fewer values, of which distances are quick."""
    rows = [{**row, "gave": round(row["gave"], 1)} for row in HUMANS]
    return f"{write_table(tmp_path_factory.mktemp('tenths') / 'humans.csv', rows)}:gave"


def test_the_command_prints_and_hands_out_effects(
    run: Path, in_tenths: str, command: Command, as_json: AsJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    words = ["compare", run, "--reference", in_tenths, "--human", "--draws", 200, "--by", "sex"]
    found = as_json(*words)
    assert found["rows"]
    assert found["human_effects"]["effects"][0]["effect"] == "gain | sex: male − female"
    assert {"simulated", "human", "ratio", "ratio_interval", "same_sign"} <= found["human_effects"][
        "effects"
    ][0].keys()
    _, out, _ = command(*words, "--effect", "loss-gain")
    assert "Effects on the mean of donation · 64 personas, 400 people of humans" in out
    for shown in ("loss − gain | sex = female", "+.400", "simulated / human", "loss | sex = male"):
        assert shown in out


def test_a_table_that_nobody_calls_human_is_not_called_so(
    run: Path, in_tenths: str, command: Command
) -> None:
    words = ["compare", run, "--reference", in_tenths, "--draws", 200, "--effect", "loss-gain"]
    assert "simulated less reference, in standard errors" in command(*words)[1]


@needs_official
def test_the_donations_of_people_by_trait_are_those_of_the_release(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATE_REFERENCES", str(tmp_path))
    import_data("persuasionforgood", Importing(OFFICIAL))
    found = compare_effects(run, "persuasionforgood", by=["sex", "age"], draws=200)
    with (OFFICIAL / "full_info.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["B4"] == "1" and float(r["B6"]) <= 2]
    assert len(rows) == 982
    of = {s: [float(r["B6"]) for r in rows if r["sex.x"] == s] for s in ("Male", "Female")}
    effect = named(found, "gain | sex: Male − Female").human
    assert effect is not None
    assert effect.value == pytest.approx(np.mean(of["Male"]) - np.mean(of["Female"]))
    aged = [(float(r["age.x"]), float(r["B6"])) for r in rows if r["age.x"]]
    age, given = np.array(aged).T
    slope = next(e for e in found.effects if e.name.startswith("gain | age")).human
    assert slope is not None
    assert slope.value == pytest.approx(stats.linregress(age / age.std(ddof=1), given).slope)


@pytest.mark.parametrize(
    ("ages", "message"),
    [
        (["inf", "30", "40", "50"], "“inf” is too large to compute with"),
        (["1e308", "-1e308", "1e307", "5"], "is too large to compute with"),
        (["30"], "the people have 1 value of it, and ranges of a number need more than 3"),
        (["30", "40"], "the people have 2 values of it"),
        (["1e-320", "2e-320", "3e-320", "4e-320"], "all have nearly the same value of it"),
    ],
)
def test_a_number_that_ranges_cannot_be_made_of_is_refused(
    ages: list[str], message: str, run: Path, tmp_path: Path, command: Command
) -> None:
    table = tmp_path / "people.csv"
    table.write_text("gave,age\n" + "".join(f"{i % 2},{age}\n" for i, age in enumerate(ages * 10)))
    words = ("--reference", f"{table}:gave", "--draws", 200, "--by", "age")
    code, out, err = command("compare", run, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
