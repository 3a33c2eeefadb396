"""A tree that the engine played, re-weighed: the same as by hand."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simulate
from simulate.engine import run
from simulate.errors import InputError, StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.reference.map_file import write_map
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.statistics.importance import weighted_mean
from simulate.statistics.rows import Rows
from simulate.verbalized import DrawSettings
from simulate.verbalized.probability_map import FittedTo, ProbabilityMap
from tests.conftest import AsJson, Command
from tests.enumerated import nine_paths

TREE = nine_paths()
OTHERS = Population.model_validate(
    {"population": "others", "personas": [{"id": "a", "attributes": {"sex": "f"}}]}
)
N = 120


def answer(request: ChatRequest) -> Any:
    """Answer as the tree does; who is asked directly takes the red door."""
    said = [message["content"] for message in request.messages]
    if request.schema is None and "You are a guest" in said[0]:
        rooms = re.findall(r"take in the (\w+)", " ".join(said))
        return f"I take the red door of the {rooms[-1]}."
    return TREE.answer(request)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the tree in three cells: drawn as stated, by mode, and without a distribution."""
    out = tmp_path_factory.mktemp("reweigh") / "doors.db"
    levels = {"vs": {}, "mode": {"draw": "mode"}, "direct": {"name": "direct"}}
    conditions = {
        "method": {
            n: {"speakers": {"guest": {"method": m}}} if m else {} for n, m in levels.items()
        }
    }
    scenario = TREE.scenario(conditions=conditions)
    asyncio.run(run(scenario, model=ScriptedModel(answer, "doors"), n=N, seed=3, out=out))
    return out


def by_hand(path: Path, wanted: DrawSettings) -> tuple[float, float]:
    """Mean and effective size of the cell `vs`, from the candidates that were chosen."""
    weights, means = [], []
    with open_run(path) as file:
        for dialogue in file.completed():
            if dialogue.cell.label == "vs":
                chosen = tuple(t.draw.chosen for t in dialogue.turns if t.draw is not None)
                weights.append(TREE.chance(chosen, wanted) / TREE.chance(chosen))
                means.append(TREE.mean(chosen))
    rows = Rows.of(means, log_weights=np.log(weights))
    found = weighted_mean(rows)
    assert found.weights.effective_n is not None
    return rows.mean, found.weights.effective_n


def test_the_played_tree_is_weighed_as_by_hand(played: Path) -> None:
    found = simulate.reweigh(f"{played}:vs", temper=1.5)
    (row,) = found.rows
    mean, size = by_hand(played, DrawSettings(temper=1.5))
    assert (row.mean.value, row.quality.effective_n) == pytest.approx((mean, size))
    assert row.mean.interval is not None
    low, high = row.mean.interval
    assert low <= TREE.expectation(DrawSettings(temper=1.5)) <= high
    assert row.quality.implied_n == pytest.approx(N / 1.0945, rel=0.01)


def test_without_an_option_turns_are_weighed_back_to_what_was_stated(played: Path) -> None:
    with open_run(played) as file:
        found = file.reweigh()
    row = found.row("vs")
    assert row.quality.effective_n == pytest.approx(N)
    assert row.mean.value == pytest.approx(row.drawn[0])
    assert found.rule == "as stated"


def test_cells_to_which_no_weight_leads_are_refused_and_named(played: Path) -> None:
    found = simulate.reweigh(played, temper=1.25)
    refused = {row.name: row.refused for row in found.rows if row.refused}
    assert set(refused) == {"mode", "direct"}
    assert (
        f"no chance to be drawn (by `mode`, or with a stated probability of 0): in {N} of {N}"
        in (refused["mode"] or "")
    )
    assert "method direct kept no distribution to weigh by" in (refused["direct"] or "")
    assert "turn 1 of dialogue" in (refused["direct"] or "")
    assert "2 cells refused" in found.sentence
    assert "not of people" in str(found)
    assert found.to_frame().height == 3


def test_a_run_of_which_nothing_can_be_weighed_is_bad_input(played: Path, command: Command) -> None:
    code, _, told = command("reweigh", f"{played}:direct", "--draw", "uniform")
    assert code == 2
    assert told.count("\n") == 1
    assert "method direct kept no distribution" in told


def test_the_json_has_the_fixed_shape(played: Path, as_json: AsJson) -> None:
    found = as_json("reweigh", f"{played}:vs", "--temper", "1.5")
    assert found["outcome"] == "gift"
    assert "not of people" in found["of"]
    (row,) = found["rows"]
    assert {"sample", "n", "ess", "khat", "mean", "interval", "refused", "distances"} <= set(row)
    assert (row["sample"], row["n"], row["refused"], row["distances"]) == ("vs", N, None, {})
    assert len(row["interval"]) == 2
    assert json.dumps(found)


def test_the_table_says_what_was_refused_and_why(
    played: Path, command: Command, tmp_path: Path
) -> None:
    code, told, _ = command("reweigh", played, "--draw", "uniform", "--temper", "1")
    assert code == 2
    figure = tmp_path / "doors.png"
    page = tmp_path / "doors.html"
    words = ("--figure", figure, "--html", page)
    code, told, _ = command("reweigh", played, "--draw", "uniform", *words)
    assert "not of people" in page.read_text("utf-8")
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert code == 0
    assert "mean of gift; turns uniform" in told
    assert "vs: refused: 120 personas are worth only" in told.replace("\n", " ")
    assert "not of people" in told.replace("\n", " ")


