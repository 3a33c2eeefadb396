"""Shards that are put together are the run that was played as a whole."""

import json
import sqlite3
import time
from pathlib import Path
from shutil import copyfile

import pytest

from simulate.engine.branching import BranchResult, branch_sync
from simulate.engine.merging import merge
from simulate.engine.shards_together import together
from simulate.errors import EndpointError
from simulate.models import ScriptedModel
from simulate.runfile import open_run
from tests.engine.sharded import answers, jsonl, study

NOT_COMPARED = {"meta", "answered_by", "started", "finished", "latency_s"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    study(path)
    return path


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shards")
    paths = [folder / f"{i}.db" for i in (1, 2)]
    for i, path in enumerate(paths, start=1):
        study(path, f"{i}/2")
    return paths


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of a run file, but for when, by which call, and what is said of the run."""
    connection = sqlite3.connect(path)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {}
        for name in {name for (name,) in names} - NOT_COMPARED:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            kept = [c for c in columns if c not in NOT_COMPARED and (name, c) != ("call", "id")]
            sql = f"SELECT {', '.join(kept)} FROM {name}"  # noqa: S608
            found[name] = sorted(connection.execute(sql).fetchall(), key=repr)
        return found
    finally:
        connection.close()


def test_shards_put_together_are_the_run_of_one_process(
    tmp_path: Path, whole: Path, shards: list[Path]
) -> None:
    found = merge(shards[::-1], tmp_path / "all.db")
    assert jsonl(found.path) == jsonl(whole)
    assert tables(found.path) == tables(whole)
    assert (found.shards, found.missing, found.live) == ((1, 2), (), ())
    assert found.completed + found.failed == found.taken == 24
    assert found.failed > 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.db"]
    with found.open() as merged, open_run(whole) as one:
        assert merged.shard is None
        assert (merged.n, merged.totals()[:9]) == (one.n, one.totals()[:9])


def test_a_merge_that_is_repeated_takes_what_has_changed_and_nothing_else(
    tmp_path: Path, whole: Path
) -> None:
    paths, out = [tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "all.db"
    study(paths[0], "1/2")
    with pytest.raises(EndpointError):
        study(paths[1], "2/2", gone=9, concurrency=1)
    first = merge(paths, out)
    assert 0 < first.left < 8
    assert merge(paths, out).taken <= 1  # the dialogue that was under way
    study(paths[1], resume=True)
    again = merge(paths, out)
    assert (again.taken, again.left) == (first.left, 0)
    assert (jsonl(out), tables(out)) == (jsonl(whole), tables(whole))
    assert merge(paths, out).taken == 0


def test_shards_that_have_grown_are_the_larger_run_and_some_that_have_not_are_filled_up(
    tmp_path: Path, shards: list[Path]
) -> None:
    study(tmp_path / "larger.db", n=10)
    study(tmp_path / "1.db", "1/2", n=10)
    some = merge([tmp_path / "1.db", shards[1]], tmp_path / "some.db")
    assert (some.missing, some.left) == ((), 8)
    assert study(some.path, resume=True, n=10).left == 0
    assert jsonl(some.path) == jsonl(tmp_path / "larger.db")
    study(tmp_path / "2.db", "2/2", n=6)
    paths, out = [tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "all.db"
    assert merge(paths, out).left == 8
    study(tmp_path / "2.db", resume=True, n=10)
    assert merge(paths, out).taken == 8
    assert tables(out) == tables(tmp_path / "larger.db")
    with open_run(out) as merged, open_run(tmp_path / "larger.db") as larger:
        assert merged.places() == larger.places()
        assert merged.meta["assignment"] == larger.meta["assignment"]


def test_what_is_missing_is_planned_and_is_played_where_the_file_is_resumed(
    tmp_path: Path, whole: Path, shards: list[Path]
) -> None:
    found = merge(shards[:1], tmp_path / "all.db")
    assert (found.missing, found.left) == ((2,), 8)
    assert study(found.path, resume=True).left == 0
    assert jsonl(found.path) == jsonl(whole)
    of_merged, of_whole = tables(found.path), tables(whole)
    for name in of_whole:
        assert (name, of_merged[name]) == (name, of_whole[name])


def branched(path: Path, parent: str, n: int, turn: int = 1) -> BranchResult:
    """Return branches of a dialogue, by a candidate that was not drawn."""
    with open_run(path, with_branches=True) as file:
        one = next(each for each in file.read() if each.key == parent)
    drawn = one.turns[turn].draw
    assert drawn is not None
    choose = (drawn.chosen + 1) % 2
    return branch_sync(path, parent, n=n, turn=turn, choose=choose, model=ScriptedModel(answers))


def test_branches_of_shards_keep_their_parents(tmp_path: Path) -> None:
    paths, out, first = [tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "all.db", list[str]()
    for i, path in enumerate(paths, start=1):
        study(path, f"{i}/2", n=4)
        with open_run(path) as file:
            first.append(next(each.key for each in file.completed()))
        branched(path, branched(path, first[-1], 2).keys[0], 1, turn=3)
        study(path, resume=True, n=6)
    merge(paths[:1], out)
    merge(paths, out)
    assert merge(paths, out).taken == 0
    lines = [line for path in paths for line in jsonl(path, with_branches=True).splitlines()]
    assert sorted(jsonl(out, with_branches=True).splitlines()) == sorted(lines)
    assert sum("parent" in line for line in lines) == 6
    more = branched(out, first[1], 4)
    assert more.completed + more.failed == 4
    assert study(out, resume=True, n=8).left == 0


def test_what_shards_say_of_the_run_is_put_together_too(tmp_path: Path, shards: list[Path]) -> None:
    paths, out = [tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "all.db"
    calls = [(2, 5, 4), (1, 3, 3)]
    for i, (path, made) in enumerate(zip(paths, calls, strict=True), start=1):
        copyfile(shards[i - 1], path)
        shared = {"reason": f"reason {i}", "data": ["people"], "endpoints": ["elsewhere"]}
        with sqlite3.connect(path) as forged:
            [(first,)] = forged.execute("SELECT min(id) FROM dialogue")
            facts = {
                "budget": {"usd": None, "tokens": i * 1000},
                "failed_before": [[first, "infrastructure", "gone", "running"]],
                "shared": shared,
                "stated_truths": {"of": "one"},
            }
            noted = [(key, json.dumps(value)) for key, value in facts.items()]
            forged.executemany("INSERT INTO meta VALUES (?,?)", noted)
            forged.execute("INSERT INTO answered_by VALUES ('m','s','f',?,?,?,?)", (first, *made))
            forged.execute("INSERT INTO refusal VALUES ('m','seed','no')")
            forged.execute("INSERT INTO notice VALUES ('m',?,'odd')", (f"notice {i}",))
        forged.close()
    for _ in range(2):
        merge(paths, out)
    with open_run(out) as file, open_run(paths[0]) as one, open_run(paths[1]) as other:
        firsts = [next(each.id for each, _ in part.planned()) for part in (one, other)]
        assert file.meta["budget"] == {"usd": None, "tokens": 3000}
        assert file.meta["merged"]["shards"] == {"1": one.run_id, "2": other.run_id}
        assert file.run_id not in (one.run_id, other.run_id)
        assert [each.dialogue for each in file.failed_before()] == firsts
        assert file.sharing_reason == "reason 1; reason 2"
        assert file.meta["stated_truths"] == {"of": "one"}
        # The k-th call of shard I of 2 is number 2 (k - 1) + I.
        [answered] = file.answered_by()["m"]
        assert answered[3:] == (firsts[1], 7, 2, 9)
        assert file.refusals() == {"m": {"seed": "no"}}
        assert [each.what for each in file.notices()] == ["notice 1", "notice 2"]
        known = [json.dumps(each.request) for d, _ in file.planned() for each in file.calls(d.id)]
        assert len(known) == file.totals().calls


def test_shards_that_are_looked_at_together_grow_as_they_are_played(
    tmp_path: Path, whole: Path, shards: list[Path]
) -> None:
    path = tmp_path / "2.db"
    with pytest.raises(EndpointError):
        study(path, "2/2", gone=2, concurrency=1)
    with together([shards[0], path], follow=True) as shown:
        assert jsonl(shown).count("\n") < 24
        study(path, resume=True)
        while jsonl(shown) != jsonl(whole):
            time.sleep(0.05)
    assert not shown.exists()
