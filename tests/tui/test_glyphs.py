import io
import sys
from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.terminal.nearest import NEAREST, nearest
from simulate.tui.glyphs import plots_named
from simulate.tui.user_settings import UserSettings
from tests.tui.drive import driven, in_loop


@pytest.mark.parametrize("plots", ["ascii", None])
@in_loop
async def test_a_terminal_without_unicode_is_drawn_in_ascii(
    small_run: Path, plots: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = "ascii" if plots is None else "utf-8"
    monkeypatch.setattr(sys, "__stderr__", io.TextIOWrapper(io.BytesIO(), encoding))
    named = None if plots is None else plots_named(plots, "")
    async with driven(small_run, size=(80, 24), settings=UserSettings(plots=named)) as driver:
        for page in ("1", "2", "3", "4", "?"):
            await driver.press(page)
            lines = driver.text().splitlines()
            assert all(line.isascii() for line in lines)
            assert {len(line) for line in lines if line.strip()} <= set(range(81))
        assert "|" in driver.text()


@in_loop
async def test_a_font_without_braille_gets_plots_in_blocks(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATE_PLOTS", "blocks")
    async with driven(small_run, size=(120, 36)) as driver:
        await driver.press("2")
        assert "▀▀" in driver.text()
        assert not any(0x2800 < ord(each) < 0x2900 for each in driver.text())


def test_a_way_to_draw_plots_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="SIMULATE_PLOTS: “dots” is none of: braille, blocks, asc"):
        plots_named("dots", "SIMULATE_PLOTS")


def test_what_stands_for_a_character_is_one_of_ascii_and_a_wide_one_keeps_its_width() -> None:
    assert all(len(each) == 1 and each.isascii() for each in NEAREST.values())
    assert nearest("a ✓ 全 é") == "a v ?? ?"
    assert nearest("é ✓", "latin-1") == "é v"
