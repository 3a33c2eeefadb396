"""Make the pictures of the gallery and of the README, all from one made-up run.

    uv run python -m docs.gallery

Screens of the terminal UI and pages are photographed by Chromium and kept as PNG of few colours;
figures are written by `simulate compare`. The people answer by a few rules (`docs/demo.py`), so no
number in a picture is a finding.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright

from docs.demo import convinced, demo_run
from simulate.tui.analyses import ANALYSES

HERE = Path(__file__).parent / "gallery"
PEOPLE = 150
COLOURS = 96
SCREENS: dict[str, list[str]] = {
    "dialogues": ["--screen", "dialogues", "--size", "150x36"],
    "transcript": ["--screen", "transcript", "--dialogue", "1", "--turn", "3"],
    "distributions": ["--screen", "distributions"],
    "failures": ["--screen", "failures"],
    "live": ["--screen", "live"],
    **{name: ["--screen", name] for name in ANALYSES},
}
"""What `simulate view` is asked for, by the picture's name."""

PAGES = {
    "page-compare": ["compare", "donation.db", "--figures", "figures", "--html"],
    "page-report": ["report", "donation.db", "--html"],
    "page-answer": ["view", "donation.db", "--screen", "answer", "--html"],
}
"""Commands whose page is photographed; the file's name comes last."""


def simulate(folder: Path, *words: str) -> None:
    """Run a command of simulate in a folder."""
    command = [sys.executable, "-m", "simulate", *words]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603


async def photograph(page: Page, file: Path, name: str, height: int | None = None) -> None:
    """Keep what a browser shows of a file as gallery/NAME.png, in few colours."""
    await page.set_viewport_size({"width": 1000, "height": height or 800})
    await page.goto(file.as_uri())
    await page.wait_for_timeout(300)
    if height is None:
        size = "svg => [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height]"
        wide, high = await page.locator("svg").first.evaluate(size)
        await page.set_viewport_size({"width": 1000, "height": round(1000 * high / wide)})
    _keep(await page.screenshot(), name)


def _keep(shown: bytes, name: str) -> None:
    picture = Image.open(io.BytesIO(shown)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


async def main() -> None:
    """Play the run, and make every picture anew."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("Chromium is not installed, and it takes the pictures")
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = demo_run(folder / "donation.db", PEOPLE)
        SCREENS["tree"] += ["--dialogue", str(convinced(run))]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=browser_path, args=["--no-sandbox"]
            )
            page = await browser.new_page()
            for screen, words in SCREENS.items():
                simulate(folder, "view", "donation.db", *words, "--screenshot", f"{screen}.svg")
                await photograph(page, folder / f"{screen}.svg", screen)
            for shown, words in PAGES.items():
                simulate(folder, *words, f"{shown}.html")
                await photograph(page, folder / f"{shown}.html", shown, 900)
            await browser.close()
        for figure in (folder / "figures").glob("*.png"):
            _keep(figure.read_bytes(), f"figure-{figure.stem}")


if __name__ == "__main__":
    asyncio.run(main())
