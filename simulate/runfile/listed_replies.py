"""What dialogues list at a turn, and said last: a few rows of some dialogues, read quickly."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.json_columns import draw_from, load_value
from simulate.runfile.query import Queryable
from simulate.scenario import DOES_NOT_APPLY, OutcomeScalar


class Listed(NamedTuple):
    """A reply that a dialogue lists at a turn.

    Attributes:
        dialogue: its place in the plan.
        text: of the reply; empty where the speaker would leave without a word.
        weight: in the dialogue; those of a dialogue sum to 1.
        drawn: whether it was said.
    """

    dialogue: int
    text: str
    weight: float
    drawn: bool


@damage_told
def dialogues_by_key(
    run: Queryable, cells: Collection[int], turns: int = 0, *, completed: bool = False
) -> list[int]:
    """Return the dialogues of cells that did not fail, in the order of their keys.

    A key is a hash of what the dialogue is, known before it runs: the first of them are a sample by
    identity, the same whenever it is taken and in whatever order they were played.

    Args:
        run: the run file.
        cells: their indexes.
        turns: that they have at least.
        completed: whether those that go on are left out.
    """
    statuses = "('completed')" if completed else "('completed', 'running')"
    sql = f"""SELECT id FROM dialogue WHERE cell IN ({", ".join(map(str, cells))})
        AND status IN {statuses} AND turns >= ? ORDER BY key"""  # noqa: S608
    return [row[0] for row in run.rows(sql, (turns,))]


@damage_told
def asked_turns(run: Queryable, dialogue: int) -> Iterator[tuple[int, str]]:
    """Yield index and speaker of the turns of a dialogue that were not given."""
    sql = """SELECT position, speaker FROM turn t WHERE dialogue = ? AND NOT EXISTS (
        SELECT 1 FROM given_turn g WHERE (g.dialogue, g.position) = (t.dialogue, t.position))"""
    yield from run.rows(sql, (dialogue,))


@damage_told
def listed_replies(run: Queryable, dialogue: int, position: int, speaker: str) -> Iterator[Listed]:
    """Yield what a dialogue lists at a turn of a speaker; where nothing was drawn, what was said.

    Weights are those of the reply's own draw: given the act, or the part of a mixture, that was
    drawn before it.
    """
    sql = """SELECT text, candidates, chosen, parse FROM turn
        WHERE dialogue = ? AND position = ? AND speaker = ?"""
    for text, candidates, chosen, parse in run.rows(sql, (dialogue, position, speaker)):
        if candidates is None:
            yield Listed(dialogue, text, 1.0, drawn=True)
            continue
        with reading("turn", dialogue=dialogue, position=position):
            draw = draw_from("reply", candidates, chosen, 0.0, parse=parse, text=text)
        weights = draw.distribution.weights.tolist()
        for place, candidate in enumerate(draw.distribution.candidates):
            yield Listed(dialogue, candidate.text, weights[place], drawn=place == draw.chosen)


@damage_told
def last_words(run: Queryable, dialogue: int, speakers: Collection[str]) -> tuple[int, str] | None:
    """Return index and text of the last turn of some speakers with a word; None without one."""
    sql = "SELECT position, speaker, text FROM turn WHERE dialogue = ? ORDER BY position DESC"
    for position, speaker, text in run.rows(sql, (dialogue,)):
        if speaker in speakers and text:
            return position, text
    return None


@damage_told
def drawn_value(run: Queryable, dialogue: int, outcome: str) -> OutcomeScalar | None:
    """Return the value of an outcome; None where it is missing, or does not apply."""
    sql = "SELECT value FROM outcome WHERE dialogue = ? AND name = ? AND value IS NOT NULL"
    for (text,) in run.rows(sql, (dialogue, outcome)):
        with reading("outcome", dialogue=dialogue, name=outcome):
            value = load_value(text)
        return None if value == DOES_NOT_APPLY else value
    return None
