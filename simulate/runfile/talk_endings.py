"""How the talks of a run ended, by cell, and who else seems to speak in its replies.

A run in which a phrase of `stop` ends each talk with its first turn, or in which a reply goes on
with the lines of the other side, looks like any other in its outcomes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from simulate.runfile.branches import OF_PLAN
from simulate.runfile.reader import RunReader
from simulate.scenario import speaker_names
from simulate.verbalized.spoken import SOMEBODY_ELSE, TWO_SPEAK, plain_name

STOP, LEFT, MAXIMUM, TARGET, FAILED = "stop phrase", "left", "maximum", "target ended", "failed"
"""A phrase of `stop`; a user left, of its own accord or out of patience; nobody had turns left; a
target ended it; the dialogue failed."""

# A line is looked at up to here for a name and a colon.
_LABEL = re.compile(r"^[^\w\n]{0,20}(\w[^\n:：(]{0,80})(?:\([^\n:：]{0,80})?[:：]", re.MULTILINE)


class Ending(NamedTuple):
    """The talks of a cell that ended in one way.

    Attributes:
        how: one of the five ways above.
        dialogues: how many.
        turns: the median of how many turns they had.
    """

    how: str
    dialogues: int
    turns: float


class TurnsOf(NamedTuple):
    """How many turns a speaker had in the completed dialogues of a cell.

    Attributes:
        fewest: in one dialogue; given turns count.
        median: over dialogues.
        most: in one dialogue.
        silent: in how many dialogues it had none.
    """

    fewest: int
    median: float
    most: int
    silent: int


class SpeakerLines(NamedTuple):
    """Lines of replies that begin with the name of a speaker.

    Attributes:
        lines: such as “Persuader: …”, in turns on file.
        turns: in how many of them.
        refused: replies that were not taken because somebody else speaks in them.
    """

    lines: int = 0
    turns: int = 0
    refused: int = 0


def talk_endings(run: RunReader) -> dict[str, tuple[Ending, ...]]:
    """Return how the ended dialogues of each cell that is a talk ended, by the cell's label."""
    talks = {cell.index: cell for cell in run.cells if cell.talks and not run.scenario.is_task}
    found: dict[int, dict[str, list[int]]] = {index: defaultdict(list) for index in talks}
    sql = """SELECT d.cell, d.status = 'failed', d.turns, t.speaker, t.text, t.ends,
            (SELECT count(*) FROM given_turn g WHERE g.dialogue = d.id)
        FROM dialogue d LEFT JOIN turn t ON t.dialogue = d.id AND t.position = d.turns - 1
        WHERE d.status IN ('completed', 'failed')"""
    for index, failed, turns, speaker, text, ends, given in run.rows(sql):
        cell = talks.get(index)
        if cell is None:
            continue
        if failed:
            how = FAILED
        elif ends and run.scenario.turns.stopped_by(text):
            how = STOP
        elif ends:
            who = cell.speakers.get(speaker)
            how = TARGET if who is not None and who.plays == "target" else LEFT
        else:
            how = MAXIMUM if turns - given >= cell.most_turns else LEFT
        found[index][how].append(turns)
    return {
        talks[index].label: tuple(
            Ending(how, len(ways[how]), float(median(ways[how])))
            for how in (STOP, LEFT, MAXIMUM, TARGET, FAILED)
            if how in ways
        )
        for index, ways in found.items()
        if ways
    }


def turns_of_speakers(run: RunReader) -> dict[str, dict[str, TurnsOf]]:
    """Return how many turns each of three or more speakers had, by cell and speaker."""
    if len(run.scenario.speakers) < 3:
        return {}
    talks = [cell.index for cell in run.cells if cell.talks]
    counts: dict[int, dict[int, Counter[str]]] = {index: {} for index in talks}
    sql = """SELECT d.cell, d.id, t.speaker, count(t.speaker) FROM dialogue d
        LEFT JOIN turn t ON t.dialogue = d.id
        WHERE d.status = 'completed' GROUP BY d.id, t.speaker"""
    for index, dialogue, speaker, turns in run.rows(sql):
        if index in counts:
            counts[index].setdefault(dialogue, Counter())[speaker] = turns
    found: dict[str, dict[str, TurnsOf]] = {}
    for index, dialogues in counts.items():
        for name in run.scenario.speakers if dialogues else ():
            each = [of[name] for of in dialogues.values()]
            about = TurnsOf(min(each), float(median(each)), max(each), each.count(0))
            found.setdefault(run.cells[index].label, {})[name] = about
    return found


