"""The site as it is built: pages in nav, links, and what a browser shows and asks for.

`.ci/run` builds it before the tests; elsewhere `uv run --group docs python -m docs.site` does.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from docs.site.layout import DOCS, MADE, ROOT, linked, page_of
from docs.site.links import faults
from tests.chromium import chromium_page, needs_chromium

SITE = ROOT / "build" / "site"
needs_site = pytest.mark.skipif(
    not SITE.exists(), reason="the site is not built: uv run --group docs python -m docs.site"
)
SHOWN = ("index", "experiments", "reference/cli", "reference/yaml", "recorded-distributions/branch")


def test_every_page_has_one_place_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = re.findall(r"(\S+\.md)$", config.partition("nav:")[2], re.MULTILINE)
    pages = {page_of(path).as_posix() for path in [*DOCS.rglob("*.md"), *MADE]}
    assert sorted(n for n in listed if not n.startswith("files/")) == sorted(pages)


def test_a_link_to_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"docs/tui.md links nowhere.md, which is not there"):
        linked("[a](nowhere.md)", DOCS / "tui.md")


def test_a_source_file_that_a_page_links_becomes_a_page() -> None:
    text, found = linked("[a](../examples/gift.yaml#L3)", DOCS / "tui.md")
    assert (text, found) == (
        "[a](files/examples/gift.yaml.md#L3)",
        {ROOT / "examples" / "gift.yaml"},
    )


def test_the_site_names_a_page_by_its_heading_and_not_what_tests_leave_out() -> None:
    shown, _ = linked(
        'See [start.md](start.md).\n```sh title="Not run by the tests: a key"\nls\n```\n',
        DOCS / "tui.md",
    )
    assert shown == "See [Ten-minute start](start.md).\n```sh\nls\n```\n"


def test_what_leads_nowhere_or_is_loaded_from_outside_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        "<p id=here><a href='#here'>1</a><a href='b.html'>2</a><a href='#gone'>3</a>"
        "<a href='https://example.org'>4</a><img src='https://example.org/x.png'>"
    )
    assert faults(tmp_path) == [
        "a.html loads https://example.org/x.png from outside",
        "a.html points at #gone, which is not there",
        "a.html points at b.html, which is not there",
    ]


@needs_site
@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "default"), (390, "slate")])
def test_pages_fit_a_desk_and_a_telephone_and_ask_nothing_of_anybody_outside(
    width: int, scheme: str
) -> None:
    asyncio.run(_look_at_pages(width, scheme))


async def _look_at_pages(width: int, scheme: str) -> None:
    asked: list[str] = []
    async with chromium_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if scheme == "slate" else "light")
        for name in SHOWN:
            await page.goto((SITE / f"{name}.html").as_uri())
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert (name, wide <= width) == (name, True)
            assert await page.evaluate("document.body.dataset.mdColorScheme") == scheme
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@needs_site
@needs_chromium
@pytest.mark.slow
def test_the_search_finds_a_word_in_a_page_that_is_opened_as_a_file() -> None:
    asyncio.run(_search())


async def _search() -> None:
    async with chromium_page() as page:
        await page.goto((SITE / "recorded-distributions" / "branch.html").as_uri())
        await page.keyboard.press("/")
        await page.keyboard.type("leverage")
        await page.get_by_text("Branches and turn leverage").nth(1).wait_for(timeout=20_000)
