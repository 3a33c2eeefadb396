"""Pages that show an analysis, by the page of the answer."""

from pathlib import Path

import pytest

from simulate.comparison.progress import untold
from simulate.errors import InputError
from simulate.runfile.run_view import RunView
from simulate.tui.analyses import ANALYSES, Analysis, Found, Selected
from simulate.tui.bindings import PAGES
from simulate.tui.screens.analysis_page import AnalysisPage
from tests.tui.drive import Driver, driven, in_loop


def shown(driver: Driver) -> AnalysisPage:
    """Return the page that is open."""
    page = driver.app.screen
    assert isinstance(page, AnalysisPage)
    return page


def test_each_analysis_has_a_page_with_a_key() -> None:
    assert set(ANALYSES) <= set(PAGES)


@in_loop
async def test_a_page_shows_what_its_document_says(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("0")
        assert shown(driver).found is not None
        assert "donation" in driver.text()


@in_loop
async def test_a_page_says_that_no_run_is_open(tmp_path: Path) -> None:
    async with driven(None, folder=tmp_path) as driver:
        await driver.press("0")
        assert "No run is open." in driver.text()


@in_loop
async def test_a_page_says_why_a_run_cannot_answer(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> Analysis[Found]:
        raise InputError("this run cannot say it")

    monkeypatch.setitem(ANALYSES, "answer", refusing)
    async with driven(small_run) as driver:
        await driver.press("0")
        assert "this run cannot say it" in driver.text()


@in_loop
async def test_a_page_is_asked_again_when_another_dialogue_was_opened_meanwhile(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    real = ANALYSES["answer"]

    def noted(view: RunView, selected: Selected, *rest: object) -> Analysis[Found]:
        asked.append(selected.dialogue)
        return real(view, selected, untold)

    monkeypatch.setitem(ANALYSES, "answer", noted)
    async with driven(small_run) as driver:
        await driver.press("0")
        await driver.app.open_dialogue(1)
        await driver.settle()
        await driver.press("0")
        assert asked[-1] == 1
        assert len(asked) > 1


@in_loop
async def test_escape_leads_back_to_the_dialogues(small_run: Path) -> None:
    async with driven(small_run) as driver:
        await driver.press("0", "escape")
        assert not isinstance(driver.app.screen, AnalysisPage)


def test_an_unknown_outcome_is_named_with_those_that_there_are(small_run: Path) -> None:
    view = RunView(small_run)
    try:
        with pytest.raises(InputError, match=r"no outcome 'nothing'; there are: donation"):
            ANALYSES["answer"](view, Selected(outcome="nothing"), untold)
    finally:
        view.close()
