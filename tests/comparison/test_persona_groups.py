"""An outcome by kinds of personas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.persona_groups import PersonaGroups, group_outcome, persona_groups
from simulate.errors import StatisticsError
from simulate.population import Population
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.report.groups_document import groups_document
from simulate.report.groups_figure import groups_figure
from simulate.runfile import open_run
from simulate.runfile.dialogue_list import Order
from simulate.runfile.run_view import RunView
from simulate.statistics.permutation import holm
from tests.comparison.test_protected_strata import STRATA, human_table
from tests.comparison.test_summary_designs import PEOPLE
from tests.made_runs import Answer, MakeRun

GIFTS: list[Answer] = [0.0, 0.5, 1.0, 2.0]


def people_of(**attributes: Any) -> Population:
    prose = " ".join(f"{{{{ {name} }}}}" for name in attributes)
    return Population.model_validate(
        {"population": "people", "attributes": attributes, "prose": prose}
    )


def words(*values: str) -> dict[str, Any]:
    return {"kind": "category", "counts": dict.fromkeys(values, 1)}


def grouped(
    run: Path, attribute: str | None = None, cell: str | None = None, outcome: str = "donation"
) -> PersonaGroups:
    with open_run(run) as file:
        read = group_outcome(file, outcome)
        return persona_groups(read, attribute, read.place_of(() if cell is None else (cell,)))


def test_groups_are_the_levels_and_hold_all_dialogues_once(make_run: MakeRun) -> None:
    run = make_run({"vs": GIFTS * 10, "direct": GIFTS * 10}, population=PEOPLE)
    found = grouped(run, "town")
    assert [group.level for group in found.groups] == ["no", "yes"]
    assert sum(group.n for group in found.groups) == 80
    assert sum(group.effective for group in found.groups) == pytest.approx(40)
    assert all(sum(group.shares or ()) == pytest.approx(1) for group in found.groups)
    assert found.cell == "all 2 cells together"
    assert sum(group.n for group in grouped(run, "town", "vs").groups) == 40


def test_a_protected_attribute_makes_no_groups_without_humans_of_them(make_run: MakeRun) -> None:
    run = make_run({"vs": GIFTS * 10}, population=PEOPLE)
    for attribute in ("sex", "clan"):
        found = grouped(run, attribute, "vs")
        assert [group.level for group in found.groups] == ["everybody"]
        assert f"groups by {attribute} are not told apart" in found.notes[0]
        assert "Female" not in json.dumps(found.to_dict())


def test_a_protected_group_stands_beside_thirty_humans_of_it(
    make_run: MakeRun, tmp_path: Path
) -> None:
    spec = human_table(tmp_path, 40, 35)
    found = grouped(make_run({"vs": GIFTS * 20}, population=PEOPLE, compare=spec), "sex", "vs")
    assert [group.level for group in found.groups] == ["Female", "Male"]
    assert found.label == "the model's portrayal of sex"
    sides = [group.humans for group in found.groups]
    assert [side and (side.of_group, side.reference.n) for side in sides] == [
        (True, 40),
        (True, 35),
    ]
    assert all(group.distance and group.distance.value is not None for group in found.groups)


def test_a_protected_level_without_thirty_humans_has_no_number(
    make_run: MakeRun, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    sexes = ["Female"] * 30 + ["Male"] * 30 + ["Other"] * 29
    lines = [f"p{i},{0.5 * (i % 3)},{sex}" for i, sex in enumerate(sexes)]
    path.write_text("id,donation,sex\n" + "\n".join(lines) + "\n")
    three = people_of(sex=words("Female", "Male", "Other"))
    run = make_run({"vs": GIFTS * 20}, population=three, compare=f"{path}:donation")
    found = {group.level: group for group in grouped(run, "sex", "vs").groups}
    assert [group.withheld is None for group in found.values()] == [True, True, False]
    other = found["Other"].to_dict()
    assert [other[key] for key in ("people", "n", "mean", "shares", "humans")] == [None] * 5


def test_protected_strata_without_humans_are_neither_cells_nor_groups(make_run: MakeRun) -> None:
    answers = {
        f"{cell}+{sex}": GIFTS * 3 for cell in ("vs", "direct") for sex in ("Female", "Male")
    }
    run = make_run(answers, population=PEOPLE, fields=STRATA)
    found = grouped(run, "sex")
    assert found.cells == ("all 2 cells together", "vs", "direct")
    assert [group.level for group in found.groups] == ["everybody"]
    with pytest.raises(StatisticsError, match=r"there is no cell “vs.Female”"):
        grouped(run, "sex", "vs+Female")


def test_all_humans_stand_beside_groups_that_the_human_data_do_not_know(
    make_run: MakeRun,
) -> None:
    found = grouped(make_run({"vs": GIFTS * 10}, population=PEOPLE), "town", "vs")
    assert {group.humans.whose for group in found.groups if group.humans} == {"all humans"}
    assert "all humans, as the human data do not have the attribute" in " ".join(found.notes)


def test_numbers_are_grouped_in_thirds_and_the_filter_of_each_finds_its_dialogues(
    make_run: MakeRun,
) -> None:
    wage = {"kind": "integer", "counts": dict.fromkeys(range(1, 99), 1)}
    towns = words('say "a, b"', "back\\slash", "3", "plain")
    run = make_run(
        {"vs": GIFTS * 15, "direct": GIFTS * 15}, population=people_of(wage=wage, town=towns)
    )
    view = RunView(run)
    try:
        for attribute, many in (("wage", 3), ("town", 4)):
            for cell in ("vs", None):
                groups = grouped(run, attribute, cell).groups
                assert len(groups) == many
                for group in groups:
                    assert len(view.ids(Order(group.filter or ""))) == group.n
    finally:
        view.close()


def test_of_a_thousand_levels_those_of_most_personas_are_shown(make_run: MakeRun) -> None:
    towns = {"kind": "category", "counts": {f"t{i}": 1 + 500 * (i < 3) for i in range(1000)}}
    run = make_run({"vs": GIFTS * 30}, population=people_of(town=towns))
    found = grouped(run, "town", "vs")
    assert len(found.groups) == 24
    assert found.groups[-1].level.endswith("other levels")
    assert sum(group.n for group in found.groups) == 120


def test_personas_without_attributes_are_one_group(make_run: MakeRun) -> None:
    found = grouped(make_run({"vs": GIFTS}))
    assert (found.attribute, [group.level for group in found.groups]) == (None, ["everybody"])
    assert "the personas have no attributes" in " ".join(found.notes)


@pytest.mark.parametrize(
    "answers", [[], ["failed"] * 4, [None] * 4], ids=["none", "failed", "missing"]
)
def test_a_run_without_a_value_has_groups_without_numbers(
    make_run: MakeRun, answers: list[Answer]
) -> None:
    found = grouped(
        make_run({"vs": answers, "direct": ["failed"] * max(len(answers), 1)}, population=PEOPLE),
        "town",
        "vs",
    )
    assert found.sentence == "No dialogue has a value of donation yet."
    assert all(group.distance is None for group in found.groups)
    ended = sum(group.ended for group in found.groups)
    assert (ended, found.running) == (len(answers), 1 - bool(answers))


def test_an_attribute_that_nobody_has_is_refused_with_those_that_there_are(
    make_run: MakeRun,
) -> None:
    with pytest.raises(StatisticsError, match="they have: town"):
        grouped(make_run({"vs": GIFTS}, population=people_of(town=words("a", "b"))), "shoes")


def test_the_json_says_what_the_groups_are_and_what_they_have(make_run: MakeRun) -> None:
    found = grouped(make_run({"vs": GIFTS * 10}, population=PEOPLE), "town", "vs").to_dict()
    assert json.loads(json.dumps(found))["attribute"] == "town"
    assert set(found["groups"][0]) == {
        *("level", "filter", "people", "n", "failed", "ended", "mean", "mean_interval", "shares"),
        *("humans", "distances", "withheld"),
    }
    assert set(found["groups"][0]["distances"]["d2"]) >= {"value", "interval", "floor"}


def test_a_page_and_markdown_hold_hostile_levels_as_text(make_run: MakeRun) -> None:
    hostile = people_of(town=words("<script>alert(1)</script>", "| a | b\n# c"))
    document = groups_document(grouped(make_run({"vs": GIFTS * 5}, population=hostile), "town"))
    assert "<script>" not in to_html(document)
    assert "\n# c" not in to_markdown(document)


def test_the_figure_has_a_panel_for_each_group_that_is_shown(make_run: MakeRun) -> None:
    found = grouped(make_run({"vs": GIFTS * 10}, population=PEOPLE), "town", "vs")
    figure = groups_figure(found, "column")
    titles = [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes if ax.axison]
    assert [title.split("\n")[0] for title in titles] == ["no", "yes"]
    assert all("people" in title and "D²" in title for title in titles)


def test_groups_differ_by_p_values_that_are_adjusted_for_their_number(make_run: MakeRun) -> None:
    towns = people_of(town=words("a", "b", "c"))
    found = grouped(
        make_run({"vs": [0.0, 0.0, 0.5, 0.1, 1.0] * 60}, population=towns), "town", "vs"
    )
    given = [each.distance for each in found.groups if each.distance is not None]
    raw = [each.p for each in given]
    assert [each.p_holm for each in given] == holm(raw)
    apart = sum(p is not None and p < 0.05 for p in holm(raw))
    how = "groups differ" if apart else "groups is shown to differ"
    assert f"{apart or 'None'} of 3 {how} from humans" in found.sentence
