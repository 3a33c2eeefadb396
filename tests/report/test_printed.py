from rich.console import Console
from rich.table import Column
from rich.text import Text

from simulate.report.analysis_document import analysis_document
from simulate.report.document import Figure, Items, Paragraph, Table
from simulate.report.plotting import new_figure
from simulate.report.printed import printed, printed_sections
from simulate.report.tables import new_table, print_notes, right


def show(console: Console) -> None:
    """Print one of each kind."""
    console.print(Text("What to quote.", style="bold"))
    console.print(Text("Scores of all"))
    table = new_table(Column("method"), *right("score\n(USD)"))
    table.add_row(Text("vs", style="bold").append("\n60 dialogues"), "0.5")
    table.add_row("", "0.7")
    console.print(table)
    print_notes(["score: what it is", "n: how many"], console)


def test_what_is_printed_is_blocks_with_a_caption_and_notes() -> None:
    quoted, table, notes = printed(show)
    assert quoted == Paragraph("What to quote.", "headline")
    assert isinstance(table, Table)
    assert (table.caption, table.numbers) == ("Scores of all", frozenset({1}))
    assert notes == Items(("score: what it is", "n: how many"))


def test_a_row_that_goes_on_has_the_name_of_the_row_above() -> None:
    table = printed(show)[1]
    assert isinstance(table, Table)
    assert table.head == ("method", "score (USD)")
    assert table.rows == (("vs\n60 dialogues", "0.5"), ("vs", "0.7"))


def test_a_section_in_which_nothing_is_printed_is_left_out() -> None:
    found = printed_sections([("Nothing", lambda console: None), ("Something", show)])
    assert [section.title for section in found] == ["Something"]


def test_the_page_of_an_analysis_begins_with_what_to_quote_and_its_figure() -> None:
    found = analysis_document("A", show, caption="c", draw=lambda width: new_figure(1, 1, 1)[0])
    quoted, figure = found.lead
    assert quoted == Paragraph("What to quote.", "headline")
    assert isinstance(figure, Figure)
    assert (figure.finding, figure.caption) == ("What to quote.", "c")
    assert [type(block) for block in found.sections[0].blocks] == [Table, Items]
