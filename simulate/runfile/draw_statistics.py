"""The draws of a cell: entropy turn by turn, and how often what was stated was drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from simulate.runfile.branches import OF_PLAN
from simulate.runfile.column_rules import MEAN_ENTROPY, TURN_ENTROPY, check_row
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.json_columns import draw_from
from simulate.runfile.reader import RunReader

_OF_CELLS = "cell IN (SELECT value FROM json_each(?))"
BINS = 10
MOST_TURNS = 20_000
LOGPROB = "logprob"
MOST_LOST = 0.5
"""Below it, most of a model's probability is not on what was listed."""


class EntropyAt(NamedTuple):
    """Mean entropy of the distributions at one turn.

    Attributes:
        position: the turn index, from 0.
        mean: in nats.
        turns: how many distributions it is the mean of.
    """

    position: int
    mean: float
    turns: int


class TurnEntropy(NamedTuple):
    """Entropy of one turn that was drawn from a distribution.

    Attributes:
        dialogue: its place in the plan.
        cell: the cell's index.
        persona: the persona's id.
        speaker: whose turn it is.
        entropy: in nats; candidates of the same text are one.
    """

    dialogue: int
    cell: int
    persona: str
    speaker: str
    entropy: float


class StatedBin(NamedTuple):
    """Candidates whose stated probability lies in one bin.

    Attributes:
        low: lower end of the bin; the upper one is `high`.
        high: the last bin holds its upper end, and what is stated above 1.
        stated: mean stated probability.
        weight: mean weight.
        drawn: share of them that was drawn.
        candidates: how many.
    """

    low: float
    high: float
    stated: float
    weight: float
    drawn: float
    candidates: int


class StatedBins(NamedTuple):
    """Stated probabilities against draws.

    Attributes:
        bins: those that hold candidates, from low to high.
        read: how many turns they are of.
        turns: how many turns of the cell were drawn from a distribution.
    """

    bins: tuple[StatedBin, ...]
    read: int
    turns: int


class TailCandidates(NamedTuple):
    """Candidates that were asked for from the tail of what is plausible.

    Attributes:
        stated: how many have a stated probability.
        above: how many of them are stated at or above the threshold: not from the tail.
    """

    stated: int
    above: int


def tail_candidates(run: RunReader) -> TailCandidates:
    """Count the candidates that were asked for from the tail, by speaker or by method."""
    speakers = [speaker for cell in run.cells for speaker in cell.speakers.values()]
    if all(s.tail is None and all(m.below is None for m in s.method.asking) for s in speakers):
        return TailCandidates(0, 0)
    stated = above = 0
    for turn in (turn for dialogue in run.read() for turn in dialogue.turns):
        if turn.threshold is not None:
            asked = [c for draw in turn.chain for c in draw.distribution.candidates]
            stated += sum(c.probability is not None for c in asked)
            above += sum(c.is_above(turn.threshold) for c in asked)
    return TailCandidates(stated, above)


def tail_told(run: RunReader) -> list[str]:
    """Say how many candidates are not from the tail that was asked for; nothing where all are."""
    found = tail_candidates(run)
    if not found.above:
        return []
    return [
        f"{found.above:,} of {found.stated:,} candidates ({found.above / found.stated:.0%}) that "
        "were asked for from the tail are stated at or above its threshold: they are kept, and "
        "marked"
    ]


def probability_lost(run: RunReader, outcome: str) -> dict[int, tuple[str]]:
    """Say, by cell, where most of a model's probability was on no answer that `logprob` listed.

    What is left is then normalised, and says little of what the model would have answered.
    """
    declared = run.scenario.outcomes[outcome]
    if declared.asked is None:
        return {}
    methods = [cell.method_of(declared) for cell in run.cells]
    if not any(each.name == LOGPROB for method in methods for each in method.asking):
        return {}
    kept: dict[int, list[float]] = {}
    for row in run.outcome_rows(outcome):
        found = row.measured if row.excluded is None else None
        if found is None or found.draw is None or found.draw.distribution.mass is None:
            continue
        if methods[row.cell].drawn(found.picks).name == LOGPROB:
            kept.setdefault(row.cell, []).append(found.draw.distribution.mass)
    return {
        cell: (
            f"logprob: in {sum(mass < MOST_LOST for mass in each):,} of {len(each):,} answers most "
            "of the model's probability is on no listed answer (on listed ones: "
            f"{median(each):.2f}, median), and what is on them counts as all of it",
        )
        for cell, each in kept.items()
        if min(each) < MOST_LOST
    }


