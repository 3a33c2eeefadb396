"""A document in a browser, on paper and as Markdown: hostile text stands there, and no more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from simulate.report.document import (
    Block,
    Document,
    Facts,
    Items,
    Paragraph,
    Section,
    Table,
    Verbatim,
)
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.terminal.safe_text import block as harmless
from tests.chromium import chromium_page, needs_chromium

NASTY = (
    "<script>document.title = 'owned'</script><img src=http://evil.example/x onerror=alert(1)>"
    "\u202e ]]> --> </pre></details> | ``` ~~~ [x](javascript:alert(1)) \x1b[2J\n# heading\n- item"
)


def document_of(text: str) -> Document:
    """Return a document with a text in every place."""
    blocks: tuple[Block, ...] = (
        Paragraph(text),
        Paragraph(text, "blank"),
        Items((text, text)),
        Facts(((text, text),)),
        Table((text, "n"), ((text, "1"),), frozenset({1})),
        Verbatim(text, (("", text),)),
        Verbatim(text, ((text, text), ("user", text))),
    )
    return Document(text, blocks, (Section(text, blocks), Section(text, blocks, 3)))


@given(st.text(st.sampled_from("a1 <>[](){}#*_`~|!&;:/\\-+=@$\n") | st.characters(), min_size=1))
def test_no_text_changes_how_markdown_is_built(text: str) -> None:
    def built(shown: str) -> list[tuple[str, str]]:
        found = MarkdownIt("gfm-like").parse(to_markdown(document_of(shown)))
        return [(each.type, each.tag) for each in found]

    assert built(f"x{text}") == built("plain")


@given(st.text(st.sampled_from("`~ \n\t<a") | st.characters()))
def test_what_is_verbatim_comes_back_word_for_word(text: str) -> None:
    shown = to_markdown(Document("t", (Verbatim("v", (("", text),)),), ()))
    (fence,) = (t for t in MarkdownIt("gfm-like").parse(shown) if t.type == "fence")
    assert fence.content == f"{harmless(text)}\n"


@pytest.mark.slow
@needs_chromium
def test_a_browser_shows_hostile_text_at_any_width_and_paper_shows_what_is_folded(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.html"
    long = "x" * 3_000
    path.write_text(to_html(document_of(NASTY + long)), "utf-8")

    async def look() -> None:
        async with chromium_page() as page:
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(path.as_uri())
            assert asked == [path.as_uri()]
            assert await page.title() != "owned"
            assert await page.locator("script, img, iframe, object, form").count() == 0
            assert NASTY.split("\u202e")[0] in await page.locator("h1").inner_text()
            for width in (1200, 400):
                await page.set_viewport_size({"width": width, "height": 800})
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide == width
            folded = page.locator("details pre").first
            assert not await folded.is_visible()
            await page.emulate_media(media="print")
            shown = await folded.evaluate("e => e.checkVisibility({contentVisibilityAuto: true})")
            assert shown

    asyncio.run(look())


@pytest.mark.parametrize("form", [to_html, to_markdown])
def test_no_control_character_is_in_either_form(form: object) -> None:
    assert callable(form)
    assert not {"\x1b", "\u202e"} & set(form(document_of(NASTY)))
