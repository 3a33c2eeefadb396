import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.comparison.multiverse import Multiverse, multiverse_sync
from simulate.comparison.reweighing import reweigh
from simulate.comparison.summary import summaries
from simulate.errors import RunFileError
from simulate.report.analysis_pages import multiverse_page
from simulate.report.document import Figure, Paragraph
from simulate.runfile import open_run
from tests.comparison.multiverse.tea import SCENARIO, Guests, written


def grid(folder: Path, guests: Guests, **changes: Any) -> Multiverse:
    return multiverse_sync(written(folder, **changes), out=folder / "out", model=guests.model)


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> tuple[Multiverse, Guests]:
    guests = Guests()
    cleaning = {
        "usual": {},
        "everybody": {"exclude": []},
        "drawn": {"values": "drawn", "exclude": []},
        "but-full": {"exclude": ["full"]},
    }
    return grid(tmp_path_factory.mktemp("tea"), guests, cleaning=cleaning), guests


def test_a_universe_as_run_is_what_the_summary_of_its_run_says(
    tea: tuple[Multiverse, Guests],
) -> None:
    found, _ = tea
    for universe in found.universes:
        if universe.choices["cleaning"] in ("usual", "everybody"):
            everybody = universe.choices["cleaning"] == "everybody"
            path = found.folder / f"{universe.run}.db"
            with open_run(path, with_excluded=everybody) as run:
                (summary,) = summaries(run, "cups")
            assert universe.contrast == summary.contrasts[0].contrast


def test_a_rule_that_is_not_taken_leaves_nobody_out(tea: tuple[Multiverse, Guests]) -> None:
    found, _ = tea
    told = {each.choices["cleaning"]: each.left_out for each in found.universes[:4]}
    assert "excluded" in told["usual"]
    assert told["everybody"] == told["but-full"] == ""


def test_drawn_values_count_alone_where_the_rule_says_so(tea: tuple[Multiverse, Guests]) -> None:
    found, _ = tea
    told = {each.name: each.value for each in found.universes}
    with open_run(found.folder / "plain.db", with_excluded=True) as run:
        values = [[r.value for r in run.outcome_rows("cups") if r.cell == c] for c in (0, 1)]
    warm, cold = np.array(values, dtype=np.float64).mean(axis=1)
    assert told["plain+drawn"] == pytest.approx(warm - cold)


def test_cleaning_rules_take_no_call_and_neither_does_looking_again(
    tea: tuple[Multiverse, Guests],
) -> None:
    found, guests = tea
    with open_run(found.folder / "plain.db") as one, open_run(found.folder / "frank.db") as other:
        assert guests.calls == one.totals().calls + other.totals().calls
    again = multiverse_sync(found.folder.parent / "plan.yaml", out=found.folder, resume=True)
    assert [each.value for each in again.universes] == [each.value for each in found.universes]
    assert not again.changed


def test_an_effect_in_all_universes_is_told_with_its_joint_test(
    tea: tuple[Multiverse, Guests],
) -> None:
    found, _ = tea
    assert found.joint is not None
    assert found.joint.median == pytest.approx(np.median([each.value for each in found.universes]))
    assert 1.4 < found.joint.median < 2.6
    assert found.joint.p < 0.001
    assert str(found) == found.sentence
    assert "warmly − coldly in mean cups, over 8 of 8 declared universes: median +" in str(found)
    assert "above 0 in 8; joint p ≤ .0001 (labels exchanged within 24 personas" in str(found)


def test_it_says_what_it_is_no_number_of(tea: tuple[Multiverse, Guests]) -> None:
    found, _ = tea
    notes = "\n".join(found.notes)
    assert "no confidence interval over people" in notes
    assert "A grid of choices that hardly differ shows little" in notes
    assert "2 wordings are shown, not modelled" in notes
    assert found.to_dict()["of"].startswith("how much a contrast of this simulator varies")


