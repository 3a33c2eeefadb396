from simulate.report.document import Figure, Fold, Paragraph, Table
from simulate.report.document_html import to_html
from tests.report.made_pages import ATTACK, NASTY, stress_page

PAGE = stress_page()
RATES = next(table for _, table in PAGE.tables())


def test_the_gate_comes_first_then_how_much_fails_then_the_figure() -> None:
    gate, said, caution, figure = PAGE.lead
    assert isinstance(gate, Paragraph)
    assert isinstance(said, Paragraph)
    assert (gate.tone, said.tone) == ("failed", "headline")
    assert said.text.startswith("12 of 40 decided dialogues")
    assert isinstance(caution, Paragraph)
    assert "users attack" in caution.text
    assert isinstance(figure, Figure)
    assert "leaks: 30.0 %" in figure.finding


def test_the_failing_checks_come_first() -> None:
    names = [row[0].split("\n")[0] for row in RATES.rows]
    assert names == ["any check", "leaks", NASTY, "polite"]


def test_what_is_undecided_stands_beside_the_rate_that_it_qualifies() -> None:
    (row,) = (row for row in RATES.rows if row[0] == NASTY)
    assert row[1] == "4 of 35"
    assert row[2].endswith("\n5 abstained: 10.0 % to 22.5 % were they decided")


def test_what_was_said_in_failing_turns_is_folded() -> None:
    within = PAGE.sections[1].blocks
    assert [type(block) for block in within] == [Fold]
    shown = to_html(PAGE)
    before = shown.partition("<details>")[0]
    assert ATTACK[:20] in shown
    assert ATTACK[:20] not in before


def test_of_many_failing_turns_it_is_said_how_many_are_not_shown() -> None:
    (fold,) = PAGE.sections[1].blocks
    assert isinstance(fold, Fold)
    assert fold.title == "leaks: 12 dialogues"
    assert isinstance(fold.blocks[0], Table)
    assert fold.blocks[1] == Paragraph("9 more: --json has them", "note")
