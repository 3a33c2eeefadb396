import re
import sqlite3
from pathlib import Path
from shutil import copyfile

import pytest

from simulate.runfile.dialogue_list import Order
from simulate.tui.analyses import Selected
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.persona_card import PersonaCard
from simulate.tui.screens.prompt import Prompt
from tests.tui.drive import Driver, driven, in_loop

NARROW, WIDE = (80, 24), (200, 50)


def browse(driver: Driver) -> Browse:
    assert isinstance(driver.app.screen, Browse)
    return driver.app.screen


@in_loop
async def test_a_wide_terminal_shows_three_panes(small_run: Path) -> None:
    async with driven(small_run, size=WIDE) as driver:
        text = driver.text()
        assert all(f"─ {name} · " in text for name in ("Runs", "Dialogues"))
        assert "─ Dialogue 0 · direct" in text


@in_loop
async def test_a_narrow_terminal_shows_one_pane_at_a_time(small_run: Path) -> None:
    async with driven(small_run, size=NARROW) as driver:
        assert "Dialogues · 16" in driver.text()
        assert "turn 0" not in driver.text()
        await driver.press("enter")
        assert "turn 0" in driver.text()
        assert "Dialogues · 16" not in driver.text()
        await driver.press("escape", "escape")
        assert "Runs · 1 in" in driver.text()
        await driver.press("enter")
        assert "Dialogues · 16" in driver.text()


@pytest.mark.parametrize(
    "size",
    [(20, 10), *(pytest.param(s, marks=pytest.mark.slow) for s in [(30, 6), (500, 100)])],
)
@in_loop
async def test_any_size_of_terminal_is_drawn(small_run: Path, size: tuple[int, int]) -> None:
    async with driven(small_run, size=size) as driver:
        for page in "1234":
            await driver.press(page)
            lines = driver.text().splitlines()
            assert len(lines) == size[1]


@in_loop
async def test_moving_the_cursor_reads_the_dialogue_under_it(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "j", "j", "k")
        assert driver.app.dialogue == 2
        await driver.press("end")
        assert driver.app.dialogue == 15
        await driver.press("home", "pagedown", "pageup")
        assert driver.app.dialogue == 0