def _turns_told(label: str, speakers: Mapping[str, TurnsOf], dialogues: int) -> str:
    counts = (
        f"{name} {of.median:g}" + ("" if of.fewest == of.most else f" ({of.fewest}–{of.most})")
        for name, of in speakers.items()
    )
    silent = [f"{name} in {of.silent:,}" for name, of in speakers.items() if of.silent]
    told = f"; said nothing, of {dialogues:,} dialogues: {', '.join(silent)}" if silent else ""
    return f"{label}: turns of {', '.join(counts)}{told}"


def endings_told(run: RunReader) -> list[str]:
    """Return a line for each cell that is a talk: how its dialogues ended.

    Where three or more speak, a second one says how many turns each had, and who had none.
    """
    turns = turns_of_speakers(run)
    lines = []
    for label, ways in talk_endings(run).items():
        every = sum(way.dialogues for way in ways)
        told = (f"{w.how} {w.dialogues:,} of {every:,} (median turn {w.turns:g})" for w in ways)
        lines.append(f"{label}: {', '.join(told)}")
        if label in turns:
            completed = sum(way.dialogues for way in ways if way.how != FAILED)
            lines.append(_turns_told(label, turns[label], completed))
    return lines


def speaker_lines(run: RunReader) -> SpeakerLines:
    """Count the lines of replies that begin with the name of a speaker, but for given turns."""
    names: dict[int, frozenset[str]] = {}
    for cell in run.cells:
        each = [speaker_names(cell, name, {}) for name in cell.speakers]
        names[cell.index] = frozenset().union(*(n.own | n.roles | n.others for n in each))
    sql = """SELECT d.cell, t.text FROM turn t JOIN dialogue d ON d.id = t.dialogue
        LEFT JOIN given_turn g ON g.dialogue = t.dialogue AND g.position = t.position
        WHERE g.dialogue IS NULL AND (instr(t.text, ':') OR instr(t.text, '：'))"""
    lines = turns = 0
    for index, text in run.rows(sql):
        known = names.get(index, frozenset())
        labels = (plain_name(found[1].strip(" \t*_#[]<>")) for found in _LABEL.finditer(text))
        here = sum(label in known for label in labels)
        lines += here
        turns += here > 0
    sql = f"""SELECT count(*) FROM call
        WHERE (instr(problem, ?) = 1 OR instr(problem, ?) = 1) AND {OF_PLAN}"""  # noqa: S608
    return SpeakerLines(lines, turns, int(next(run.rows(sql, (SOMEBODY_ELSE, TWO_SPEAK)))[0]))


def speaker_lines_told(run: RunReader) -> list[str]:
    """Say where replies hold what others say; nothing where none does."""
    found = speaker_lines(run)
    told = []
    if found.lines:
        told.append(
            f"{found.lines:,} lines in {found.turns:,} turns begin with a speaker's name and a "
            "colon: whoever wrote them may have played several sides"
        )
    if found.refused:
        told.append(f"{found.refused:,} replies in which somebody else speaks, too, were not taken")
    return told


def talks_dict(run: RunReader) -> dict[str, Any]:
    """Return all of it as JSON."""
    turns = {
        label: {name: of._asdict() for name, of in speakers.items()}
        for label, speakers in turns_of_speakers(run).items()
    }
    return {
        "endings": {
            label: [way._asdict() for way in ways] for label, ways in talk_endings(run).items()
        },
        **({"turns": turns} if turns else {}),
        "speaker_lines": speaker_lines(run)._asdict(),
    }
