import html

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from simulate.terminal.markdown import code, details, fenced, plain_text, table
from simulate.terminal.safe_text import block


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_no_cell_adds_a_column_or_a_row(texts: list[str]) -> None:
    lines = table(["head"] * len(texts), [[plain_text(t) for t in texts]]).splitlines()
    assert [line.count("|") for line in lines] == [len(texts) + 1] * 3


def test_a_long_text_is_cut_and_an_address_is_no_link() -> None:
    assert plain_text("abcdef", 3) == "abc…"
    assert plain_text("see www.example.org") == "see www&#46;example.org"
    assert code(" ") == "–"


ANY_LINE = st.text(st.sampled_from("a1 .:/[](){}<>#*_`~|!&;\\-+=@$^\t\n\u202e") | st.characters())


@given(ANY_LINE)
def test_a_text_is_shown_as_it_stands_and_nothing_comes_of_it(text: str) -> None:
    block, inline, end = MarkdownIt("gfm-like").parse(f"{plain_text(text, None)}\u200bx")
    assert (block.tag, end.tag) == ("p", "p")
    kinds = {child.type for child in inline.children or ()}
    assert kinds <= {"text", "text_special"}
    shown = "".join(child.content for child in inline.children or ()).removesuffix("\u200bx")
    assert shown == " ".join("".join(c if c.isprintable() else " " for c in text).split())


@given(ANY_LINE)
def test_nothing_in_a_text_ends_its_fence(text: str) -> None:
    (fence,) = MarkdownIt("gfm-like").parse(fenced(text))
    assert fence.type == "fence"
    assert fence.info == ""
    assert fence.content == f"{block(text)}\n"


@given(ANY_LINE)
def test_what_is_folded_stays_so_whatever_its_title_is(title: str) -> None:
    begin, shown, end = (
        MarkdownIt("gfm-like", {"html": True})
        .render(details(title, "*said*"))
        .partition("<p><em>said</em></p>")
    )
    assert shown
    assert begin.startswith("<details><summary>")
    assert begin.count("<") == 3
    assert end.strip() == "</details>"
    kept = "".join(c for c in " ".join(title.split()) if c.isprintable())
    assert html.unescape(begin[18:].partition("</summary>")[0]) == kept


def test_prose_and_intervals_can_be_read_in_the_source() -> None:
    assert plain_text("x: .89 [.78, 1.01] (n = 24), 5 %") == "x: .89 \\[.78, 1.01\\] (n = 24), 5 %"
    assert plain_text("- 1") == "\\- 1"
    assert plain_text("12. one") == "12\\. one"
    assert plain_text("see https://a.example") == "see https&#58;//a.example"
