"""The shards that are given to be put together: whether they belong together, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from simulate.engine.plan import Plan, make_plan
from simulate.engine.resuming import other_run
from simulate.errors import InputError, RunFileError, first_of
from simulate.population import Population
from simulate.runfile import RunReader, open_run
from simulate.runfile.corruption import DAMAGE, damaged
from simulate.runfile.failure_reasons import FAILED_BEFORE
from simulate.runfile.merge import renumbered
from simulate.runfile.meta import populations_of_speakers
from simulate.runfile.place import real_path
from simulate.runfile.shard import Shard
from simulate.runfile.unwritten import UNWRITTEN
from simulate.runfile.wal import NOTE

LARGE = ("scenario", "population", "populations")
"""What shards say of their run in the same words, at length."""


@dataclass(frozen=True, slots=True)
class GivenShard:
    """A shard that was given: its file, which one it is, and what it says of its run."""

    path: Path
    shard: Shard
    meta: Mapping[str, Any]

    @property
    def n(self) -> int:
        """Dialogues per cell of the whole plan."""
        return int(self.meta["n"])

    @property
    def run(self) -> str:
        """The id of its own run."""
        return str(self.meta["run"])


def read_shards(paths: Sequence[Path]) -> list[GivenShard]:
    """Return what is said of shards, in order; each is checked, and all are of one run."""
    found: list[GivenShard] = []
    for path in paths:
        with open_run(path) as file:
            _ = file.scenario  # a file that this version cannot read says so
            if file.shard is None:
                what = "was put together from shards" if "merged" in file.meta else "is a whole run"
                raise RunFileError(
                    f"run file {path} {what}, and no shard: give files that were begun with --shard"
                )
            each = GivenShard(path, file.shard, file.meta)
        first = found[0] if found else each
        if differing := _other(first, each):
            raise RunFileError(
                f"run files {first.path} (there) and {each.path} (here) are of different runs, and "
                f"cannot be put together: another {', '.join(differing)}"
            )
        # What is large is kept once.
        same = {key: first.meta[key] for key in LARGE if key in first.meta}
        found.append(replace(each, meta={**each.meta, **same}))
    found.sort(key=lambda each: each.shard)
    for one, other in pairwise(found):
        if one.shard == other.shard:
            raise InputError(
                f"{one.shard.told} is given twice: {one.path} and {other.path}; leave one of them "
                "out"
            )
    return found


def _other(there: GivenShard, here: GivenShard) -> list[str]:
    found = _other_run(there.path, there.meta, here.meta)
    plans = [(each.meta.get("frozen") or {}).get("sha256") for each in (there, here)]
    if plans[0] != plans[1]:
        said = (f"{sha[:12]}…" if sha else "none" for sha in plans)
        found.append("frozen plan (there {}, here {})".format(*said))
    if there.shard.of != here.shard.of:
        found.append(f"number of shards (there {there.shard.of:,}, here {here.shard.of:,})")
    return found


def _other_run(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    try:
        return other_run(there, here)
    except DAMAGE as error:
        raise damaged(path, error) from error


def check_merged(there: RunReader, given: Sequence[GivenShard]) -> None:
    """Refuse a file that has what these shards have not."""
    path, first = there.path, given[0]
    merged = there.meta.get("merged")
    elsewhere = "choose another file with --out"
    if merged is None:
        raise RunFileError(
            f"run file {path} is there already, and was not put together from shards; {elsewhere}"
        )
    if merged.get("continued"):
        raise RunFileError(
            f"run file {path} was gone on with after it was put together, and has dialogues of its "
            f"own: go on with it (--resume), or {elsewhere}"
        )
    found = _other_run(path, there.meta, first.meta)
    if merged["of"] != first.shard.of:
        found.append(f"number of shards (there {merged['of']:,}, here {first.shard.of:,})")
    if found:
        raise RunFileError(
            f"run file {path} was put together from shards of another run: another "
            f"{', '.join(found)}; {elsewhere}"
        )
    indices = {str(each.shard.index) for each in given}
    if lacking := sorted((i for i in merged["shards"] if i not in indices), key=int):
        raise RunFileError(
            f"run file {path} has shards that are not given: {first_of(lacking)} of "
            f"{merged['of']:,}; give them too, or {elsewhere}"
        )
    for each in given:
        if merged["shards"].get(str(each.shard.index), each.run) != each.run:
            raise RunFileError(
                f"run file {path} has {each.shard.told} from another file than {each.path}, which "
                f"was begun anew; give that one, or {elsewhere}"
            )
    if (n := max(each.n for each in given)) < (there.n or 0):
        raise RunFileError(
            f"run file {path} has n {there.n:,}, and the shards {n:,}; give the shards that it was "
            f"put together from, or {elsewhere}"
        )


def meta_of(given: Sequence[GivenShard], run: str) -> dict[str, Any]:
    """Return what is said of the run as a whole, where shards may say different things."""
    largest = max(given, key=lambda each: each.n)
    meta: dict[str, Any] = dict(largest.meta)
    for each in given:
        for key, value in each.meta.items():
            meta.setdefault(key, value)
    for key in ("shard", NOTE, UNWRITTEN):  # the whole plan gets into the file
        meta.pop(key, None)
    meta["run"] = run
    meta["created"] = min(each.meta.get("created", "") for each in given)
    meta["merged"] = {
        "of": largest.shard.of,
        "shards": {str(each.shard.index): each.run for each in given},
    }
    if any(FAILED_BEFORE in each.meta for each in given):
        meta[FAILED_BEFORE] = [
            [renumbered(dialogue, each.shard), *why]
            for each in given
            for dialogue, *why in each.meta.get(FAILED_BEFORE, ())
        ]
    if "explored" in meta:
        meta["explored"] = {k: v for e in given for k, v in e.meta.get("explored", {}).items()}
    if "budget" in meta:
        budgets = [each.meta.get("budget") or {} for each in given]
        meta["budget"] = {what: _sum([b.get(what) for b in budgets]) for what in ("usd", "tokens")}
    if "shared" in meta:
        shared = [each.meta["shared"] for each in given if "shared" in each.meta]
        meta["shared"] = {
            "reason": "; ".join(dict.fromkeys(each["reason"] for each in shared)),
            "data": list(dict.fromkeys(what for each in shared for what in each["data"])),
            "endpoints": list(dict.fromkeys(to for each in shared for to in each["endpoints"])),
        }
    if "authorised" in meta:
        said = [each.meta["authorised"] for each in given if "authorised" in each.meta]
        meta["authorised"] = {
            "text": "; ".join(dict.fromkeys(each["text"] for each in said)),
            "targets": list(dict.fromkeys(to for each in said for to in each["targets"])),
        }
    return meta


def _sum(limits: Sequence[float | None]) -> float | None:
    """Return what shards may spend together; None where one of them has no limit."""
    known = [each for each in limits if each is not None]
    return sum(known) if len(known) == len(limits) else None


def whole_plan(file: RunReader) -> Plan:
    """Return the whole plan of a shard."""
    meta = file.meta
    people, own = meta.get("population"), meta.get("populations") or {}
    population = Population.stored(people) if people else None
    others = {
        name: Population.stored(own[name]) if name in own else population
        for name in populations_of_speakers(meta)
    }
    given = {name: each for name, each in others.items() if each is not None}
    return make_plan(file.scenario, population, int(meta["n"]), file.seed, given)


def refuse_twice(paths: Sequence[Path]) -> None:
    """Refuse a file that is given twice, by whatever name; the last is the one that is written."""
    seen: dict[Path, Path] = {}
    for path in paths:
        file = real_path(path)
        if file in seen and path is paths[-1]:
            raise InputError(f"--out {path} is one of the shards: choose another file")
        if file in seen:
            raise InputError(f"run file {path} is given twice; leave it out once")
        seen[file] = path
