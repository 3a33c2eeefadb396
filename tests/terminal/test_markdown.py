from hypothesis import given
from hypothesis import strategies as st

from simulate.terminal.markdown import code, plain_text, table


@given(st.text())
def test_foreign_text_stays_within_its_code(text: str) -> None:
    shown = code(text)
    inner = shown.removeprefix("<code>").removesuffix("</code>")
    assert not set(inner.replace("&#", "")) & set("<>|`*_[]\n\r")


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_no_cell_adds_a_column_or_a_row(texts: list[str]) -> None:
    lines = table(["head"] * len(texts), [[plain_text(t) for t in texts]]).splitlines()
    assert [line.count("|") for line in lines] == [len(texts) + 1] * 3


def test_a_long_text_is_cut_and_an_address_is_no_link() -> None:
    assert plain_text("abcdef", 3) == "abc…"
    assert plain_text("see www.example.org") == "see www&#46;example.org"
    assert code(" ") == "–"
