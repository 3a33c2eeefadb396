"""How a plan is cut into shards: whose dialogues are in which.

Of the people who meet the same cells, in the order of the plan, the first is in the first shard,
the second in the second, and so on, round and round. So each shard is a small study of the same
design: it has the same share of every cell, whoever is in it is in it with all dialogues (common
random numbers stay within it), and whom a larger n adds changes nothing for those before.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from pathlib import Path

from simulate.engine.plan import Plan
from simulate.errors import InputError, RunFileError
from simulate.runfile import open_run
from simulate.runfile.shard import Shard


def people_of(plan: Plan, shard: Shard) -> Set[str]:
    """Return the ids of the personas of a shard.

    Args:
        plan: the whole plan.
        shard: which of its parts.

    Raises:
        InputError: the plan has too few people for so many shards.
    """
    groups = () if plan.assignment is None else plan.assignment.groups.values()
    found = {each.persona.id for group in groups for each in group[shard.index - 1 :: shard.of]}
    if not found:
        most = max(map(len, groups), default=0)
        raise InputError(
            f"shard {shard}: nobody is in it, for the {most:,} people who meet the same "
            f"cells make {most:,} shards at most; take fewer shards, or a larger n"
        )
    return found


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
    own = people_of(plan, shard)
    there = [(place, each) for place, each in enumerate(plan.personas) if each.id in own]
    return replace(
        plan,
        shard=shard,
        personas=tuple(each for _, each in there),
        places=tuple(place for place, _ in there),
        dialogues=tuple(each for each in plan.dialogues if each.persona in own),
    )


def shard_on_file(path: str | Path, shard: str | Shard | None) -> Shard | None:
    """Return which shard a run file that goes on is; None for a whole plan.

    Raises:
        InputError: what is given names no shard.
        RunFileError: it is another one than is given.
    """
    with open_run(path) as file:
        there = file.shard
    if shard is not None and (given := Shard.read(shard)) != there:
        told = "a whole plan" if there is None else there.told
        raise RunFileError(
            f"run file {path} was begun as {told}, and cannot go on as {given.told}; leave --shard "
            "out, or choose another file with --out"
        )
    return there
