"""What typical and tail users say, in words and tables."""

from __future__ import annotations

from simulate.comparison.typical import Part, TypicalAndTail
from simulate.report.document import Document, Items, Paragraph, Table, section, table
from simulate.terminal.numbers import number


def typical_document(found: TypicalAndTail) -> Document:
    """Return what typical and tail users say, first in sentences."""
    lead = tuple(Paragraph(sentence, "headline") for sentence in found.sentences)
    title = f"Typical and tail: {found.about}, cell {found.cell}"
    if not found.dialogues:
        return Document(title, lead, ())
    what = "values" if found.outcome is not None else "replies"
    rest = section("Typical: all but the tail", _table(found, found.typical))
    tail = section(f"Tail: the least probable {what}", _table(found, found.tail))
    return Document(
        title,
        (*lead, Paragraph("; ".join((f"From {found.sized}", *found.elsewhere)) + ".", "note")),
        (rest, tail, section("To read this", Items((*explained(found), *found.notes)))),
    )


def explained(found: TypicalAndTail) -> tuple[str, ...]:
    """Return what the weights mean."""
    near = f"the nearest of its part by {found.distance}" if found.distance else ""
    stands = any(each.replies > 1 for part in (found.typical, found.tail) for each in part.shown)
    if found.outcome is not None:
        return (
            "weight: share of the dialogues with a value. The tail are the least frequent values "
            "with at most 10 % together, and at least one",
            f"each text is a medoid: {near}",
        )
    or_near = ", or a reply that it stands for" if stands else ""
    weight = (
        f"weight: the probability that a user of this cell says it{or_near}: "
        "each dialogue counts the same, and its replies by their stated weights. The tail are the "
        "least probable replies with at most 10 % together, and at least one"
    )
    if not stands:
        return (weight,)
    return weight, f"each text is a medoid and stands for the replies that are {near}"


def _table(found: TypicalAndTail, part: Part) -> Table:
    of_outcome = found.outcome is not None
    unit = f" ({found.unit})" if found.unit else ""
    head = [f"{found.outcome}{unit}", "said last"] if of_outcome else ["says things like"]
    head += ["weight", "drawn", "dialogues", "different", "spread", "example"]
    rows = []
    for each in part.shown:
        first = [each.value or "", each.text] if of_outcome else [each.text]
        share = f"{each.weight:.1%}" if each.weight < 0.1 else f"{each.weight:.0%}"
        numbers = (f"{each.drawn:,}", f"{each.dialogues:,}", f"{each.replies:,}")
        where = f"dialogue {each.example.dialogue}, turn {each.example.turn}"
        rows.append([*first, share, *numbers, number(each.spread, 2), where])
    texts = 2 if of_outcome else 1
    return table(head, rows, "l" * texts + "r" * 5 + "l")