@in_loop
async def test_the_next_dialogue_opens_from_the_transcript_too(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("enter", ".", ".", ",")
        assert driver.app.dialogue == 1
        assert browse(driver).pane == "transcript"


@in_loop
async def test_space_steps_through_the_turns_and_opens_each(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "space", "space")
        assert browse(driver).transcript.turn == 1
        assert "entropy" in browse(driver).transcript.plain()
        await driver.press("backspace")
        assert browse(driver).transcript.turn == 0


@in_loop
async def test_a_user_turn_shows_candidates_with_the_drawn_one_marked(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "space", "space")
        text = browse(driver).transcript.plain()
        turn = browse(driver).transcript.current
        drawn = [part for part in text.splitlines() if "▶" in part]
        assert len(drawn) == 1
        assert turn is not None
        assert "stated" in text
        assert "effective size" in text
        assert "tokens" in text


@in_loop
async def test_all_candidates_of_all_turns_can_be_shown(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "enter", "c")
        assert browse(driver).transcript.plain().count("▶") == 5
        await driver.press("c")
        assert browse(driver).transcript.plain().count("▶") == 0


@in_loop
async def test_enter_on_a_turn_shows_its_exact_prompt_and_raw_text(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("down", "enter", "down", "enter")
        sheet = driver.app.screen
        assert isinstance(sheet, Prompt)
        assert "[system]" in sheet.text.plain
        assert '{"responses"' in sheet.text.plain
        await driver.press("escape")
        assert browse(driver).pane == "transcript"


@in_loop
async def test_enter_on_a_failure_shows_what_could_not_be_used(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("x", "end", "enter")
        sheet = driver.app.screen
        assert isinstance(sheet, Prompt)
        assert "[why it could not be used]" in sheet.text.plain


@in_loop
async def test_a_filter_is_typed_and_the_title_says_how_many_are_shown(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("f")
        await driver.type("cell:vs status:completed")
        await driver.press("enter")
        ids = browse(driver).ids
        assert 0 < len(ids) < 8
        assert f"showing {len(ids)} of 16" in driver.title("#dialogues-pane")


@in_loop
async def test_a_filter_that_cannot_be_read_is_marked_and_refused(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("f")
        await driver.type("colour:red")
        box = browse(driver).query_one("#filter")
        assert box.has_class("-invalid")
        await driver.press("enter")
        assert any("no field “colour”" in said for said in driver.said)
        assert len(browse(driver).ids) == 16


@in_loop
async def test_a_filter_that_nothing_fits_says_so(small_run: Path) -> None:
    async with driven(small_run, selected=Selected(Order("persona:nobody"))) as driver:
        assert driver.text().count("No dialogue matches the filter persona:nobody") == 2


@in_loop
async def test_a_filter_that_nothing_fits_leaves_no_transcript_open(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("f")
        await driver.type("persona:nobody")
        await driver.press("enter")
        assert driver.app.dialogue is None
        assert browse(driver).transcript.plain() == ""
        assert driver.title("#transcript-pane") == "Transcript"


@in_loop
async def test_s_sorts_by_the_next_column_and_shift_s_turns_the_order(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("s", "s", "s")
        assert driver.app.order.sort == "donation"
        assert "by donation ↑" in driver.title("#dialogues-pane")
        await driver.press("S")
        assert "by donation ↓" in driver.title("#dialogues-pane")
        assert "↓" in driver.text()


@in_loop
async def test_a_click_on_a_heading_sorts_and_again_turns_the_order(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.pilot.click("#dialogues", offset=(8, 0))
        await driver.settle()
        assert (driver.app.order.sort, driver.app.order.descending) == ("cell", False)
        await driver.pilot.click("#dialogues", offset=(8, 0))
        await driver.settle()
        assert driver.app.order.descending


@in_loop
async def test_sorting_goes_to_what_comes_first_so_that_the_extremes_are_seen(
    small_run: Path,
) -> None:
    async with driven(small_run, size=NARROW) as driver:
        await driver.press("end", "s", "s", "s", "S")
        table = browse(driver).table
        assert (table.cursor, table.scroll_offset.y) == (0, 0)
        assert driver.app.dialogue == browse(driver).ids[0]
        browse(driver).sort_by("seconds")
        await driver.settle()
        assert "seconds↑" in driver.text()


@in_loop
async def test_a_click_on_a_row_moves_the_cursor_and_again_opens_it(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.pilot.click("#dialogues", offset=(5, 4))
        await driver.settle()
        assert driver.app.dialogue == 3
        await driver.pilot.click("#dialogues", offset=(5, 4))
        await driver.settle()
        assert browse(driver).pane == "transcript"


@in_loop
async def test_a_search_goes_from_match_to_match_and_back(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("/")
        await driver.type("rent is due")
        await driver.press("enter")
        first = (driver.app.dialogue, browse(driver).transcript.turn)
        assert "rent is due" in browse(driver).transcript.plain()
        await driver.press("n")
        assert (driver.app.dialogue, browse(driver).transcript.turn) != first
        await driver.press("N")
        assert (driver.app.dialogue, browse(driver).transcript.turn) == first


@in_loop
async def test_a_search_that_finds_nothing_says_so_on_the_screen(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("/")
        await driver.type("xyzzy")
        await driver.press("enter")
        assert "Nothing found in 16 dialogues: /xyzzy/" in driver.said


@in_loop
async def test_a_search_that_is_no_regular_expression_is_refused(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("n")
        await driver.type("a")
        await driver.press("left_parenthesis", "enter")
        assert any("not a regular expression" in said for said in driver.said)
        await driver.press("escape")
        assert not browse(driver).query_one("#search").display


@in_loop
async def test_x_opens_the_next_failed_dialogue(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("x")
        first = driver.app.dialogue
        assert "failed" in driver.title("#transcript-pane")
        await driver.press("x")
        assert driver.app.dialogue != first
        await driver.press("X")
        assert driver.app.dialogue == first


@in_loop
async def test_p_shows_the_card_of_the_persona(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("p")
        sheet = driver.app.screen
        assert isinstance(sheet, PersonaCard)
        assert "ideology" in sheet.text.plain
        assert "Dialogues (2)" in sheet.text.plain
        await driver.press("y")
        assert "openness" in driver.app.clipboard
        await driver.press("pagedown", "end", "k", "j", "home", "pageup", "q")
        assert isinstance(driver.app.screen, Browse)


@in_loop
async def test_m_marks_dialogues_and_shift_m_unmarks_them(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("m", "down", "down", "m")
        assert driver.app.marks == {0, 2}
        assert "2 marked" in driver.title("#dialogues-pane")
        assert driver.app.selection() == [0, 2]
        await driver.press("m")
        assert driver.app.marks == {0}
        await driver.press("M")
        assert driver.app.marks == set()


@in_loop
async def test_y_copies_the_turn_or_the_dialogue(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("y")
        assert driver.app.clipboard.startswith("# Dialogue 0 of donation.db")
        await driver.press("enter", "y")
        assert driver.app.clipboard in browse(driver).transcript.plain().replace("\n │ ", " ")


@in_loop
async def test_hostile_text_changes_nothing_on_the_screen_but_itself(hostile_run: Path) -> None:
    async with driven(hostile_run) as driver:
        await driver.press("down", "enter", "down")
        text = driver.text()
        assert "[bold red]not markup[/]" in text
        assert "\\x1b[31mred" in text
        assert "\\u202egnal" in text
        assert "zero\\u200bwidth" in text
        assert not any(c in text for c in "\x1b\u202e\u200b")
        await driver.press("enter")
        assert "\x1b" not in driver.text()
        await driver.press("escape", "2", "3", "4")
        assert "\x1b" not in driver.text()


@in_loop
async def test_a_folder_without_runs_says_how_to_make_one(tmp_path: Path) -> None:
    async with driven(None, folder=tmp_path) as driver:
        assert "No runs here yet. Make one:  simulate run donation" in driver.text()
        await driver.press("2", "3", "4", "1", "p", "y", "x", "e", "m")
        assert "no dialogue is open: choose one first" in driver.said


@in_loop
async def test_another_run_of_the_folder_is_opened(own_run: Path) -> None:
    other = own_run.with_name("other.db")
    copyfile(own_run, other)
    async with driven(own_run) as driver:
        driver.app.order = Order("cell:vs")
        await driver.press("escape")
        runs = browse(driver).runs
        at = next(i for i, run in enumerate(runs) if run.path == other)
        await driver.press(*["up"] * 3, *["down"] * at, "enter")
        assert driver.app.view is not None
        assert driver.app.view.path == other
        assert driver.app.order == Order()


@in_loop
async def test_a_run_of_a_newer_simulate_is_not_opened_and_says_why(own_run: Path) -> None:
    newer = own_run.with_name("newer.db")
    copyfile(own_run, newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with driven(own_run) as driver:
        await driver.press("escape")
        at = next(i for i, run in enumerate(browse(driver).runs) if run.path == newer)
        await driver.press(*["up"] * 3, *["down"] * at, "enter")
        assert any("schema version 99" in said for said in driver.said)
        assert driver.app.view is not None
        assert driver.app.view.path == own_run


@in_loop
async def test_a_run_that_disappears_while_open_is_closed_with_a_word(own_run: Path) -> None:
    async with driven(own_run) as driver:
        own_run.unlink()  # noqa: ASYNC240
        await driver.look()
        assert any("has been removed while it was open" in said for said in driver.said)
        assert driver.app.view is None
        await driver.press("1", "2", "3", "4", "1", "enter", "space", "s", "n", "escape")


@in_loop
async def test_what_another_process_commits_is_followed(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'running', turns = 2 WHERE id = 0")
        writer.execute("DELETE FROM turn WHERE dialogue = 0 AND position >= 2")
    async with driven(own_run) as driver:
        assert "this dialogue is running" in browse(driver).transcript.plain()
        writer.execute("INSERT INTO turn (dialogue, position, speaker, text) VALUES (0, 2, "
                       "'persuader', 'A new turn came in.')")  # fmt: skip
        writer.commit()
        await driver.look()
        assert "A new turn came in." in browse(driver).transcript.plain()
    writer.close()


@in_loop
async def test_holding_still_follows_nothing_until_it_is_asked_to(own_run: Path) -> None:
    async with driven(own_run) as driver:
        await driver.press("F")
        with sqlite3.connect(own_run) as writer:
            writer.execute("UPDATE dialogue SET status = 'failed' WHERE id = 0")
        writer.close()
        await driver.look()
        assert "✗" not in driver.text().splitlines()[4]
        await driver.press("F")
        assert "✗" in driver.text().splitlines()[4]


@in_loop
async def test_news_keep_the_place_in_a_sorted_and_filtered_table(own_run: Path) -> None:
    async with driven(own_run, selected=Selected(Order("cell:vs", "donation", True))) as driver:
        await driver.press("down", "down")
        here = driver.app.dialogue
        with sqlite3.connect(own_run) as writer:
            writer.execute("UPDATE outcome SET number = 1.5, value = '1.5' WHERE dialogue = 15")
        writer.close()
        await driver.look()
        row = browse(driver).table.current
        assert row is not None
        assert row.id == here


@in_loop
async def test_the_table_shows_what_users_said_and_values_with_the_same_decimals(
    small_run: Path,
) -> None:
    async with driven(small_run, size=NARROW) as driver:
        rows = driver.text().splitlines()[3:]
        assert "donation #.#" in rows[0]
        assert all(re.match(r" +\d+ [ ✗] (direct|vs) +(\d\.\d\d|–) ", row) for row in rows[1:17])
        assert any("I can give 50 cents" in row for row in rows)
        assert "completed" not in driver.text()


@in_loop
async def test_the_filter_box_is_shown_when_a_narrow_screen_shows_a_dialogue(
    small_run: Path,
) -> None:
    async with driven(small_run, size=NARROW) as driver:
        await driver.press("enter", "f")
        lines = driver.text().splitlines()
        assert lines[1].startswith("─Dialogues")
        assert "Search" not in lines[-1]
        assert lines[-1].endswith("f1 Help")
