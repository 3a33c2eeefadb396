import sqlite3
from pathlib import Path

from simulate.runfile import open_run
from simulate.runfile.corrections import corrections
from simulate.runfile.troubles import Place, troubles


def test_places_and_counts_agree_with_the_corrections(small_run: Path) -> None:
    with open_run(small_run) as run:
        found, counted = troubles(run), corrections(run)
        failed = run.totals().failed
    sums = {kind: sum(t.times for t in found if t.kind == kind) for kind in {t.kind for t in found}}
    assert sums["failed"] == failed
    assert sums["text not usable"] == sum(counted.unusable.values())
    assert sums.get("answer repaired", 0) == counted.turns[1] + counted.outcomes[1]


def test_a_request_that_was_sent_again_counts_each_time_and_has_its_place(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE call SET tries = 4 WHERE dialogue = 0 AND turn = 1")
    writer.close()
    with open_run(own_run) as run:
        (again,) = (t for t in troubles(run) if t.kind == "request sent again")
    assert again.times == 3 * len(again.places)
    assert set(again.places) == {Place(0, 1)}


def test_a_text_that_was_cut_off_and_not_usable_counts_once(own_run: Path) -> None:
    with sqlite3.connect(own_run) as writer:
        writer.execute("UPDATE call SET finish = 'length' WHERE problem IS NOT NULL")
    writer.close()
    with open_run(own_run) as run:
        assert "text cut off" not in {t.kind for t in troubles(run)}
