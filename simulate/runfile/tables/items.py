"""The table `items`: a row for each outcome of each dialogue, missing ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from simulate.runfile.call_reader import steps_of
from simulate.runfile.dialogue import Dialogue, OutcomeValue
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.dialogues import applies
from simulate.runfile.tables.measured import Measure, measures
from simulate.runfile.tables.recorded import RecordedRun, identity
from simulate.runfile.tables.turns import NOTHING_DRAWN, written
from simulate.scenario.outcomes import WAYS

NOT_MEASURED = "it is computed, or not measured"
NO_ITEM = "it is no item of a battery"


class ItemRow(NamedTuple):
    """An outcome of a dialogue, which may be missing."""

    dialogue: Dialogue
    measure: Measure
    measured: OutcomeValue | None
    order: int | None
    after: int | None


def items(run: RecordedRun) -> Table[ItemRow]:
    """Return the table of items."""
    known = list(measures(run.scenario))
    missing = "not measured, or the answer could not be used"
    columns: list[Column[ItemRow]] = [
        *identity(run, lambda r: r.dialogue),
        Column("item", "The outcome", lambda r: r.measure.name, "category",
               levels=tuple(m.name for m in known), source="outcomes"),
        Column("battery", "The battery that it is an item of", lambda r: _of_battery(r, "battery"),
               "category", NO_ITEM, levels=tuple(run.scenario.batteries), source="batteries"),
        Column("wave", "When the battery is asked", lambda r: _of_battery(r, "wave"), "category",
               f"{NO_ITEM}, or the battery has no waves", levels=_waves(run)),
        Column("reversed", "Whether it counts the other way round in the score",
               lambda r: _reversed(run, r), "yes/no", NO_ITEM),
        Column("way", "How it is measured", lambda r: r.measure.outcome.way, "category",
               levels=WAYS),
        Column("speaker", "Who is asked", _asked, "category", "nobody is",
               levels=tuple(run.scenario.speakers)),
        Column("item_order", "Its place among what is measured in the dialogue, from 1",
               lambda r: r.order, "integer", NOT_MEASURED),
        Column("after_turns", "How many turns lay before it", lambda r: r.after, "integer",
               NOT_MEASURED),
        Column("value", "The value that was drawn", _value, missing=missing),
        Column("value_number", "What that value counts as a number",
               lambda r: r.measure.number(_measured(r).value), "number",
               f"{missing}, or counts nothing"),
        Column("expected", "The mean over all candidates, by their chances to be drawn; the "
               "value where nothing was drawn",
               lambda r: r.measure.expected(_measured(r)), "number",
               f"{missing}, or words count nothing"),
        Column("applies", "Whether it applies", lambda r: applies(_measured(r)), "yes/no", missing),
        Column("parse", "Whether the model's answer had its form, or was repaired",
               lambda r: _measured(r).parse, "category", "no model was asked",
               levels=("clean", "repaired")),
        Column("candidates", "How many values could have been drawn",
               lambda r: None if (d := _measured(r).draw) is None else len(d.distribution),
               "integer", NOTHING_DRAWN),
        Column("chance", "How likely the value was to be drawn",
               lambda r: None if (d := _measured(r).draw) is None else float(d.chances[d.chosen]),
               "number", NOTHING_DRAWN),
        Column("entropy", "Entropy of what it was drawn from",
               lambda r: None if (d := _measured(r).draw) is None else d.distribution.entropy(),
               "number", NOTHING_DRAWN, "nats"),
    ]  # fmt: skip

    def records(dialogue: Dialogue) -> Iterator[ItemRow]:
        places = _places(run, dialogue)
        for measure in known:
            measured = dialogue.outcomes.get(measure.name)
            place = None if measured is None else places.get(measure.name)
            yield ItemRow(dialogue, measure, measured, *(place or (None, None)))

    return Table.of("items", "an outcome of a dialogue", columns, records)


def _measured(row: ItemRow) -> OutcomeValue:
    return row.measured or OutcomeValue(row.measure.name, None)


def _asked(row: ItemRow) -> str | None:
    asked = row.measure.outcome.asked
    return None if asked is None else asked.speaker


def _of_battery(row: ItemRow, field: Literal["battery", "wave"]) -> str | None:
    item = row.measure.item
    return None if item is None else getattr(item, field)


def _waves(run: RecordedRun) -> tuple[str, ...]:
    return tuple(dict.fromkeys(w.wave for w in run.scenario.waves.values() if w.wave is not None))


def _reversed(run: RecordedRun, row: ItemRow) -> int | None:
    item = row.measure.item
    if item is None:
        return None
    return int(run.scenario.batteries[item.battery].items[item.item].reversed)


def _value(row: ItemRow) -> str | None:
    return written(_measured(row).answer)


def _places(run: RecordedRun, dialogue: Dialogue) -> Mapping[str, tuple[int, int]]:
    """Return of each outcome its place among those measured, and the turns before it.

    The file has them where the scenario has steps; else all come after the talk, in the cell's
    order.
    """
    asked = [step for step in steps_of(run, dialogue.id) if step.kind == "ask"]
    if asked:
        return {step.what: (at, step.turn) for at, step in enumerate(asked, start=1)}
    outcomes = run.scenario.outcomes
    asked_for = [name for step in dialogue.cell.steps for name in step.asked]
    order = [name for name in asked_for if not outcomes[name].computed]
    return {name: (at, len(dialogue.turns)) for at, name in enumerate(order, start=1)}
