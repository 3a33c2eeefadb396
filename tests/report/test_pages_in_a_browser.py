"""Pages in a real browser: at two widths, dark, by keyboard and on paper; nothing runs or loads."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from playwright.async_api import Page
from pypdf import PdfReader

from simulate.report.document_html import to_html
from tests.chromium import chromium_page, needs_chromium
from tests.report.made_pages import ATTACK, PAGES

pytestmark = needs_chromium

CONTRAST = """() => {
  const parsed = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = parsed(c).map(v => v / 255).map(
    v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
  let least = [99, ''];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest('.unseen')) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < least[0]) least = [ratio, walk.currentNode.data.slice(0, 40)];
  }
  return least;
}"""
STRUCTURE = """() => ({
  lang: document.documentElement.lang, mains: document.querySelectorAll('main').length,
  viewport: !!document.querySelector('meta[name=viewport]'),
  levels: [...document.querySelectorAll('h1, h2, h3')].map(h => +h.tagName[1]),
  tables: document.querySelectorAll('table').length,
  captions: [...document.querySelectorAll('table > caption')].filter(c => c.textContent).length,
  unscoped: document.querySelectorAll('th:not([scope])').length,
  unnamed: [...document.images].filter(i => i.alt.length < 20).length,
  broken: [...document.images].filter(i => !i.naturalWidth).length,
  active: document.querySelectorAll('script, iframe, object, embed, form, base').length,
})"""


@dataclass
class Seen:
    """What a browser shows of a page."""

    markup: str
    done: list[str] = field(default_factory=list)
    title: str = ""
    widths: dict[int, int] = field(default_factory=dict)
    contrast: dict[str, tuple[float, str]] = field(default_factory=dict)
    structure: dict[str, Any] = field(default_factory=dict)
    folded: str = ""
    opened: bool = False
    paper: str = ""
    sheets: list[tuple[float, float]] = field(default_factory=list)


async def look(page: Page, file: Path, seen: Seen) -> None:
    page.on("dialog", lambda dialog: seen.done.append(f"dialog {dialog.message}"))
    page.on("console", lambda said: seen.done.append(f"console {said.text}"))
    page.on("request", lambda request: seen.done.append(f"asked {request.url}"))
    await page.goto(file.as_uri())
    seen.title = await page.title()
    seen.structure = await page.evaluate(STRUCTURE)
    seen.folded = await page.inner_text("main")
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        seen.widths[width] = await page.evaluate("document.documentElement.scrollWidth")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        ratio, text = await page.evaluate(CONTRAST)
        seen.contrast[scheme] = (ratio, text)
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.tagName") == "SUMMARY":
            await page.keyboard.press("Enter")
            seen.opened = await page.evaluate("document.activeElement.parentElement.open")
            break
    reader = PdfReader(BytesIO(await page.pdf(format="A4", prefer_css_page_size=True)))
    seen.paper = "".join(each.extract_text() for each in reader.pages)
    seen.sheets = [(float(p.mediabox.width), float(p.mediabox.height)) for p in reader.pages]


@pytest.fixture(scope="module", params=list(PAGES))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    file = tmp_path_factory.mktemp("page") / "a.html"
    file.write_text(to_html(PAGES[request.param]()), "utf-8")
    found = Seen(file.read_text("utf-8"))

    async def browse() -> None:
        async with chromium_page() as page:
            await look(page, file, found)

    asyncio.run(browse())
    return found


class Cells(HTMLParser):
    """The texts of a page's cells, terms and paragraphs."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.within = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th", "dd", "p", "li", "figcaption", "summary"):
            self.texts.append("")
            self.within += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "dd", "p", "li", "figcaption", "summary"):
            self.within -= 1

    def handle_data(self, data: str) -> None:
        if self.within:
            self.texts[-1] += data


def _bare(text: str) -> str:
    """Return a text without ligatures and what a line break on paper may take away or add."""
    return re.sub(r"[\s\u00ad\u2010-]", "", normalize("NFKC", text))


def test_a_page_asks_for_nothing_outside_and_nothing_of_hostile_texts_runs(seen: Seen) -> None:
    beyond = [each for each in seen.done if not each.startswith(("asked data:", "asked file:"))]
    assert beyond == []
    assert seen.title != "owned"
    assert seen.structure["active"] == 0


def test_a_page_is_never_scrolled_sideways_at_a_desk_and_on_a_phone(seen: Seen) -> None:
    assert seen.widths == {1280: 1280, 390: 390}


def test_text_stands_out_on_light_and_dark(seen: Seen) -> None:
    assert [each for each in seen.contrast.values() if each[0] < 4.5] == []


def test_a_page_has_its_language_one_main_part_and_headings_in_order(seen: Seen) -> None:
    found, levels = seen.structure, seen.structure["levels"]
    assert (found["lang"], found["mains"], found["viewport"]) == ("en", 1, True)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_each_table_says_what_it_is_of_and_each_picture_what_it_shows(seen: Seen) -> None:
    found = seen.structure
    assert found["captions"] == found["tables"] > 0
    assert (found["unscoped"], found["unnamed"], found["broken"]) == (0, 0, 0)


def test_a_fold_is_opened_by_the_keyboard(seen: Seen) -> None:
    assert seen.opened


def test_nothing_of_a_page_is_lost_on_paper(seen: Seen) -> None:
    cells = Cells()
    cells.feed(seen.markup.split("</nav>")[-1])
    paper = _bare(seen.paper)
    told = {_bare(unescape(text)) for text in cells.texts}
    assert {text for text in told if text not in paper} == set()


def test_what_is_wide_lies_on_its_long_side(seen: Seen) -> None:
    lying = [width > height for width, height in seen.sheets]
    assert not lying[0]
    assert any(lying) == ("A wide table" in seen.markup)


def test_what_attackers_said_is_folded(seen: Seen) -> None:
    assert ATTACK[:20] not in seen.folded