def test_an_event_is_the_share_of_the_outcomes_own_distribution(played: Path) -> None:
    found = simulate.reweigh(f"{played}:vs", event="gift >= 2", temper=1.5)
    row = found.row("vs")
    mean, _ = by_hand(played, DrawSettings(temper=1.5))
    assert row.mean.value == pytest.approx(mean / 2)
    assert found.event == "gift >= 2"
    assert found.mean_name == "probability"
    assert "with turns by probability, tempered by 1.5, in this simulator" in found.of
    stated = simulate.reweigh(f"{played}:vs", event="gift >= 2")
    assert stated.of.startswith("a probability as stated by the model, in this simulator")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"outcome": "kindness"}, "there is no outcome “kindness”; it has: gift"),
        ({"event": "gift"}, "write OUTCOME >= VALUE"),
        ({"event": "gift > x"}, "“x” is no number"),
        ({"event": "kindness > 1"}, "there is no outcome “kindness”"),
        ({"event": "gift > 1", "outcome": "other"}, "is not of the outcome other"),
        ({"event": "gift > 1", "reference": "survey"}, "an event has no distances"),
        ({"on": ["sex"]}, "on “sex”: names what a population is raked by; give --to"),
        ({"below": 0.05}, "the rule takes no candidate"),
        ({"to": OTHERS}, "there is no attribute to weigh by: population others has sex"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    played: Path, options: dict[str, object], told: str
) -> None:
    with pytest.raises(StatisticsError) as error:
        simulate.reweigh(f"{played}:vs", **options)  # type: ignore[arg-type]
    assert told in str(error.value)


def test_an_export_does_not_say_how_candidates_were_drawn(played: Path, tmp_path: Path) -> None:
    exported = tmp_path / "run.jsonl"
    with open_run(played) as file:
        exported.write_text("".join(json.dumps(d) + "\n" for d in file.dialogues()))
    with pytest.raises(StatisticsError, match="give the run file"):
        simulate.reweigh(exported)


@pytest.mark.parametrize("draw", ["probability", "mode"])
def test_the_one_turn_of_a_task_is_integrated_under_the_rule(tmp_path: Path, draw: str) -> None:
    scenario = Scenario.model_validate(
        {
            "scenario": "coin",
            "speakers": {"ada": {"plays": "user", "method": {"name": "vs", "k": 2, "draw": draw}}},
            "turns": {"opening": "Toss a coin.", "maximum": 1},
            "outcomes": {"side": {"kind": "choice", "levels": ["heads", "tails"], "answered": {}}},
        }
    )
    stated = {"responses": [{"value": v, "probability": p} for v, p in STATED.items()]}
    out = tmp_path / "coin.db"
    asyncio.run(run(scenario, model=ScriptedModel(lambda _: stated, "coin"), n=60, out=out))
    for options, share in (({}, 0.8), ({"draw": "uniform"}, 0.5), ({"temper": 0.5}, 16 / 17)):
        (row,) = simulate.reweigh(out, **options).rows
        assert row.shares["heads"][0] == pytest.approx(share)
        assert row.quality.effective_n == pytest.approx(60)
        assert row.mean.value is None


STATED = {"heads": 0.8, "tails": 0.2}


def fitted(what: str, model: str) -> ProbabilityMap:
    to = FittedTo(
        reference="doors",
        release="0" * 64,
        split="select",
        role="guest",
        persons=100,
        model=model,
        method="vs",
        prompt_version=2,
    )
    return ProbabilityMap(what=what, temperature=1.5, fitted=to, simulate="0.1.0")


def test_a_map_of_replies_is_a_rule_of_turns(played: Path, tmp_path: Path) -> None:
    file = tmp_path / "map.json"
    with open_run(played) as run:
        model = run.meta["models"][0]["guest"]
    write_map(fitted("act", model), file)
    mapped = simulate.reweigh(f"{played}:vs", probability_map=file)
    tempered = simulate.reweigh(f"{played}:vs", temper=1.5)
    assert mapped.rows[0].mean.value == pytest.approx(tempered.rows[0].mean.value)
    assert "temperature 1.5 map of act" in mapped.rule
    assert "fitted to 100 people" in (mapped.map or "")


def test_a_map_of_the_outcome_changes_its_distribution_and_no_turn(played: Path) -> None:
    with open_run(played) as run:
        found = run.reweigh(probability_map=fitted("gift", run.meta["models"][0]["guest"]))
    assert found.rule == "as drawn"
    row = found.row("vs")
    assert row.mean.value > row.drawn[0]  # giving is stated to be the less likely, and is flatter
    assert row.quality.effective_n == pytest.approx(N)


def test_a_map_that_was_fitted_to_another_model_is_refused(played: Path) -> None:
    for what in ("act", "gift"):
        with pytest.raises(InputError, match="the map was fitted to what “another” states"):
            simulate.reweigh(f"{played}:vs", probability_map=fitted(what, "another"))


def test_there_are_distances_to_a_reference(played: Path) -> None:
    reference = "persuasionforgood-donations"
    found = simulate.reweigh(f"{played}:vs", temper=1.25, reference=reference, draws=200)
    assert {"d2", "ks", "wasserstein"} <= set(found.rows[0].distances)
    assert found.reference == "persuasionforgood-donations/donation"


def test_a_notebook_shows_the_rows_and_a_figure(played: Path) -> None:
    found = simulate.reweigh(played, temper=1.25)
    html = found._repr_html_()
    assert "kept no distribution" in html
    assert found.plot().axes[0].get_xlabel() == (
        "mean of gift; turns by probability, tempered by 1.25"
    )
    assert repr(found) == ("Reweighed(gift, by probability, tempered by 1.25: 3 cells, 2 refused)")
