import threading
from collections.abc import Iterator
from pathlib import Path

from simulate.comparison.progress import Progress
from simulate.errors import RunFileError, SimulateError
from simulate.runfile.run_view import RunView
from simulate.tui.query_worker import QueryWorker


def test_an_answer_comes_from_a_connection_of_its_own(small_run: Path) -> None:
    view = RunView(small_run)
    asking: QueryWorker = QueryWorker(lambda call: call())
    found: list[object] = []
    asking.ask(
        "count", view, lambda own: (own is not view, own.count()), found.append, found.append
    )
    asking.wait()
    view.close()
    assert found == [(True, 16)]


def test_a_new_question_drops_the_old_one(small_run: Path) -> None:
    view, go_on = RunView(small_run), threading.Event()
    asking: QueryWorker = QueryWorker(lambda call: call())
    found: list[object] = []

    def slow(own: RunView) -> str:
        go_on.wait(10)
        return "old"

    asking.ask("what", view, slow, found.append, found.append)
    asking.ask("what", view, lambda own: "new", found.append, found.append)
    go_on.set()
    asking.wait()
    view.close()
    assert found == ["new"]


def test_dropping_breaks_off_a_query_that_is_under_way(small_run: Path) -> None:
    view, started = RunView(small_run), threading.Event()
    asking: QueryWorker = QueryWorker(lambda call: call())
    found: list[object] = []

    def endless(own: RunView) -> object:
        def begun() -> int:
            started.set()
            return 1

        own.reader.connection.create_function("begun", 0, begun)
        sql = """WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n)
            SELECT count(*) FROM n"""
        return list(own.reader.rows(sql))

    asking.ask("what", view, endless, found.append, found.append)
    assert started.wait(20)
    asking.drop_all()
    asking.wait()
    view.close()
    assert found == []


def test_what_goes_wrong_is_told_as_an_error(own_run: Path) -> None:
    view = RunView(own_run)
    asking: QueryWorker = QueryWorker(lambda call: call())
    errors: list[SimulateError] = []
    own_run.unlink()
    asking.ask("count", view, lambda own: own.count(), lambda n: None, errors.append)
    asking.wait()
    view.close()
    assert isinstance(errors[0], RunFileError)


def test_a_question_that_tells_how_far_it_is_is_broken_off_there_once_it_is_dropped(
    small_run: Path,
) -> None:
    view, told = RunView(small_run), list[tuple[int, int, str]]()
    asking: QueryWorker = QueryWorker(lambda call: call())
    found: list[object] = []

    def counting(own: RunView, progress: Progress) -> str:
        for done in range(1000):
            progress(done, 1000, "numbers")
            if done == 2:
                asking.drop("what")
        return "all"

    asking.ask_telling(
        "what", view, counting, found.append, found.append, lambda *f: told.append(f)
    )
    asking.wait()
    view.close()
    assert told == [(0, 1000, "numbers"), (1, 1000, "numbers"), (2, 1000, "numbers")]
    assert found == []


def test_an_answer_in_stages_is_told_stage_by_stage_until_it_is_dropped(small_run: Path) -> None:
    view = RunView(small_run)
    asking: QueryWorker = QueryWorker(lambda call: call())
    found: list[int] = []

    def stages(own: RunView, progress: Progress) -> Iterator[int]:
        for stage in range(5):
            if stage == 3:
                asking.drop("what")
            yield stage

    asking.ask_stages("what", view, stages, found.append, lambda _: None, lambda *far: None)
    asking.wait()
    view.close()
    assert found == [0, 1, 2]
    assert not asking.is_open("what")


def test_a_fault_of_ours_in_a_question_leaves_nobody_waiting(small_run: Path) -> None:
    view, found = RunView(small_run), list[SimulateError]()
    asking: QueryWorker = QueryWorker(lambda call: call())
    asking.ask("what", view, lambda own: 1 / 0, print, found.append)
    asking.wait()
    view.close()
    assert "ZeroDivisionError" in str(found[0])
    assert not asking.is_open("what")
