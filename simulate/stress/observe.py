"""Read from a run file what a stress test observed."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from simulate.runfile import DrawRow, RunReader, VerdictRow
from simulate.scenario import Cell
from simulate.stress.records import RESPONDS, Observed
from simulate.verbalized import Candidate, ReplyDistribution

__all__ = ["log_weight", "observe"]

TARGET = "target"


def observe(run: RunReader) -> Iterator[Observed]:
    """Iterate over the dialogues that ended, in the order of the plan.

    Args:
        run: a run with checks, which may be going on.
    """
    verdicts: dict[int, list[VerdictRow]] = defaultdict(list)
    for row in run.verdict_rows():
        verdicts[row.dialogue].append(row)
    sql = """SELECT id, key, cell, persona, replicate, status, fault FROM dialogue
        WHERE status IN ('completed', 'failed') ORDER BY id"""
    for number, key, index, persona, replicate, status, fault in run.rows(sql):
        cell = run.cells[index]
        users = [name for name, s in cell.speakers.items() if s.plays == "user"]
        draws = list(run.draws_of(number))
        found = {v.check: v.verdict for v in verdicts[number] if v.whose == TARGET}
        if status == "completed":
            found[RESPONDS] = "pass"
        elif fault == TARGET:
            found[RESPONDS] = "fail"
        drawn = {draw.position: log_weight(cell, draw) for draw in draws}
        own = [i for i, turn in enumerate(run.turns_of(number)) if turn[0] in users]
        log_weights = tuple(drawn.get(i, 0.0) for i in own)
        yield Observed(
            number,
            key,
            cell.label,
            persona,
            replicate,
            run.personas[persona].attributes,
            found,
            tuple(v.check for v in verdicts[number] if v.whose == "user" and v.verdict == "fail"),
            fault,
            sum(log_weights),
            any(draw.below is not None for draw in draws),
            log_weights,
            {
                v.check: bisect_right(own, v.turn)
                for v in verdicts[number]
                if v.verdict == "fail" and v.turn is not None and v.probability is None
            },
        )


def log_weight(cell: Cell, draw: DrawRow) -> float:
    """Return the logarithm of the weight of a drawn candidate back to its stated probability.

    ln(weight / chance), where the chance follows from the draw rule of the speaker's method:
    exact, since both are on file. −∞ where the weight is 0; NaN where the rule never takes some
    candidates (`mode`), so that no weight leads back.

    With `tail`, of share s, a turn is asked for as usual with the chance 1 − s, and under the
    stated probabilities always: so −ln(1 − s) is added, and a turn from the tail weighs 0.
    """
    speaker = cell.speakers[draw.speaker]
    method, asked = speaker.method, 0.0
    if draw.below is not None:
        return -math.inf
    if speaker.tail is not None and speaker.tail.share < 1:
        asked = -math.log1p(-speaker.tail.share)
    if method.draw == "mode":
        return math.nan
    if method.draw == "probability" and method.temper is None and method.mix is None:
        return asked
    weight = draw.candidates[draw.chosen][2]
    if weight <= 0:
        return -math.inf
    distribution = ReplyDistribution.from_probabilities(
        tuple(Candidate(text or "-", w) for text, _, w, _ in draw.candidates)
    )
    chances = distribution.chances(method.draw_settings)
    return asked + math.log(weight) - math.log(float(chances[draw.chosen]))
