"""How a plan is cut into shards: whose dialogues are in which.

Of the people who meet the same cells, in the order of the plan, the first is in the first shard,
the second in the second, and so on, round and round. So each shard is a small study of the same
design: it has the same share of every cell, whoever is in it is in it with all dialogues (common
random numbers stay within it), and whom a larger n adds changes nothing for those before.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulate.engine.computed_sequence import Chosen
from simulate.engine.plan import Plan
from simulate.errors import InputError, RunFileError
from simulate.runfile import RunReader
from simulate.runfile.shard import Shard


def places_of(plan: Plan, shard: Shard) -> NDArray[np.int64]:
    """Return the places of the personas of a shard in the plan, increasing.

    Args:
        plan: the whole plan.
        shard: which of its parts.

    Raises:
        InputError: the plan has too few people for so many shards.
    """
    groups = () if plan.assignment is None else plan.assignment.groups.values()
    found = [place for each in groups for place in each.places[shard.index - 1 :: shard.of]]
    if not found:
        most = max(map(len, groups), default=0)
        raise InputError(
            f"shard {shard}: nobody is in it, for the {most:,} people who meet the same "
            f"cells make {most:,} shards at most; take fewer shards, or a larger n"
        )
    return np.unique(np.array(found, np.int64))


def part_of(plan: Plan, shard: Shard) -> Plan:
    """Return what a shard plays of a plan.

    Its dialogues keep their numbers, and its people their places, of the whole plan; n is that of
    the whole plan, too.

    Args:
        plan: the whole plan.
        shard: which of its parts.

    Raises:
        InputError: the plan has too few people for so many shards.
    """
    own = places_of(plan, shard)
    played = np.flatnonzero(np.isin(plan.dialogues.people, own))
    return replace(
        plan,
        shard=shard,
        personas=Chosen(plan.personas, own.tolist()),
        places=own.tolist(),
        dialogues=plan.dialogues.only(played),
    )


def shard_on_file(file: RunReader, shard: str | Shard | None) -> Shard | None:
    """Return which shard a run file that goes on is; None for a whole plan.

    Raises:
        InputError: what is given names no shard.
        RunFileError: it is another one than is given.
    """
    there = file.shard
    if shard is not None and (given := Shard.read(shard)) != there:
        told = "a whole plan" if there is None else there.told
        raise RunFileError(
            f"run file {file.path} was begun as {told}, and cannot go on as {given.told}; leave "
            "--shard out, or choose another file with --out"
        )
    return there
