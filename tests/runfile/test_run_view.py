import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulate.errors import InputError, RunFileError
from simulate.runfile.dialogue_list import Order
from simulate.runfile.failure_reasons import failed_dialogues, next_failed, unusable_texts
from simulate.runfile.run_progress import run_progress
from simulate.runfile.run_view import RunView
from simulate.runfile.search import Found, matches, parse_search, search


@pytest.fixture
def view(small_run: Path) -> Iterator[RunView]:
    opened = RunView(small_run)
    yield opened
    opened.close()


def test_all_dialogues_in_the_order_of_the_plan_need_no_query(view: RunView) -> None:
    assert view.ids(Order()) == range(16)


def test_rows_come_in_the_order_that_was_asked_for(view: RunView) -> None:
    assert [row.id for row in view.dialogues([5, 0, 3])] == [5, 0, 3]


def test_a_dialogue_that_is_not_in_the_plan_is_left_out(view: RunView) -> None:
    assert [row.id for row in view.dialogues([1, 99])] == [1]
    assert view.dialogue(99) is None


def test_a_filter_keeps_what_fits_and_only_that(view: RunView) -> None:
    rows = view.dialogues(view.ids(Order("cell:vs outcome>0.25")))
    every = view.dialogues(range(16))
    assert rows == [
        r for r in every if r.cell == "vs" and r.outcomes[0] is not None and r.outcomes[0] > 0.25
    ]
    assert rows


def test_a_negated_condition_keeps_the_others(view: RunView) -> None:
    failed, others = view.ids(Order("status:failed")), view.ids(Order("-status:failed"))
    assert failed
    assert sorted([*failed, *others]) == list(range(16))


def test_a_word_and_a_regular_expression_are_looked_for_in_any_case(view: RunView) -> None:
    assert list(view.ids(Order("RENT"))) == list(view.ids(Order("text:/r[e]nt/")))
    assert len(view.ids(Order("text:/^hi there/")))


def test_a_persona_attribute_can_be_filtered_by(view: RunView) -> None:
    ages = {
        row.id: view.reader.persona(row.persona).attributes["age"]
        for row in view.dialogues(range(16))
    }
    assert sorted(view.ids(Order("age>40"))) == sorted(
        i for i, age in ages.items() if isinstance(age, int | float) and age > 40
    )


@pytest.mark.parametrize("sort", ["entropy", "tokens", "donation", "seconds", "status", "persona"])
@pytest.mark.parametrize("descending", [False, True])
def test_any_column_sorts_both_ways_with_missing_values_last(
    view: RunView, sort: str, descending: bool
) -> None:
    rows = view.dialogues(view.ids(Order("", sort, descending)))
    values = [row.outcomes[0] if sort == "donation" else getattr(row, sort) for row in rows]
    there = [v for v in values if v is not None]
    assert there == sorted(there, reverse=descending)
    assert values == there + [None] * (len(values) - len(there))


def test_an_unknown_column_is_refused_with_those_there_are(view: RunView) -> None:
    with pytest.raises(InputError, match=r"no column “colour”.*entropy.*donation"):
        view.check(Order("", "colour"))


def test_totals_count_every_status(view: RunView) -> None:
    totals = view.reader.totals()
    assert (totals.dialogues, totals.ended) == (16, 16)
    assert totals.failed == len(view.ids(Order("status:failed")))


def test_failures_are_grouped_by_reason(view: RunView) -> None:
    failures = view.reader.failures()
    assert sum(f.dialogues for f in failures) == view.reader.totals().failed
    assert failed_dialogues(view.reader, failures[0])[0] == failures[0].first


def test_the_text_that_could_not_be_read_is_on_file(view: RunView) -> None:
    raw, problem = unusable_texts(view.reader, view.reader.failures()[0].first)[0]
    assert raw is not None
    assert raw.startswith("Sure! Here are some replies")
    assert "no JSON" in problem


def test_the_next_failed_dialogue_goes_round_the_end(view: RunView) -> None:
    failed = list(view.ids(Order("status:failed")))
    assert next_failed(view.reader, -1) == failed[0]
    assert next_failed(view.reader, failed[0]) == failed[1]
    assert next_failed(view.reader, failed[-1]) == failed[0]
    assert next_failed(view.reader, failed[0], -1) == failed[-1]


def test_a_search_goes_through_turns_forwards_and_backwards(view: RunView) -> None:
    what, ids = parse_search("rent is due"), view.ids(Order())
    hits = [Found(d, p) for d in ids for p in matches(view.reader, what, d)]
    assert len(hits) > 1
    found, at = [], Found(0, -1)
    for _ in hits:
        step = search(view.reader, what, ids, at)
        assert step is not None
        at = step
        found.append(at)
    assert found == hits
    assert search(view.reader, what, ids, hits[0], -1) == hits[-1]
    assert search(view.reader, what, ids, hits[-1]) == hits[0]


def test_a_search_that_finds_nothing_says_so(view: RunView) -> None:
    assert search(view.reader, parse_search("xyzzy"), view.ids(Order()), Found(0, -1)) is None
    assert search(view.reader, parse_search("rent"), [], Found(0, -1)) is None


def test_a_search_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(InputError, match="not a regular expression"):
        parse_search("(")


def test_a_dialogue_is_found_by_number_key_and_beginning_of_key(view: RunView) -> None:
    key = view.dialogues([3])[0].key
    assert view.find_dialogue("3") == 3
    assert view.find_dialogue(key) == 3
    assert view.find_dialogue(key[:10]) == 3


def test_an_unknown_dialogue_is_refused_with_the_range(view: RunView) -> None:
    with pytest.raises(InputError, match="no dialogue “99”; give its number, 0 to 15"):
        view.find_dialogue("99")


def test_reading_changes_nothing_in_the_file(own_run: Path) -> None:
    before = own_run.read_bytes()
    view = RunView(own_run)
    view.ids(Order("rent", "entropy"))
    view.reader.totals()
    view.close()
    assert own_run.read_bytes() == before


def test_a_commit_of_another_process_changes_the_version(own_run: Path) -> None:
    view = RunView(own_run)
    before = view.version()
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE dialogue SET replicate = 9 WHERE id = 0")
    writer.close()
    assert view.version() != before
    assert view.dialogues([0])[0].replicate == 9
    view.close()


def test_a_value_that_cannot_be_right_is_told_as_damage(own_run: Path) -> None:
    view = RunView(own_run)
    with sqlite3.connect(own_run) as writer:
        writer.execute("PRAGMA foreign_keys = OFF")
        writer.execute("UPDATE dialogue SET cell = 99, status = 'running' WHERE id = 3")
    writer.close()
    with pytest.raises(RunFileError, match="the file is damaged"):
        view.dialogues([3])
    with pytest.raises(RunFileError, match="the file is damaged"):
        run_progress(view.reader, view.reader.totals())
    view.close()
    with pytest.raises(RunFileError, match="table dialogue, id 3: cell is 99"):
        RunView(own_run)


def test_a_run_file_that_was_removed_is_noticed(own_run: Path) -> None:
    view = RunView(own_run)
    own_run.unlink()
    with pytest.raises(RunFileError, match="has been removed while it was open"):
        view.check_still_there()
    view.close()


def test_a_run_file_that_was_replaced_is_noticed(own_run: Path, small_run: Path) -> None:
    view = RunView(own_run)
    own_run.rename(own_run.with_name("old.db"))
    own_run.write_bytes(small_run.read_bytes())
    with pytest.raises(RunFileError, match="replaced by another"):
        view.check_still_there()
    view.close()