def test_it_is_a_frame_and_json_and_small_html(tea: tuple[Multiverse, Guests]) -> None:
    found, _ = tea
    frame = found.to_frame()
    assert frame.columns[:2] == ["wordings", "cleaning"]
    assert frame.columns[4:7] == ["contrast", "contrast_low", "contrast_high"]
    assert frame["contrast"].to_list() == [each.value for each in found.universes]
    told = json.loads(json.dumps(found.to_dict()))
    assert [row["contrast"]["value"] for row in told["rows"]] == frame["contrast"].to_list()
    assert "frank+usual" in found._repr_html_()
    assert repr(found) == "Multiverse(grid: warmly − coldly, 8 universes, 0 refused)"


def test_the_page_has_the_curve_as_a_figure_and_as_numbers(
    tea: tuple[Multiverse, Guests],
) -> None:
    page = multiverse_page(tea[0])
    quoted, figure = page.lead
    assert quoted == Paragraph(tea[0].sentence, "headline")
    assert isinstance(figure, Figure)
    every = next(table for _, table in page.tables() if table.head[0] == "universe")
    assert [row[0] for row in every.rows] == [each.name for each in tea[0].found]


def test_what_is_there_is_not_played_again_unless_it_is_gone_on_with(
    tea: tuple[Multiverse, Guests],
) -> None:
    found, guests = tea
    with pytest.raises(RunFileError, match=r"plain\.db is there already: go on with --resume"):
        multiverse_sync(found.folder.parent / "plan.yaml", out=found.folder, model=guests.model)


def test_a_grid_is_not_gone_on_with_by_another_model(tmp_path: Path) -> None:
    first = grid(tmp_path, Guests(), n=4)
    other = Guests()
    other.model.name = "other"
    path = tmp_path / "plan.yaml"
    for gone in ("nothing", "frank.db"):
        (first.folder / gone).unlink(missing_ok=True)
        with pytest.raises(RunFileError, match=r"plain\.db cannot be resumed.*another model of"):
            multiverse_sync(path, out=first.folder, resume=True, model=other.model)
    assert not other.calls


def test_a_budget_is_of_all_runs_and_what_is_left_is_played_later(tmp_path: Path) -> None:
    guests = Guests()
    path, out = written(tmp_path, n=4), tmp_path / "out"
    given: dict[str, Any] = {"out": out, "model": guests.model}
    stopped = multiverse_sync(path, budget_tokens=3_500, **given)
    assert stopped.stopped is not None
    assert not stopped.universes
    assert "nothing is estimated before all have ended; go on with --resume" in str(stopped)
    for name in ("plain", "frank"):
        if (out / f"{name}.db").exists():
            with open_run(out / f"{name}.db") as run:
                spent = run.totals()
                assert spent.prompt_tokens + spent.completion_tokens <= 3_500
    found = multiverse_sync(path, resume=True, **given)
    assert len(found.found) == 4
    assert not found.changed


def test_universes_that_are_added_after_results_are_told(tmp_path: Path) -> None:
    guests = Guests()
    first = grid(tmp_path, guests, n=4)
    path = written(tmp_path, n=4, cleaning={"usual": {}, "drawn": {"values": "drawn"}})
    found = multiverse_sync(path, out=first.folder, resume=True, model=guests.model)
    assert [each.name for each in found.universes if each.later] == ["plain+drawn", "frank+drawn"]
    notes = "\n".join(found.notes)
    assert "2 universes added after results were shown" in notes
    assert "the plan was changed after results were shown: p is of no declared test" in notes


def test_arms_between_people_are_tested_by_who_is_in_which(tmp_path: Path) -> None:
    between = {**SCENARIO, "design": {"between": ["tone"]}, "exclude": {}}
    path = written(tmp_path, between, cleaning={"usual": {}, "drawn": {"values": "drawn"}}, n=20)
    found = multiverse_sync(path, out=tmp_path / "out", model=Guests().model)
    assert (found.between, found.personas) == (True, 40)
    assert found.joint is not None
    assert found.joint.p < 0.01
    assert "labels exchanged over 40 personas" in str(found)


