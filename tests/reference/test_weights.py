"""A reference of people who count for different numbers of others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulate.comparison import compare
from simulate.comparison.sample import Sample
from simulate.errors import ReferenceDataError, TableWarning
from simulate.reference import load, open_reference
from simulate.reference.importing import Importing, import_data
from simulate.reference.reference import Reference
from simulate.reference.table_columns import TableColumns
from simulate.reference.tables import reference_from_table

ROWS = [(0.0, 1.0), (1.0, 3.0), (1.0, 2.0), (5.0, 2.0)]


def survey(folder: Path, rows: list[tuple[float, float]], name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("gave,w\n" + "".join(f"{value:g},{weight:g}\n" for value, weight in rows))
    return path


def reference(path: Path) -> Reference:
    return reference_from_table(path, TableColumns("gave", weight="w")).reference()


def test_shares_mean_and_median_are_weighted_and_n_counts_people(tmp_path: Path) -> None:
    found = reference(survey(tmp_path, ROWS))
    assert found.shares.tolist() == pytest.approx([1 / 8, 5 / 8, 2 / 8])
    assert found.mean == pytest.approx(15 / 8)
    assert (found.median, found.mode, found.n) == (1, 1, 4)
    assert found.n_effective == pytest.approx(8**2 / (1 + 9 + 4 + 4))
    assert found.sized == "humans (n = 4, weighted: 4 effective)"


def test_half_of_the_weight_below_puts_the_median_between(tmp_path: Path) -> None:
    assert reference(survey(tmp_path, [(0, 2), (1, 1), (4, 1)])).median == 0.5


def test_several_values_of_one_person_are_one_in_the_effective_size(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("who,gave,w\na,0,1\na,1,1\nb,2,2\n")
    columns = TableColumns("gave", "who", "none", "w")
    assert reference_from_table(path, columns).reference().n_effective == pytest.approx(2)


def test_an_imported_reference_keeps_its_weights_and_says_so(tmp_path: Path) -> None:
    path = survey(tmp_path, [*ROWS, (9.0, 0.0)])
    with pytest.warns(TableWarning, match="rows with weight 0 were left out: 1"):
        written = import_data("table", Importing(path, "gave", weight="w"), summary=True)
    found = load("t")
    assert found.n == 4
    assert found.mean == pytest.approx(15 / 8)
    assert found.n_effective == pytest.approx(64 / 18)
    assert json.loads(written.read_text())["format"] == "simulate-reference/2"
    assert open_reference("t").reading == ("rows with weight 0 were left out: 1",)


def test_cleaning_leaves_weights_with_their_people(tmp_path: Path) -> None:
    path = survey(tmp_path, ROWS)
    import_data("table", Importing(path, "gave", weight="w", variable={"support": (0, 2)}))
    assert load("t").mean == pytest.approx(5 / 6)
    assert load("t", cleaning="clip").mean == pytest.approx(9 / 8)


def test_candidates_of_a_dialogue_are_no_people(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("chat,gave,w\na,0,1\na,1,1\n")
    with pytest.raises(ReferenceDataError, match="are its candidates, and people gave one value"):
        reference_from_table(path, TableColumns("gave", dialogue="chat", weight="w"))


def test_weights_are_what_copies_of_people_would_be_but_for_their_size(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    values = chance.integers(0, 4, 60)
    times = chance.integers(1, 4, 60)
    weighted = reference(
        survey(tmp_path, list(zip(values.tolist(), times.tolist(), strict=True)), "w.csv")
    )
    copied = tmp_path / "c.csv"
    copied.write_text("gave\n" + "\n".join(map(str, np.repeat(values, times))) + "\n")
    copies = reference_from_table(copied, TableColumns("gave")).reference()
    sample = Sample.of("s", chance.integers(0, 4, 80))
    one, other = (compare(sample, reference=each, draws=200).rows[0] for each in (weighted, copies))
    assert one.distances["ks"].value == pytest.approx(other.distances["ks"].value)
    few, many = one.distances["ks"].floor, other.distances["ks"].floor
    assert few is not None
    assert many is not None
    assert few.mean > many.mean
    assert weighted.n_effective < 60 < copies.n
