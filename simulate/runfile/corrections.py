"""What was not taken as it came: requests sent again, texts not usable, answers repaired.

`troubles` says what each of these words counts, and lists where.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from simulate.runfile.branches import OF_PLAN
from simulate.runfile.query import Queryable

LONGEST = 300
"""Characters of a problem that are looked at."""
_QUOTED = re.compile("“[^”]*(?:”|$)")
_NUMBER = re.compile(r"\d[\d.,]*")


class Corrections(NamedTuple):
    """What was corrected in a run, and why.

    Attributes:
        calls: model calls on file.
        sent_again: how often a request was sent once more until it was answered, by endpoints that
            were busy or out of reach.
        asked_again: calls for something that had been asked for before, in vain.
        unusable: why texts could not be used, without what they quote, to the number of calls; the
            most frequent first.
        cut_off: calls whose text ended at the limit of its length.
        turns: turns whose text was read from an answer in some form, and how many of them needed
            a repair.
        outcomes: likewise of outcomes.
    """

    calls: int
    sent_again: int
    asked_again: int
    unusable: dict[str, int]
    cut_off: int
    turns: tuple[int, int]
    outcomes: tuple[int, int]


def corrections(run: Queryable) -> Corrections:
    """Count what was corrected in a run."""
    sql = f"""SELECT count(*), coalesce(sum(tries - 1), 0), coalesce(sum(attempt > 0), 0),
        coalesce(sum(finish = 'length'), 0) FROM call WHERE {OF_PLAN}"""  # noqa: S608
    calls, sent_again, asked_again, cut_off = next(run.rows(sql))
    reasons: Counter[str] = Counter()
    sql = f"""SELECT problem, count(*) FROM call WHERE problem IS NOT NULL AND {OF_PLAN}
        GROUP BY problem"""  # noqa: S608
    for problem, count in run.rows(sql):
        reasons[without_quotes(str(problem))] += count
    read = f"""SELECT count(*), coalesce(sum(parse = 'repaired'), 0) FROM {{}}
        WHERE parse IS NOT NULL AND {OF_PLAN}"""  # noqa: S608
    turns, outcomes = (next(run.rows(read.format(name))) for name in ("turn", "outcome"))
    unusable = dict(sorted(reasons.items(), key=lambda each: (-each[1], each[0])))
    return Corrections(calls, sent_again, asked_again, unusable, cut_off, turns, outcomes)


def without_quotes(problem: str) -> str:
    """Return a problem without what it quotes, and without its numbers: what kind it is of."""
    return _NUMBER.sub("…", _QUOTED.sub("“…”", problem[:LONGEST]))
