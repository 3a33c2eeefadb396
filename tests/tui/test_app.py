import asyncio
import json
import resource
from pathlib import Path

import pytest
from textual.command import CommandPalette

from simulate.tui.app import ViewApp
from simulate.tui.bindings import all_keys
from simulate.tui.commands import GROUPS, CommandsOfPage
from simulate.tui.screens.help import Help
from simulate.tui.screens.quit_dialog import QuitDialog
from simulate.tui.user_settings import UserSettings
from tests.tui.drive import driven, in_loop


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@in_loop
async def test_every_page_has_a_key(small_run: Path) -> None:
    async with driven(small_run) as driver:
        for key, name in zip("2341", ("distributions", "failures", "live", "browse"), strict=True):
            await driver.press(key)
            assert driver.app.current_mode == name


@in_loop
async def test_a_click_on_the_top_line_goes_to_a_page(small_run: Path) -> None:
    async with driven(small_run) as driver:
        text = driver.text().splitlines()[0]
        await driver.pilot.click("#top", offset=(text.index("Failures"), 0))
        await driver.settle()
        assert driver.app.current_mode == "failures"


@in_loop
async def test_the_palette_groups_all_commands_and_sorts_and_filters(small_run: Path) -> None:
    async with driven(small_run) as driver:
        provider = CommandsOfPage(driver.app.screen)
        names = [str(hit.text) async for hit in provider.discover()]
        assert {n.split(": ")[0] for n in names} <= {
            *GROUPS.values(),
            "File",
            "View",
            "Sort",
            "Filter",
        }
        for expected in ("Sort: by entropy", "Filter: only cell vs", "File: Export", "Go: Live"):
            assert expected in names
        found = [str(hit.text) async for hit in provider.search("failed only")]
        assert found == [] or "Filter: only failed dialogues" in found


@in_loop
async def test_a_command_of_the_palette_is_carried_out(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("ctrl+p")
        assert isinstance(driver.app.screen, CommandPalette)
        await driver.type("sort: by entropy")
        await driver.press("enter")
        await driver.settle()
        assert driver.app.order.sort == "entropy"


@in_loop
async def test_the_palette_can_be_left_before_it_is_there_and_opened_again(
    small_run: Path,
) -> None:
    async with driven(small_run) as driver:
        for _ in range(3):
            driver.app.action_command_palette()
            await asyncio.sleep(0)
            top = driver.app.screen
            if isinstance(top, CommandPalette):
                top._action_escape()
        await driver.settle()
        assert driver.app.fault is None
        await driver.press("ctrl+p")
        assert isinstance(driver.app.screen, CommandPalette)


@in_loop
async def test_help_names_every_key_of_the_page_and_the_filter_language(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("?")
        sheet = driver.app.screen
        assert isinstance(sheet, Help)
        for what in ("Persona", "Next failed", "Filter", "outcome>0.5", "▶", "Sort"):
            assert what in sheet.text.plain
        await driver.press("escape")
        assert driver.app.current_mode == "browse"


def test_every_binding_has_an_id_of_its_own_a_description_and_a_tooltip() -> None:
    keys = all_keys()
    assert len({name for name, _, _ in keys}) == len(keys)
    assert all(what for _, _, what in keys)
    assert len(keys) > 60


@in_loop
async def test_a_key_can_be_changed(small_run: Path) -> None:
    settings = UserSettings(keys={"app.live": "w"})
    async with driven(small_run, settings=settings) as driver:
        await driver.press("4")
        assert driver.app.current_mode == "browse"
        await driver.press("w")
        assert driver.app.current_mode == "live"


@pytest.mark.slow
@in_loop
async def test_themes_are_dark_light_and_those_of_the_terminal(small_run: Path) -> None:
    async with driven(small_run) as driver:
        seen = [driver.app.theme]
        for _ in range(3):
            await driver.press("T")
            seen.append(driver.app.theme)
        assert seen == ["simulate-dark", "simulate-light", "ansi-dark", "ansi-light"]
        await driver.press("2", "3", "4", "T")
        assert driver.app.theme == "simulate-dark"


@pytest.mark.parametrize("key", ["s", "t"])
@in_loop
async def test_the_view_is_written_as_svg_or_text(small_run: Path, here: Path, key: str) -> None:
    async with driven(small_run) as driver:
        await driver.press("e", key)
    suffix = {"s": ".svg", "t": ".txt"}[key]
    text = (here / f"donation{suffix}").read_text("utf-8")
    assert "Dialogues" in text
    assert "@font-face" not in text
    assert "url(" not in text.replace("url(#", "")


@in_loop
async def test_a_dialogue_is_written_as_markdown(small_run: Path, here: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "e", "m")
    text = (here / "donation-dialogue-1.md").read_text("utf-8")
    assert text.startswith("# Dialogue 1 of donation.db")


@in_loop
async def test_the_marked_dialogues_are_written_as_jsonl(small_run: Path, here: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "m", "down", "down", "m", "e", "j")
    lines = (here / "donation-selection.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(each)["persona"]["id"] for each in lines] == [
        "crowdworkers-0001",
        "crowdworkers-0002",
    ]


@in_loop
async def test_without_marks_all_that_the_table_shows_is_written(
    small_run: Path, here: Path
) -> None:
    async with driven(small_run) as driver:
        await driver.press("f")
        await driver.type("cell:direct")
        await driver.press("enter", "e", "down", "down", "down", "enter")
    lines = (here / "donation-selection.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(each)["cell"]["method"] for each in lines} == {"direct"}
    assert len(lines) == 8


@in_loop
async def test_the_menu_of_exports_can_be_left(small_run: Path, here: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("e", "escape")
        assert driver.app.current_mode == "browse"
    assert list(here.iterdir()) == []  # noqa: ASYNC240


@in_loop
async def test_a_file_that_cannot_be_written_is_said(small_run: Path, here: Path) -> None:
    async with driven(small_run) as driver:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            await driver.press("e", "t")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert any("cannot be written: File too large" in said for said in driver.said)
    assert list(here.iterdir()) == []  # noqa: ASYNC240


@in_loop
async def test_q_leaves(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("q")
        assert not driver.app.is_running or driver.app._exit


class Child:
    """A run beside the screen."""

    running = True


@pytest.mark.parametrize(("key", "go_on"), [("g", True), ("s", False)])
@in_loop
async def test_leaving_asks_what_becomes_of_a_run_beside_the_screen(
    small_run: Path, key: str, go_on: bool
) -> None:
    async with driven(small_run, beside=Child()) as driver:
        await driver.press("q")
        assert isinstance(driver.app.screen, QuitDialog)
        await driver.press("escape")
        assert driver.app.current_mode == "browse"
        assert not driver.app._exit
        await driver.press("q", key)
        assert driver.app.let_go_on is go_on
        assert driver.app._exit


@in_loop
async def test_a_run_file_that_cannot_be_opened_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_text("not a run")
    async with driven(path) as driver:
        assert any("is not a run file" in said for said in driver.said)
        assert driver.app.view is None


def test_the_application_names_no_title_of_textual() -> None:
    assert ViewApp.TITLE == "simulate view"
