"""The pages of twins and of a dialogue's tree, on runs that stand still and on one that grows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList

from simulate.engine import run
from simulate.engine.branching import branch_sync
from simulate.models import ScriptedModel
from simulate.runfile import RunWriter, Turn, open_run
from simulate.tui.screens.prompt import Prompt
from simulate.tui.screens.tree import TreePage
from simulate.tui.screens.twins import TwinsPage
from simulate.tui.widgets.twin_text import TwinView
from tests.enumerated import nine_paths, path_of
from tests.made_runs import LEFT, MakeRun
from tests.tui.drive import Driver, driven, in_loop

TREE = nine_paths()
SIZE = (100, 30)
EVEN: dict[str, Any] = {
    "draw": {"stated": {}, "even": {"speakers": {"guest": {"method": {"draw": "uniform"}}}}}
}


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a run of two cells, with two branches of its first dialogue at turn 1."""
    path = tmp_path_factory.mktemp("branched") / "run.db"
    model = ScriptedModel(TREE.answer, "doors")
    asyncio.run(run(TREE.scenario(conditions=EVEN), n=5, model=model, out=path))
    with open_run(path) as file:
        taken = path_of([turn.text for turn in file.dialogue(0).turns])
    branch_sync(path, 0, turn=1, choose=(taken[0] + 1) % 3, n=2, model=model)
    return path


@pytest.fixture
def one_cell(make_run: MakeRun) -> Path:
    return make_run({"all": [1.0]}, conditions={"method": {"all": {}}})


@pytest.fixture
def unfinished(make_run: MakeRun) -> Path:
    """Make a run of three pairs, the dialogues of the last of which, 4 and 5, are to be played."""
    return make_run({"vs": [1.0, 2.0, LEFT], "direct": [0.5, 2.0, LEFT]})


def twins_page(driver: Driver) -> TwinsPage:
    page = driver.app.screen
    assert isinstance(page, TwinsPage)
    return page


def tree_page(driver: Driver) -> TreePage:
    page = driver.app.screen
    assert isinstance(page, TreePage)
    return page


@in_loop
async def test_the_first_line_says_where_two_cells_differ(branched: Path) -> None:
    async with driven(branched, size=SIZE) as driver:
        await driver.press("w")
        text = driver.text()
        assert "stated against even, the same person with the same random numbers" in text
        assert "of 5 pairs" in text
        pair = twins_page(driver).pair
        assert pair is not None
        assert f"≠ Turn {pair.parting.turn} (guest) is the first that differs" in text
        assert "its method vs differs in draw (probability in A, uniform in B)" in pair.parting.told


@in_loop
async def test_enter_reads_the_dialogue_of_a_and_capital_b_that_of_b(branched: Path) -> None:
    async with driven(branched, size=SIZE) as driver:
        for key, side in (("enter", 0), ("B", 1)):
            await driver.press("w")
            pair = twins_page(driver).pair
            assert pair is not None
            await driver.press(key)
            assert driver.app.dialogue == (pair.a, pair.b)[side].id


@in_loop
async def test_other_cells_and_outcomes_are_chosen_with_b_and_o(branched: Path) -> None:
    async with driven(branched, size=SIZE) as driver:
        await driver.press("w", "b", "o", "space", "backspace")
        found = twins_page(driver).twins
        assert found is not None
        assert found.names == ("stated", "even")
        assert found.outcome == "gift"


@in_loop
async def test_one_cell_is_told_what_twins_take(one_cell: Path) -> None:
    async with driven(one_cell, size=SIZE) as driver:
        await driver.press("w", "a", "b", "enter", "B")
        assert "This run has one cell (all): twins need two." in driver.text()


@in_loop
async def test_pairs_come_as_a_run_grows_and_the_cursor_stays_on_its_pair(
    unfinished: Path,
) -> None:
    async with driven(unfinished, size=SIZE) as driver:
        await driver.press("w", "down")
        page = twins_page(driver)
        assert page.twins is not None
        assert page.twins.counts.compared == 2
        before = page.table.current
        assert before is not None
        writer = RunWriter.resume(unfinished)
        for number in (4, 5):
            await writer.start(number, {})
            await writer.turn(number, Turn(0, "persuader", f"Hello {number}."))
            await writer.fail(number, "model", "refused")
        await writer.aclose()
        await driver.look()
        assert page.twins.counts.failed == 1
        assert page.table.current is not None
        assert page.table.current.pair == before.pair
        assert "1 pair of which one failed" in driver.text()


@pytest.mark.parametrize("size", [(20, 10), (60, 20)], ids=str)
@in_loop
async def test_hostile_text_stands_side_by_side_at_any_width(
    hostile_run: Path, size: tuple[int, int]
) -> None:
    async with driven(hostile_run, size=size) as driver:
        await driver.press("w")
        drawn = driver.app.screen.query_one(TwinView)
        assert drawn.virtual_size.width <= size[0]
        assert "\x1b" not in driver.text()
        await driver.press("t")
        assert "\u202e" not in driver.text()


@in_loop
async def test_the_tree_says_what_could_have_been_said_and_what_to_run(branched: Path) -> None:
    async with driven(branched, size=SIZE) as driver:
        await driver.press("t")
        text = driver.text()
        assert "Which turn of dialogue 0 decided is not on record: 2 branches played" in text
        assert "Find out: simulate branch " in text
        assert "Path probability ." in text
        assert "↳ 2 branches played: gift ." in text


@in_loop
async def test_the_cursor_moves_over_turns_and_enter_opens_prompt_branch_or_dialogue(
    branched: Path,
) -> None:
    async with driven(branched, size=SIZE) as driver:
        await driver.press("t")
        lines = tree_page(driver).query_one(OptionList)
        stops = [str(option.id) for option in lines.options if not option.disabled]
        assert [stop for stop in stops if stop.endswith(":")] == ["0:", "1:", "2:", "3:"]
        await driver.press("j", "enter")
        assert isinstance(driver.app.screen, Prompt)
        await driver.press("escape")
        played = next(stop for stop in stops if not stop.endswith(":") and ":" in stop)
        while lines.highlighted_option is not None and lines.highlighted_option.id != played:
            await driver.press("down")
        await driver.press("enter")
        assert driver.app.dialogue == 10  # the first branch, behind 2 × 5 dialogues
        await driver.press("t")
        assert "a branch of " in driver.text()
        await driver.press("up", "enter")
        assert driver.app.dialogue == 10


@in_loop
async def test_the_trees_of_a_run_are_stepped_through(branched: Path) -> None:
    async with driven(branched, size=SIZE) as driver:
        await driver.press("t", ".")
        shown = tree_page(driver).tree_shown
        assert shown is not None
        assert shown.dialogue == 1
        await driver.app.open_dialogue(5)
        await driver.press("t")
        assert shown is not tree_page(driver).tree_shown
        assert "Dialogue 5" in driver.title("#tree-pane")


@in_loop
async def test_a_tree_grows_with_its_dialogue(unfinished: Path) -> None:
    async with driven(unfinished, size=SIZE) as driver:
        await driver.app.open_dialogue(4)
        await driver.press("t")
        assert "Dialogue 4 has no turn yet (planned)." in driver.text()
        writer = RunWriter.resume(unfinished)
        await writer.start(4, {})
        await writer.turn(4, Turn(0, "persuader", "A first word."))
        await writer.aclose()
        await driver.look()
        assert "A first word." in driver.text()
        assert "■ running" in driver.text()
