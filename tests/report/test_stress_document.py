from simulate.report.document import Facts, Figure, Fold, Paragraph
from simulate.report.document_html import to_html
from simulate.report.document_markdown import to_markdown
from simulate.report.terminal_document import shown_whole
from simulate.terminal.markdown import plain_text
from simulate.terminal.safe_text import block
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
    assert row[1] == "4 of 35\n5 abstained"
    assert row[2].endswith("\nbounds 10.0 % to 22.5 %")


def test_what_was_said_in_failing_turns_is_folded() -> None:
    within = PAGE.sections[1].blocks
    assert [type(block) for block in within] == [Fold]
    shown = to_html(PAGE)
    before = shown.partition("<details>")[0]
    assert ATTACK[:20] in shown
    assert ATTACK[:20] not in before


def test_markdown_folds_it_too() -> None:
    shown = to_markdown(PAGE)
    before, _, after = shown.partition("<details>")
    said = plain_text(ATTACK, None)[:20]
    assert said in after.partition("</details>")[0]
    assert said not in before + after.rpartition("</details>")[2]


def test_of_each_check_it_is_said_how_often_and_where_it_fails_and_what_is_typical() -> None:
    (fold,) = PAGE.sections[1].blocks
    assert isinstance(fold, Fold)
    assert fold.title == "leaks: 12 dialogues; at turn 1 in 12"
    (facts,) = fold.blocks
    assert isinstance(facts, Facts)
    ((what, said),) = facts.rows
    assert what == "most typical, and most probable (1 as stated)"
    assert said.splitlines()[0].startswith("dialogue d0, turn 1: because <script>")
    assert [line.strip()[:5] for line in said.splitlines()[1:]] == ["ada: ", NASTY[:5]]


def test_the_gate_ends_what_a_terminal_shows_and_begins_the_summary() -> None:
    summary, screen = (stress_page(form) for form in ("summary", "terminal"))
    assert [type(block) for block in summary.lead] == [Paragraph] * 3
    assert [block.text for block in screen.lead] == [block.text for block in summary.lead[1:]]  # type: ignore[union-attr]
    assert (screen.sections[-1].title, screen.sections[-1].blocks) == ("", summary.lead[:1])


def test_on_a_terminal_a_blank_line_stands_before_each_heading() -> None:
    screen = stress_page("terminal")
    lines = [str(part) for part in shown_whole(screen)]
    for part in screen.sections[:-1]:  # the gates have no heading
        assert lines[lines.index(block(part.title)) - 1] == ""
