"""What is no merge is told in one line, and leaves every file as it was."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from types import FrameType

import pytest

from simulate.engine.merging import merge
from simulate.errors import InputError, RunFileError
from simulate.runfile import open_run
from simulate.runfile.lock import WriterLock
from tests.engine.sharded import jsonl, study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two shards, one of other plans, and a whole run."""
    folder = tmp_path_factory.mktemp("made")
    study(folder / "1.db", "1/2", n=2)
    study(folder / "2.db", "2/2", n=4)
    study(folder / "seed.db", "2/2", n=4, seed=1)
    study(folder / "third.db", "2/3", n=4)
    study(folder / "whole.db", n=2)
    shutil.copy(folder / "2.db", folder / "people.db")
    with sqlite3.connect(folder / "people.db") as file:
        file.execute("UPDATE meta SET value = '{\"a\": 1}' WHERE key = 'population'")
    file.close()
    (folder / "text.db").write_text("This is no run file." * 9)
    return folder


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ([], "no shard is given"),
        (["1.db", "1.db"], "1.db is given twice; leave it out once"),
        (["1.db", "copy.db"], "shard 1 of 2 is given twice: "),
        (["1.db", "seed.db"], r"are of different runs, and cannot be put together: another seed "),
        (["1.db", "third.db"], r"another number of shards \(there 2, here 3\)"),
        (["1.db", "whole.db"], "whole.db is a whole run, and no shard"),
        (["1.db", "merged.db"], "merged.db was put together from shards, and no shard"),
        (["1.db", "text.db"], "is not a run file"),
        (["1.db", "gone.db"], "there is no run file"),
        (["1.db", "out.db"], "out.db is one of the shards: choose another file"),
        (["people.db"], "people.db: .*the file is damaged"),
        (["1.db", "forged.db"], "a dialogue of shard 2 of 2 is in another shard too"),
    ],
)
def test_what_cannot_be_put_together_is_told_and_makes_no_file(
    tmp_path: Path, made: Path, names: list[str], wrong: str
) -> None:
    for each in made.iterdir():
        shutil.copy(each, tmp_path)
    shutil.copy(made / "1.db", tmp_path / "copy.db")
    if "merged.db" in names:
        merge([tmp_path / "1.db"], tmp_path / "merged.db")
    if "forged.db" in names:
        shutil.copy(made / "1.db", tmp_path / "forged.db")
        with sqlite3.connect(tmp_path / "forged.db") as file:
            file.execute("UPDATE meta SET value = replace(value, '1', '2') WHERE key = 'shard'")
        file.close()
    if "out.db" in names:
        shutil.copy(made / "2.db", tmp_path / "out.db")
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises((InputError, RunFileError), match=wrong) as caught:
        merge([tmp_path / name for name in names], tmp_path / "out.db")
    assert "\n" not in str(caught.value)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_file_that_has_more_than_the_shards_is_not_written_to(tmp_path: Path, made: Path) -> None:
    shards, out = [made / "1.db", made / "2.db"], tmp_path / "all.db"
    shutil.copy(made / "whole.db", out)
    with pytest.raises(RunFileError, match="is there already, and was not put together from shard"):
        merge(shards, out)
    out.unlink()
    merge(shards, out)
    with pytest.raises(RunFileError, match="has shards that are not given: 2 of 2; give them too"):
        merge(shards[:1], out)
    study(tmp_path / "anew.db", "2/2", n=4)
    with pytest.raises(RunFileError, match=r"has shard 2 of 2 from another file than .*anew\.db"):
        merge([shards[0], tmp_path / "anew.db"], out)
    with WriterLock(out), pytest.raises(RunFileError, match="another process is writing to it"):
        merge(shards, out)
    study(out, resume=True, n=4)
    with pytest.raises(RunFileError, match="was gone on with after it was put together"):
        merge(shards, out)


def test_a_shard_that_is_still_written_to_is_taken_as_it_stands_and_told(
    tmp_path: Path, made: Path
) -> None:
    with WriterLock(made / "2.db"):
        found = merge([made / "1.db", made / "2.db"], tmp_path / "all.db")
    assert (found.shards, found.live) == ((1, 2), (2,))


def killed(paths: list[Path], out: Path) -> None:
    """Merge, and be killed when all is written, before it counts."""

    def kill(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code.co_name == "_finish":
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(kill)
    merge(paths, out)


def test_a_merge_that_is_killed_leaves_the_file_that_was_there_or_none(
    tmp_path: Path, made: Path
) -> None:
    shutil.copy(made / "1.db", tmp_path / "1.db")
    paths, out = [tmp_path / "1.db", made / "2.db"], tmp_path / "all.db"
    server = multiprocessing.get_context("forkserver")

    def is_killed() -> bool:
        process = server.Process(target=killed, args=(paths, out))
        process.start()
        process.join()
        return process.exitcode == -signal.SIGKILL

    assert is_killed()
    assert not out.exists()
    merge(paths, out)
    before = jsonl(out)
    study(tmp_path / "1.db", resume=True, n=6)
    assert is_killed()
    assert jsonl(out) == before
    found = merge(paths, out)
    assert found.taken > 0
    assert jsonl(out) != before
    with open_run(out) as file:
        assert file.n == 6
