"""The page of typical and tail replies."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from simulate.comparison.typical import TypicalAndTail
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.typical import TypicalPage
from tests.tui.drive import Driver, driven, in_loop


def shown(driver: Driver) -> TypicalAndTail:
    page = driver.app.screen
    assert isinstance(page, TypicalPage)
    assert page.typical is not None
    return page.typical


@in_loop
async def test_the_first_lines_say_what_typical_and_tail_users_said(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("v")
        text = driver.text()
        assert "At turn 1 (persuadee, 1st of up to" in text
        assert "Tail users, the least probable" in text
        assert "space: next turn · c: cell direct · o: by outcome" in text
        assert text.index("Typical: all but the tail") < text.index("Tail: the least probable")


@in_loop
async def test_space_o_and_c_choose_turn_outcome_and_cell(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("v", "space")
        assert (shown(driver).turn, shown(driver).cell) == (3, "vs")
        await driver.press("backspace", "backspace")
        assert shown(driver).turn == 7
        await driver.press("c")
        assert (shown(driver).turn, shown(driver).cell) == (7, "direct")
        await driver.press("o")
        assert (shown(driver).outcome, shown(driver).cell) == ("donation", "direct")
        assert "Typical donation of cell direct" in driver.text()
        await driver.press("o", "space")
        assert (shown(driver).outcome, shown(driver).turn) == (None, 1)


@in_loop
async def test_enter_opens_the_dialogue_of_the_reply_under_the_cursor_at_its_turn(
    small_run: Path,
) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.press("v", "down")
        example = shown(driver).typical.shown[1].example
        await driver.press("enter")
        browse = driver.app.screen
        assert isinstance(browse, Browse)
        assert (driver.app.dialogue, browse.transcript.turn) == (example.dialogue, example.turn)


@in_loop
async def test_it_is_about_the_turn_under_the_cursor_of_a_transcript(small_run: Path) -> None:
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.app.open_dialogue(1, 4)
        await driver.settle()
        await driver.press("v")
        assert shown(driver).turn == 5
        await driver.press("1", "home", "v")
        assert shown(driver).turn == 1


@in_loop
async def test_what_was_said_grows_with_the_run(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'planned' WHERE cell = 1 AND id IN (3, 5)")
    async with driven(own_run, size=(120, 40)) as driver:
        await driver.press("v", "down")
        before = shown(driver).dialogues
        writer.execute("UPDATE dialogue SET status = 'running' WHERE status = 'planned'")
        writer.commit()
        await driver.look()
        assert shown(driver).dialogues == before + 2
    writer.close()


@in_loop
async def test_hostile_replies_are_drawn_as_text_in_twenty_columns(hostile_run: Path) -> None:
    async with driven(hostile_run, size=(20, 60)) as driver:
        await driver.press("v", "down", "pagedown", "pageup")
        assert "\x1b" not in driver.text()
        assert "Typical" in driver.text()


@in_loop
async def test_without_a_run_no_key_does_harm(tmp_path: Path) -> None:
    async with driven(None, folder=tmp_path) as driver:
        await driver.press("v", "space", "backspace", "o", "c", "down", "enter", "y")
        assert "No run is open." in driver.text()
