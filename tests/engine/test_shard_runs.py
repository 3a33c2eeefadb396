"""A shard is a run file of its own: it is resumed, grows, and says everywhere what it is."""

from pathlib import Path

import pytest

from simulate.engine import Event, RunStarted
from simulate.engine.tally import Tally
from simulate.errors import EndpointError, InputError, RunFileError
from simulate.runfile import open_run
from simulate.runfile.dialogue_list import Order
from simulate.runfile.run_view import RunView
from simulate.runfile.shard import Shard, part_told
from tests.engine.sharded import jsonl, study


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    study(path)
    return path


def test_shards_play_what_the_whole_run_plays_each_its_own_part(
    tmp_path: Path, whole: Path
) -> None:
    lines = []
    for i in (1, 2):
        study(tmp_path / f"{i}.db", f"{i}/2")
        part = jsonl(tmp_path / f"{i}.db").splitlines()
        assert len(part) == (16, 8)[i - 1]
        lines += part
    assert sorted(lines) == sorted(jsonl(whole).splitlines())


def test_a_shard_that_was_interrupted_goes_on_and_grows_without_being_told_which_it_is(
    tmp_path: Path,
) -> None:
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    with pytest.raises(EndpointError):
        study(path, "2/2", gone=9)
    assert study(path, resume=True).left == 0
    study(path, "2/2", resume=True, n=10)
    told = list[Event]()
    assert study(other, "2/2", n=10, listener=told.append).left == 0
    assert jsonl(path) == jsonl(other)
    with open_run(path) as grown, open_run(other) as begun:
        assert grown.shard == Shard(2, 2)
        assert grown.places() == begun.places()
        assert list(grown.planned()) == list(begun.planned())
        assert grown.meta["assignment"] == begun.meta["assignment"]
    assert isinstance(told[0], RunStarted)
    assert next(Tally().take(told[0])).startswith("shard 2 of 2: 16 dialogues on ")


def test_a_shard_says_that_it_is_a_part(tmp_path: Path, whole: Path) -> None:
    study(tmp_path / "a.db", "1/2")
    with open_run(tmp_path / "a.db") as file:
        assert next(part_told(file)).startswith("this is shard 1 of 2, a part of the plan: ")
        assert file.n == 6
    view = RunView(tmp_path / "a.db")
    assert len(view.ids(Order())) == view.count() == 16
    assert view.highest() > 16
    assert view.names.attributes == ("age",)
    view.close()
    with open_run(whole) as file:
        assert not list(part_told(file))


@pytest.mark.parametrize(
    ("begun", "shard", "wrong"),
    [
        ("1/2", "2/2", "was begun as shard 1 of 2, and cannot go on as shard 2 of 2"),
        (None, "1/2", "was begun as a whole plan, and cannot go on as shard 1 of 2"),
    ],
)
def test_a_run_goes_on_as_the_shard_that_it_is(
    tmp_path: Path, begun: str | None, shard: str, wrong: str
) -> None:
    study(tmp_path / "a.db", begun, n=2)
    with pytest.raises(RunFileError, match=wrong):
        study(tmp_path / "a.db", shard, n=2, resume=True)


def test_too_many_shards_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 people who meet the same cells make 3 shards at most"):
        study(tmp_path / "a.db", "4/4")
    assert not list(tmp_path.iterdir())