def test_six_wordings_are_taken_as_drawn_from_all_that_could_be_written(tmp_path: Path) -> None:
    wordings = {
        f"w{i}": {"speakers": {"guest": {"instructions": f"{'Well, ' * i}{{{{ cell.tone }}}}."}}}
        for i in range(6)
    }
    found = grid(tmp_path, Guests(), wordings=wordings, n=6)
    assert found.wordings is not None
    assert (found.wordings.levels, found.wordings.interval[0]) == (6, 0.0)
    assert "between 6 wordings, taken as drawn from all that could be written" in "\n".join(
        found.notes
    )


def test_shares_of_a_word_are_set_against_each_other(tmp_path: Path) -> None:
    found = grid(tmp_path, Guests(), outcome="drink", level="milk", n=4)
    assert found.measure == "share of “milk” in drink"
    assert [each.value for each in found.universes] == pytest.approx([0] * 4)


def test_a_missing_outcome_counts_as_what_the_rule_says(tmp_path: Path) -> None:
    matched = {"kind": "amount", "support": [0, 10], "matched": {"pattern": r"(\d+) cups"}}
    scenario = {**SCENARIO, "outcomes": {**SCENARIO["outcomes"], "cups": matched}, "exclude": {}}
    cleaning = {"usual": {}, "none": {"missing": 0}}
    path = written(tmp_path, scenario, cleaning=cleaning, n=4)
    found = multiverse_sync(path, out=tmp_path / "out", model=Guests().model)
    assert [each.value for each in found.universes] == [None, 0.0, None, 0.0]
    assert {each.refused for each in found.refused} == {"nobody has a value in warmly"}
    assert "2 universes refused: nobody has a value in warmly" in "\n".join(found.notes)


DRAWS = {"stated": {}, "flatter": {"temper": 1.3}, "uniform": {"draw": "uniform"}}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Multiverse, Guests]:
    guests = Guests()
    folder = tmp_path_factory.mktemp("drawn")
    scenario = {**SCENARIO, "outcomes": {"cups": SCENARIO["outcomes"]["cups"]}, "exclude": {}}
    cleaning = {"distribution": {}, "drawn": {"values": "drawn"}}
    path = written(folder, scenario, wordings=None, draws=DRAWS, cleaning=cleaning, n=70)
    return multiverse_sync(path, out=folder / "out", model=guests.model), guests


def test_a_draw_rule_is_weighed_from_recorded_draws_without_a_call(
    drawn: tuple[Multiverse, Guests],
) -> None:
    found, guests = drawn
    with open_run(found.folder / "run.db") as run:
        assert guests.calls == run.totals().calls
        flatter = reweigh(run, temper=1.3, outcome="cups")
    told = {each.name: each for each in found.universes}
    warm, cold = (row.mean.value or 0.0 for row in flatter.rows)
    assert told["flatter+distribution"].value == pytest.approx(warm - cold)
    assert [told[name].origin for name in ("stated+drawn", "flatter+drawn")] == [
        "run",
        "re-weighed",
    ]
    assert told["flatter+drawn"].value != told["flatter+distribution"].value


def test_a_draw_rule_that_few_dialogues_bear_is_refused_and_counted(
    drawn: tuple[Multiverse, Guests],
) -> None:
    found, _ = drawn
    refused, _ = found.refused
    assert refused.choices["draws"] == "uniform"
    assert "and 50 are needed" in str(refused.refused)
    assert (refused.ess or 99) < 50
    assert "2 universes refused" in "\n".join(found.notes)


def test_what_is_refused_is_run_where_that_is_asked_for(
    drawn: tuple[Multiverse, Guests],
) -> None:
    before, guests = drawn
    found = multiverse_sync(
        before.folder.parent / "plan.yaml",
        out=before.folder,
        resume=True,
        run_refused=True,
        model=guests.model,
    )
    assert [each.run for each in found.universes[-2:]] == ["run+uniform"] * 2
    assert {each.origin for each in found.universes[-2:]} == {"run"}
    assert not found.refused
    with open_run(found.folder / "run+uniform.db") as run:
        assert run.scenario.speakers["guest"].method.draw == "uniform"