@damage_told
def mean_entropies(run: RunReader, *cells: int) -> tuple[EntropyAt, ...]:
    """Return the mean entropy at each turn of some cells that is drawn from a distribution."""
    sql = f"""SELECT t.position, avg(t.entropy), count(*) FROM turn t
        JOIN dialogue d ON d.id = t.dialogue
        WHERE d.{_OF_CELLS} AND t.entropy IS NOT NULL
        GROUP BY t.position ORDER BY t.position"""  # noqa: S608
    found = tuple(EntropyAt(*row) for row in run.rows(sql, (json.dumps(cells),)))
    for at in found:
        with reading("turn", position=at.position):
            check_row(MEAN_ENTROPY, at)
    return found


@damage_told
def turn_entropies(run: RunReader) -> Iterator[TurnEntropy]:
    """Iterate over the drawn turns of all completed dialogues, in their order.

    Turns that were asked for from the tail are left out: theirs are of another question. So are
    those of a part of a mixture that gives one reply: but for the part, nothing was drawn.
    """
    sql = """SELECT d.id, d.cell, d.persona, t.speaker, t.entropy,
            CASE WHEN (SELECT count(*) > count(DISTINCT coalesce(c.value ->> 0, t.text))
                FROM json_each(t.candidates) c) THEN t.candidates END, t.chosen, t.text
        FROM dialogue d JOIN turn t ON t.dialogue = d.id
        LEFT JOIN tail_turn f ON f.dialogue = t.dialogue AND f.position = t.position
        WHERE d.status = 'completed' AND t.entropy IS NOT NULL AND f.below IS NULL
            AND NOT (json_array_length(t.candidates) = 1 AND 'part' = (
                SELECT group_concat(w.what) FROM draw w WHERE w.dialogue = t.dialogue
                AND w.turn = t.position AND w.what NOT IN ('tail', 'reply')))
        ORDER BY t.dialogue, t.position"""
    for *parts, alike, chosen, text in run.rows(sql):
        turn = TurnEntropy._make(parts)
        with reading("turn", dialogue=turn.dialogue):
            check_row(TURN_ENTROPY, turn)
        if alike is not None:
            drawn_from = draw_from("reply", alike, chosen, 0.0, text=text).distribution
            less = drawn_from.entropy() - drawn_from.merged().entropy()
            turn = turn._replace(entropy=max(0.0, turn.entropy - less))
        yield turn


@damage_told
def stated_bins(run: RunReader, *cells: int, most: int = MOST_TURNS) -> StatedBins:
    """Return how often candidates of a stated probability were drawn in some cells.

    Of a large run only every n-th dialogue is read, about `most` turns in all.
    """
    sql = f"SELECT coalesce(sum(distributions), 0) FROM dialogue WHERE {_OF_CELLS}"  # noqa: S608
    asked = json.dumps(cells)
    turns = int(next(run.rows(sql, (asked,)))[0])
    every = max(1, -(-turns // most))
    of = len(run.cells)
    sql = f"""SELECT min(CAST(c.value ->> 1 AS REAL) * {BINS}, {BINS - 1}) AS bin,
            avg(c.value ->> 1), avg(c.value ->> 2), avg(c.key = t.chosen), count(*)
        FROM dialogue d JOIN turn t ON t.dialogue = d.id, json_each(t.candidates) c
        WHERE d.{_OF_CELLS} AND (d.id / ?) % ? = 0 AND t.candidates IS NOT NULL
            AND c.value ->> 1 IS NOT NULL
        GROUP BY CAST(bin AS INTEGER) ORDER BY bin"""  # noqa: S608
    found = []
    for low, *measured in run.rows(sql, (asked, of, every)):
        at = int(low)
        found.append(StatedBin(at / BINS, (at + 1) / BINS, *measured))
    sql = f"""SELECT coalesce(sum(distributions), 0) FROM dialogue
        WHERE {_OF_CELLS} AND (id / ?) % ? = 0"""  # noqa: S608
    read = int(next(run.rows(sql, (asked, of, every)))[0])
    return StatedBins(tuple(found), read, turns)


def widest_turn(run: RunReader) -> tuple[int, int] | None:
    """Return dialogue and index of the first turn that was drawn with the highest entropy.

    None where no turn was drawn from a distribution.
    """
    sql = f"""SELECT dialogue, position FROM turn WHERE candidates IS NOT NULL AND {OF_PLAN}
        ORDER BY entropy DESC, dialogue, position LIMIT 1"""  # noqa: S608
    return next(((dialogue, position) for dialogue, position in run.rows(sql)), None)
