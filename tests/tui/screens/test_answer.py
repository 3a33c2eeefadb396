"""The view of the answer."""

import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.progress import Partly
from simulate.tui.screens.answer import AnswerPage
from tests.tui.drive import driven, in_loop


def dialogues_of_direct(text: str) -> int:
    """Return how many dialogues of a cell the histogram counts."""
    return int(re.findall(r"direct, n = (\d+)", text)[0])


@in_loop
async def test_one_look_says_whether_it_is_like_humans_and_what_to_look_at_next(
    small_run: Path,
) -> None:
    async with driven(small_run, size=(120, 36)) as driver:
        await driver.press("0")
        text = driver.text()
        assert "vs: nothing can be said from" in text
        assert "humans, n = 982" in text
        assert "What went wrong" in text
        assert "w Twins: the same person in two cells" in text


@pytest.mark.parametrize(("size", "at"), [((120, 36), 32), ((80, 24), 22)])
@in_loop
async def test_what_to_look_at_next_stands_below_and_a_click_goes_there(
    small_run: Path, size: tuple[int, int], at: int
) -> None:
    async with driven(small_run, size=size) as driver:
        await driver.press("0")
        lines = driver.text().splitlines()
        assert "v Typical and tail" in lines[at]
        await driver.pilot.click("#next", offset=(lines[at].index("Typical"), 0 if at == 22 else 1))
        await driver.settle()
        assert driver.app.current_mode == "typical"


@in_loop
async def test_the_answer_grows_with_the_run(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET status = 'running' WHERE id = 0")
        writer.execute("DELETE FROM outcome WHERE dialogue = 0")
    async with driven(own_run, size=(120, 40)) as driver:
        await driver.press("0")
        before = dialogues_of_direct(driver.text())
        assert "1 not ended yet" in driver.text()
        writer.execute(
            "INSERT INTO outcome (dialogue, name, number, value) VALUES (0, 'donation', 1, '1')"
        )
        writer.execute("UPDATE dialogue SET status = 'completed' WHERE id = 0")
        writer.commit()
        await driver.look()
        assert dialogues_of_direct(driver.text()) == before + 1
        assert "not ended yet" not in driver.text()
    writer.close()


@in_loop
async def test_the_histogram_is_there_before_the_sentence_is(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, seen = threading.Event(), threading.Event()
    real = Partly.show

    def shown(self: Partly, part: Any) -> None:
        real(self, part)
        seen.set()
        assert waits.wait(60)

    monkeypatch.setattr(Partly, "show", shown)
    async with driven(small_run, size=(120, 40)) as driver:
        await driver.pilot.press("0")
        while not seen.is_set():
            await driver.pilot.pause(0.01)
        await driver.pilot.pause()
        assert isinstance(driver.app.screen, AnswerPage)
        assert "humans, n = 982" in driver.text()
        assert "nothing can be said" not in driver.text()
        waits.set()
        await driver.settle()
        assert "nothing can be said" in driver.text()
