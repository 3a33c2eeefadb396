"""The page of groups."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from simulate.runfile.dialogue_list import Order
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.groups import GroupsPage
from simulate.tui.widgets.group_panel import GroupPanel
from tests.tui.drive import Driver, driven, in_loop


def page(driver: Driver) -> GroupsPage:
    found = driver.app.screen
    assert isinstance(found, GroupsPage)
    return found


def panels(driver: Driver) -> list[GroupPanel]:
    return [panel for panel in page(driver).panels if panel.display]


@in_loop
async def test_each_group_has_a_picture_and_the_first_line_says_what_is_seen(
    small_run: Path,
) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("g")
        shown = page(driver).groups
        assert shown is not None
        assert len(panels(driver)) == len(shown.groups) > 1
        text = driver.text()
        assert "Mean of donation in USD by openness, all 2 cells together" in text
        assert "│ humans" in text
        assert "all humans .35" in text


@in_loop
async def test_a_c_and_o_choose_attribute_cell_and_outcome(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("g")
        first = page(driver).groups
        await driver.press("a")
        by = page(driver).groups
        await driver.press("c")
        in_cell = page(driver).groups
        await driver.press("o")
        other = page(driver).groups
        assert first is not None
        assert by is not None
        assert in_cell is not None
        assert other is not None
        assert (first.attribute, by.attribute) == first.attributes[:2]
        assert (by.cell, in_cell.cell) == first.cells[:2]
        assert (in_cell.outcome, other.outcome) == ("donation", "pledge")


@in_loop
async def test_enter_shows_the_dialogues_of_the_group_under_the_cursor(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("g", "c", "right")
        found = page(driver).groups
        assert driver.app.focused is panels(driver)[1]
        assert found is not None
        group = found.groups[1]
        assert group.filter
        await driver.press("enter")
        browse = driver.app.screen
        assert isinstance(browse, Browse)
        assert driver.app.order == Order(group.filter)
        assert f"showing {len(browse.ids)} of 16" in driver.title("#dialogues-pane")
        assert driver.app.view is not None
        assert len(browse.ids) == len(driver.app.view.ids(Order(group.filter))) < 8


@in_loop
async def test_a_protected_attribute_is_no_way_round_its_rule(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("g")
        await driver.press("A", "A")
        assert "by sex" in driver.text()
        assert len(panels(driver)) == 1
        assert "everybody" in driver.text()
        assert "groups by sex are not told apart" in driver.text().replace("\n", " ")
        await driver.press("enter")
        assert "No filter can name the dialogues of this group alone." in driver.said


@in_loop
async def test_the_groups_grow_with_the_run_and_the_cursor_stays(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'running' WHERE cell = 0")
    async with driven(own_run, size=(120, 40)) as driver:
        await driver.press("g", "right")
        before = page(driver).groups
        assert "8 dialogues have not ended" in re.sub(r"\s+", " ", driver.text())
        writer.execute("UPDATE dialogue SET status = 'completed' WHERE cell = 0")
        writer.commit()
        await driver.look()
        after = page(driver).groups
        assert before is not None
        assert after is not None
        assert sum(g.n for g in after.groups) > sum(g.n for g in before.groups)
        assert driver.app.focused is panels(driver)[1]
    writer.close()


@pytest.mark.parametrize(("width", "columns"), [(20, 1), (80, 2), (120, 3), (400, 3)])
@in_loop
async def test_the_pictures_lay_themselves_out_by_the_width(
    small_run: Path, width: int, columns: int
) -> None:
    async with driven(small_run, size=(width, 60)) as driver:
        await driver.press("g")
        assert page(driver).columns == columns
        tops = {panel.region.y for panel in panels(driver)}
        assert len(tops) == -(-len(panels(driver)) // columns)
        drawn = [str(panel.render()) for panel in panels(driver)]
        inside = panels(driver)[0].content_size.width
        assert max(len(line) for each in drawn for line in each.splitlines()) <= inside


@in_loop
async def test_hostile_values_and_an_outcome_without_humans_are_drawn_as_text(
    hostile_run: Path,
) -> None:
    async with driven(hostile_run, size=(100, 40)) as driver:
        await driver.press("g", "o")
        assert "│ humans" not in driver.text()
        assert "names no human data" in re.sub(r"\s+", " ", driver.text())


@in_loop
async def test_an_empty_folder_says_that_no_run_is_open(tmp_path: Path) -> None:
    async with driven(None, folder=tmp_path, size=(80, 24)) as driver:
        await driver.press("g", "a", "c", "enter", "right")
        assert "No run is open." in driver.text()
