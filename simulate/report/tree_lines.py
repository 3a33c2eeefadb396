"""The tree of a dialogue in lines: a trunk of what happened, and at each turn what could have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal, NamedTuple

from simulate.comparison.dialogue_tree import DialogueTree, Played, TreeCandidate, TreeTurn
from simulate.statistics.turn_effects import TurnEffects
from simulate.terminal.numbers import ends, number, probability, signed
from simulate.terminal.safe_text import beginning, counted, line

Kind = Literal["turn", "said", "asked", "candidate", "drawn", "played", "end"]
Wrap = Callable[[str, int], list[str]]
ENDS = "⏹"
ENDED = f"{ENDS} ended it"


class TreeLine(NamedTuple):
    """A line of the tree, safe to draw.

    Attributes:
        kind: what it shows.
        guide: the lines of the tree to its left.
        text: what it says.
        turn: the turn that it is of; None at the end.
        candidate: the candidate that it is of; None elsewhere.
    """

    kind: Kind
    guide: str
    text: str
    turn: int | None = None
    candidate: int | None = None


def tree_lines(tree: DialogueTree, width: int, wrap: Wrap) -> list[TreeLine]:
    """Return the tree in lines of at most `width` cells, as far as a guide leaves room.

    Args:
        tree: of one dialogue.
        width: in cells.
        wrap: breaks a text into lines of at most so many cells.
    """

    def laid(kind: Kind, first: str, guide: str, text: str, *at: int) -> Iterator[TreeLine]:
        for place, part in enumerate(wrap(text, max(width - len(first), 2))):
            yield TreeLine(kind, guide if place else first, part, *at)

    def listed(candidates: Sequence[TreeCandidate], turn: TreeTurn | None) -> Iterator[TreeLine]:
        indent = " " * 3
        for each in candidates:
            last = each is candidates[-1]
            first, rest = ("┃ ╰", "┃   ") if last else ("┃ ├", "┃ │ ")
            where = () if turn is None else (turn.index, each.index)
            said = beginning(each.text if turn is None or not each.drawn else turn.text)
            kind: Kind = "drawn" if each.drawn else "candidate"
            mark = "▶" if each.drawn else "─"
            text = _candidate(each, said)
            yield from laid(kind, f"{first}{mark} ", rest + indent, text, *where)
            if each.played is not None:
                told = _played(each.played, tree)
                yield from laid("played", f"{rest}  ↳ ", rest + indent, told, *where)

    found: list[TreeLine] = []
    for turn in tree.turns:
        decided = tree.decided and tree.decisive is not None and tree.decisive[0] is turn
        found += laid("turn", "┣ ", "┃ ", _heading(tree, turn, decided), turn.index)
        if not turn.candidates:
            text = beginning(turn.text) + (f" {ENDED}" if turn.ends else "")
            found += laid("said", "┃   ", "┃   ", text, turn.index)
        found += listed(turn.candidates, turn)
    for answer in tree.answers:
        parts = [f"{line(answer.outcome)} was asked for", *_before(answer.before)]
        parts.append(f"{counted(len(answer.candidates), 'answer')} listed")
        found += laid("asked", "┣ ", "┃ ", " · ".join(parts))
        found += listed(answer.candidates, None)
    return [*found, *laid("end", _ending(tree), "  ", _end(tree))]


def _heading(tree: DialogueTree, turn: TreeTurn, decided: bool) -> str:
    parts = [f"{turn.index} {line(turn.speaker)}"]
    if turn.given:
        parts.append("given, not drawn")
    parts += _before(turn.before)
    if turn.tail:
        parts.append("tail")
    if turn.candidates and not turn.given:
        parts.append(f"{counted(len(turn.candidates), 'reply')} listed")
    if (of := turn.found) is not None:
        unit = f" {tree.unit}" if tree.unit else ""
        parts.append(f"leverage {leverage_text(of, f'{unit}²' if unit else '')}")
        parts.append(f"surprise {signed(of.surprise)}{unit}")
    if decided:
        parts.append("◆ decided most")
    return " · ".join(parts)


def _before(drawn: Sequence[tuple[str, str, float]]) -> list[str]:
    return [f"{line(what)}: {line(text)} ({probability(w)})" for what, text, w in drawn]


def leverage_text(of: TurnEffects, unit: str = "") -> str:
    """Return the leverage of a turn with its interval; the unit, squared, begins with a space."""
    four = partial(number, digits=4)
    return f"{four(of.leverage)}{unit}{ends(of.leverage_interval, four)}"


def _candidate(each: TreeCandidate, said: str) -> str:
    told = f"{each.index}  {probability(each.weight)}"
    if each.stated is not None and abs(each.stated - each.weight) > 0.0005:
        told += f" (stated {probability(each.stated)})"
    if abs(each.chance - each.weight) > 0.0005:
        told += f" (chance {probability(each.chance)})"
    stop = ""
    if each.ends:
        stop = f" {ENDED}" if each.drawn else f" {ENDS} would have ended it"
    return f"{told}  {line(said)}{stop}"


def _played(played: Played, tree: DialogueTree) -> str:
    told = f"{counted(len(played.ids), 'branch')} played"
    if played.failed:
        told += f", {played.failed:,} failed"
    if left := len(played.ids) - played.completed - played.failed:
        told += f", {left:,} unfinished"
    if 0 < played.values < played.completed:
        told += f", {played.values:,} after the pilot"
    if played.mean is not None:
        unit = f" {tree.unit}" if tree.unit else ""
        told += f": {line(tree.outcome or '')} {number(played.mean)}{unit} on average"
        if played.values > 1:
            told += f", from {number(played.low)} to {number(played.high)}"
    return told


def _ending(tree: DialogueTree) -> str:
    return f"{ENDS} " if tree.turns and tree.turns[-1].ends else "■ "


def _end(tree: DialogueTree) -> str:
    last = tree.turns[-1] if tree.turns else None
    if last is not None and last.ends:
        how = f"ended by {line(last.speaker)} at turn {last.index}"
    elif tree.status == "completed":
        how = "no turn was left"
    else:
        how = tree.status
    told = [how, *(f"{line(name)}: {line(value)}" for name, value in tree.outcomes)]
    return " · ".join(told)
