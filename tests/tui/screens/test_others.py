import json
import re
import sqlite3
from pathlib import Path
from shutil import copyfile
from typing import Any

from textual.widgets import Select, TabbedContent

from simulate.models import ChatRequest
from simulate.runfile.lock import WriterLock
from simulate.tui.screens.browse import Browse
from simulate.tui.screens.distributions import Distributions
from simulate.tui.screens.failures import Failures
from simulate.tui.screens.live import Live
from tests.runfile.small_run import answer, make_small_run
from tests.tui.drive import Driver, driven, in_loop


def distributions(driver: Driver) -> Distributions:
    assert isinstance(driver.app.screen, Distributions)
    return driver.app.screen


@in_loop
async def test_failures_are_listed_with_the_text_that_could_not_be_read(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("3")
        assert "Failures · 3 dialogues failed · 9 texts not usable" in driver.title("#reasons-pane")
        assert "1. **Maybe** - 0.4" in driver.text()


@in_loop
async def test_failures_step_through_dialogues_and_open_one(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("3")
        page = driver.app.screen
        assert isinstance(page, Failures)
        await driver.press(".", ".", ",", "y")
        assert driver.app.clipboard.startswith(f"dialogue {page.ids[1]} ")
        await driver.press("enter", "enter")
        assert driver.app.current_mode == "browse"
        assert driver.app.dialogue == page.ids[1]


@in_loop
async def test_o_opens_a_failed_dialogue_from_the_list_of_reasons(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("3", "o")
        assert driver.app.current_mode == "browse"
        assert "✗ failed · user model" in driver.text()


@in_loop
async def test_escape_leads_back_from_failures(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("3", "enter", "escape")
        assert driver.app.current_mode == "failures"
        await driver.press("escape")
        assert driver.app.current_mode == "browse"


@in_loop
async def test_a_repaired_answer_shows_what_was_written_and_what_was_read(tmp_path: Path) -> None:
    def fenced(request: ChatRequest) -> str | dict[str, Any]:
        found = answer(request)
        return found if isinstance(found, str) else f"```json\n{json.dumps(found)}\n```"

    run = make_small_run(tmp_path / "fenced.db", n=1, replies=fenced)
    async with driven(run) as driver:
        await driver.press("3")
        assert "answers repaired" in driver.title("#reasons-pane")
        await driver.press("end")
        text = driver.text()
        assert "a code fence around the JSON was taken off" in text
        assert "wrote: ```json" in text


@in_loop
async def test_a_run_without_failures_says_so(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'completed'")
        writer.execute("UPDATE call SET problem = NULL, tries = 1")
    writer.close()
    async with driven(own_run) as driver:
        await driver.press("3")
        assert "Nothing has failed, and nothing was repaired" in driver.text()
        await driver.press("x", "enter", "o", "y", "space")


@in_loop
async def test_live_shows_progress_tokens_and_latest_turns(small_run: Path) -> None:
    async with driven(small_run, size=(100, 40)) as driver:
        await driver.press("4")
        text = driver.text()
        assert "16 of 16" in text
        assert "state    finished" in text
        assert "cost     unknown" in text
        assert "9 texts not usable" in text
        assert "Latest turns" in text


@in_loop
async def test_news_that_come_before_a_page_is_there_wait_for_it(small_run: Path) -> None:
    async with driven(small_run, size=(100, 40)) as driver:
        shown = driver.app.push_screen(Live())
        driver.app.tell_pages()
        await shown
        await driver.settle()
        assert "16 of 16" in driver.text()


@in_loop
async def test_live_shows_rate_time_left_and_what_is_in_flight(own_run: Path) -> None:
    writer = sqlite3.connect(own_run)
    writer.execute("UPDATE dialogue SET status = 'planned', turns = 0 WHERE id >= 8")
    writer.execute("UPDATE dialogue SET status = 'running', turns = 3 WHERE id IN (8, 9)")
    writer.execute(
        "INSERT OR REPLACE INTO meta VALUES ('budget', '{\"usd\": 5, \"tokens\": 9000}')"
    )
    writer.commit()
    lock = WriterLock(own_run)
    now = [100.0]
    async with driven(own_run, size=(120, 40), clock=lambda: now[0]) as driver:
        await driver.press("4")
        assert "● live" in driver.text()
        assert "In flight · 2" in driver.text()
        assert "of a budget of $5.00" in driver.text()
        assert "of a budget of 9,000" in driver.text()
        now[0] += 10
        writer.execute("UPDATE dialogue SET status = 'completed', turns = 8 WHERE id = 8")
        writer.commit()
        await driver.look()
        assert "0.5 turns/s" in driver.text()
        assert "about 1 min 10 s at this rate" in driver.text()
        now[0] += 30
        await driver.look()
        assert "nothing new for 30 s" in driver.text()
        await driver.press("space")
        assert "this screen is paused" in driver.text() or "‖ not following" in driver.text()
    lock.release()
    writer.close()


@in_loop
async def test_live_says_how_to_go_on_with_a_run_that_stopped(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'planned' WHERE id = 3")
    writer.close()
    async with driven(own_run) as driver:
        await driver.press("4")
        assert "stopped; continue with simulate run … --out RUN --resume" in driver.text()


@in_loop
async def test_live_opens_the_newest_turn(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("4")
        page = driver.app.screen
        assert isinstance(page, Live)
        assert page.now is not None
        newest = page.now.latest[0]
        await driver.press("enter")
        assert (driver.app.dialogue, isinstance(driver.app.screen, Browse)) == (
            newest.dialogue,
            True,
        )
        await driver.press("4", "escape")
        assert isinstance(driver.app.screen, Browse)


@in_loop
async def test_distributions_show_cells_against_humans_with_floor_and_distances(
    small_run: Path,
) -> None:
    async with driven(small_run, size=(160, 50)) as driver:
        await driver.press("2")
        text = driver.text()
        assert "H humans  A direct" in text
        assert re.search(r"^  direct +8 ", text, re.MULTILINE)
        assert "floor, 95 % ≤" in text
        assert "fresh humans" in text
        assert "all give 0 USD (human mode)" in text
        await driver.press("y")
        assert "fresh humans" in driver.app.clipboard


@in_loop
async def test_distances_that_were_left_before_they_were_there_are_there_on_coming_back(
    small_run: Path,
) -> None:
    async with driven(small_run) as driver:
        await driver.pilot.press("2", "1")
        await driver.settle()
        await driver.press("2")
        assert distributions(driver).comparison is not None


@in_loop
async def test_a_narrow_terminal_tells_the_letters_of_the_series_too(small_run: Path) -> None:
    async with driven(small_run, size=(80, 60)) as driver:
        await driver.press("2")
        assert "H humans  A direct" in driver.text()


@in_loop
async def test_space_goes_to_entropy_and_to_stated_against_drawn(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("2", "space")
        assert "B vs: mean" in driver.text()
        assert "A direct: draws from no distribution" in driver.text()
        await driver.press("space")
        assert "stated → drawn" in driver.text()
        await driver.press("backspace", "backspace")
        assert distributions(driver).query_one(TabbedContent).active == "outcome-view"


@in_loop
async def test_the_summary_of_an_outcome_is_the_view_after_these(small_run: Path) -> None:
    async with driven(small_run, size=(160, 50)) as driver:
        await driver.press("2", "backspace")
        text = driver.text()
        assert "donation: differences between cells" in text
        assert "direct − vs" in text
        await driver.press("y")
        assert "donation: where the variance comes from" in driver.app.clipboard
        await driver.press("o")
        assert "pledge: where the variance comes from" in driver.text()


@in_loop
async def test_sides_and_outcome_are_changed_with_one_key_each(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("2", "a")
        assert distributions(driver).query_one("#side-a", Select).value == 1
        await driver.press("b")
        assert distributions(driver).query_one("#side-b", Select).value is Select.NULL
        await driver.press("o")
        assert "the scenario names no human data" in driver.text()


@in_loop
async def test_a_cell_of_another_run_stands_beside_one_of_this(own_run: Path) -> None:
    copyfile(own_run, own_run.with_name("other.db"))
    async with driven(own_run, size=(160, 50)) as driver:
        await driver.press("2", "b")
        assert "B other: direct" in driver.text()
        found = distributions(driver).comparison
        assert found is not None
        assert [row.name for row in found.rows][:2] == ["direct", "other: direct"]


@in_loop
async def test_a_run_with_nothing_completed_says_that_there_is_nothing_to_compare(
    own_run: Path,
) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'planned'")
        writer.execute("DELETE FROM outcome")
    writer.close()
    async with driven(own_run) as driver:
        await driver.press("2")
        assert "nothing to compare" in driver.text()
        await driver.press("escape")
        assert isinstance(driver.app.screen, Browse)
