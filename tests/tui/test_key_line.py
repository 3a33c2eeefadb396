from pathlib import Path

import pytest

from simulate.tui import bindings
from simulate.tui.screens.jump import Jump
from tests.tui.drive import driven, in_loop


@pytest.mark.parametrize(
    "width", [80, *(pytest.param(n, marks=pytest.mark.slow) for n in (60, 40, 20))]
)
@in_loop
async def test_the_way_out_and_help_are_named_however_narrow_the_screen(
    small_run: Path, width: int
) -> None:
    async with driven(small_run, size=(width, 12)) as driver:
        for page in "1234":
            await driver.press(page)
            assert driver.text().splitlines()[11].endswith("? Help q Quit")


@in_loop
async def test_a_click_on_a_key_does_what_the_key_does(small_run: Path) -> None:
    async with driven(small_run, size=(80, 12)) as driver:
        at = driver.text().splitlines()[11].index("? Help")
        await driver.pilot.click("KeyLine", offset=(at, 0))
        await driver.settle()
        assert "Help · Dialogues" in driver.text()


@pytest.mark.parametrize(
    ("page", "letter", "place"),
    [("1", "d", "transcript"), ("1", "f", "filter"), ("3", "s", "failed")],
)
@in_loop
async def test_a_letter_leads_to_a_pane(
    small_run: Path, page: str, letter: str, place: str
) -> None:
    async with driven(small_run, size=(80, 24)) as driver:
        await driver.press(page, "ctrl+o")
        assert isinstance(driver.app.screen, Jump)
        assert f"{letter} {place}" in driver.text().splitlines()[-1]
        await driver.press(letter)
        assert driver.app.focused is not None
        assert driver.app.focused.id == place


@in_loop
async def test_jumping_is_left_by_any_other_key(small_run: Path) -> None:
    async with driven(small_run) as driver:
        before = driver.app.focused
        await driver.press("ctrl+o", "escape")
        assert driver.app.focused is before
        assert driver.app.current_mode == "browse"


@in_loop
async def test_help_of_a_page_begins_with_what_it_shows_and_ends_with_keys_of_all(
    small_run: Path,
) -> None:
    async with driven(small_run) as driver:
        await driver.press("3", "?")
        shown = driver.app.screen.text.plain  # type: ignore[attr-defined]
        own, everywhere = shown.index("Keys of Failures"), shown.index("Keys everywhere")
        assert shown.startswith("What went wrong, by kind and reason")
        assert own < shown.index("Open dialogue") < everywhere < shown.index("Next failed")


@pytest.mark.parametrize("key", ["question_mark", "e", "ctrl+o", "p"])
@in_loop
async def test_what_lies_over_a_page_is_left_once_however_fast_keys_come(
    small_run: Path, key: str
) -> None:
    async with driven(small_run) as driver:
        await driver.press(key)
        for _ in range(3):
            driver.app.simulate_key("escape")
        await driver.settle()
        assert driver.app.current_mode == "browse"
        assert driver.app.fault is None


@in_loop
async def test_keys_stand_out_and_words_are_plain(small_run: Path) -> None:
    async with driven(small_run, size=(80, 12)) as driver:
        for place in ("TopLine", "KeyLine"):
            styles = {
                segment.text.strip(): segment.style
                for segment in driver.app.screen.query_one(place).render_line(0)
                if segment.style is not None
            }
            assert not any(style.underline for style in styles.values())
            key, word = ("2", "Distributions") if place == "TopLine" else ("?", "Help")
            assert styles[key].bold
            assert not styles[word].bold
            assert styles[key].color != styles[word].color


@in_loop
async def test_help_names_the_pages_in_the_order_of_the_top_line(small_run: Path) -> None:
    async with driven(small_run, size=(120, 90)) as driver:
        await driver.press("question_mark")
        text = driver.text()
        found = [text.index(f"  {key:<10}{name}") for key, name in bindings.PAGES.values()]
        assert found == sorted(found)
