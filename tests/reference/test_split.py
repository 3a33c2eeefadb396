"""The split of people in those that something is chosen by and those that it is judged on."""

from __future__ import annotations

import csv
from pathlib import Path

from simulate.reference.show import described, lines
from simulate.reference.split import split_of, split_sizes
from tests.human_data import OFFICIAL, needs_official
from tests.reference.test_released import release


def test_a_person_stays_on_one_side_for_ever() -> None:
    sides = [split_of(f"user_{number}") for number in range(16)]
    assert "".join(side[0] for side in sides) == "sssrrsrrrrrrssrs"


def test_people_count_once_however_often_they_took_part() -> None:
    assert split_sizes(["a", "b", "a"]) == split_sizes(["a", "b"])
    assert sum(split_sizes(["a", "b", "a"]).values()) == 2


@needs_official
def test_the_release_has_the_same_people_on_each_side_as_ever() -> None:
    with (OFFICIAL / "full_info.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_role = [[row["B3"] for row in rows if row["B4"] == code] for code in "01"]
    assert [split_sizes(people) for people in by_role] == [
        {"select": 336, "report": 365},
        {"select": 370, "report": 391},
    ]
    assert split_sizes(row["B3"] for row in rows) == {"select": 619, "report": 666}


def test_show_names_the_sizes_of_the_split(tmp_path: Path) -> None:
    told = described(release(tmp_path, {f"d{i}": 0.5 for i in range(9)}))
    expected = split_sizes(f"of-d{i}" for i in range(9))
    assert told["split"]["persuadee"] == expected
    line = f"split by person, persuadee: {expected['select']} select, {expected['report']} report"
    assert line in lines(told)
