"""What some calls have taken, counted once for the run file and for whoever watches the run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simulate.models import Usage
from simulate.runfile.dialogue import Call


class Spending(NamedTuple):
    """What calls took together; those that another dialogue made and paid are left out.

    Attributes:
        made: how many were made.
        answered: to how many a reply came.
        paid: how many the model answered, be it in vain.
        usage: tokens that these took.
        cost_usd: what these cost; None where one is unknown.
        retries: how often a request had to be sent again.
        problems: replies that could not be used.
    """

    made: int
    answered: int
    paid: int
    usage: Usage
    cost_usd: float | None
    retries: int
    problems: int


NO_USAGE = Usage()


def spending_of(calls: Iterable[Call]) -> Spending:
    """Return what some calls took together."""
    made = answered = paid = retries = problems = 0
    usage, cost_usd = NO_USAGE, 0.0
    known = True
    for call in calls:
        if call.taken:
            continue
        made += 1
        reply = call.reply
        answered += reply is not None
        retries += call.attempts - 1
        problems += call.problem is not None
        if reply is None and call.paid == NO_USAGE:
            continue
        took = call.usage
        usage = took if not paid else usage + took
        paid += 1
        cost = call.cost_usd
        known = known and cost is not None
        cost_usd += cost or 0.0
    return Spending(made, answered, paid, usage, cost_usd if known else None, retries, problems)
