"""Run files that vanish, shrink, are replaced or damaged while they are open: one line says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest

from simulate.tui.bindings import PAGES
from simulate.tui.screens.browse import Browse
from tests.tui.drive import driven, in_loop


def _removed(path: Path) -> None:
    path.unlink()


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _another_run(path: Path) -> None:
    other = path.with_suffix(".other")
    copyfile(path, other)
    other.replace(path)


def _cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5000)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _overwritten(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"no database " * (size // 12))


def _without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE turn")
    connection.close()


@pytest.mark.parametrize(
    "harm",
    [
        _removed,
        _overwritten,
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (_a_folder, _another_run, _cut_off, _emptied, _without_a_table)
        ),
    ],
)
@in_loop
async def test_a_run_that_is_harmed_while_open_is_said_in_a_line_and_any_key_still_works(
    own_run: Path, harm: Callable[[Path], None]
) -> None:
    async with driven(own_run, size=(80, 24)) as driver:
        harm(own_run)
        await driver.look()
        await driver.press("end", "space", "p", "escape", "x", "3", "4", "2", "1", "s", "0", "1")
        assert driver.said
        assert all(len(said) < 400 and "Traceback" not in said for said in driver.said)
        assert isinstance(driver.app.screen, Browse)


@in_loop
async def test_a_run_that_took_the_place_of_another_is_opened_by_choosing_it(
    own_run: Path,
) -> None:
    async with driven(own_run) as driver:
        _another_run(own_run)
        await driver.look()
        assert any("has been replaced by another" in said for said in driver.said)
        await driver.press("enter")
        assert driver.app.view is not None
        assert "Dialogues · 16" in driver.title("#dialogues-pane")


@in_loop
async def test_two_screens_follow_one_run_that_a_third_process_writes(own_run: Path) -> None:
    async with driven(own_run) as one, driven(own_run) as other:
        with sqlite3.connect(own_run) as writer:
            writer.execute("UPDATE dialogue SET status = 'failed' WHERE id = 0")
        writer.close()
        for driver in (one, other):
            driver.app.look_now()
            assert driver.app.totals is not None
            assert driver.app.totals.failed == 4


@pytest.mark.slow
@pytest.mark.parametrize("page", [*(key for key, _ in PAGES.values()), "?", "e", "ctrl+o", "p"])
@in_loop
async def test_twenty_columns_show_every_page(small_run: Path, page: str) -> None:
    async with driven(small_run, size=(20, 10)) as driver:
        await driver.press(page)
        lines = driver.text().splitlines()
        assert len(lines) == 10
        assert max(len(line) for line in lines) <= 20
        assert sum(bool(line.strip()) for line in lines) > 3


@in_loop
async def test_a_screen_without_colour_marks_the_cursor_all_the_same(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driven(small_run) as driver:
        await driver.press("down", "enter", "space")
        table = [strip.text for strip in driver.app.screen._compositor.render_strips()]
        assert any("┃" in line for line in table)
