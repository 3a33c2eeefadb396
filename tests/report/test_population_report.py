"""`simulate persona report`: on the terminal, as JSON and as a figure."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.population import Population, load_population
from simulate.population.achieved import Achieved
from simulate.population.sample_report import achieved
from simulate.report.plotting import write_figure
from simulate.report.population_figure import population_figure
from simulate.report.population_table import print_achieved
from simulate.terminal.safe_console import SafeConsole


def rich_population(name: str = "f") -> Population:
    return Population.model_validate(
        {
            "population": "p",
            "attributes": {
                name: {"kind": "ordinal", "counts": {"a": 3, "b": 1}},
                "age": {"kind": "number", "distribution": {"name": "norm"}},
                "pay": {
                    "kind": "integer",
                    "given": [
                        {"when": {name: "a"}, "counts": {1: 1, 2: 3}},
                        {"when": {name: "b"}, "counts": {1: 3, 2: 1}},
                    ],
                },
            },
            "correlations": [{"between": ["age", "pay"], "rank": 0.2}],
            "require": ["pay < 3"],
            "sampling": {"strata": [name]},
        }
    )


def printed(found: Achieved, width: int) -> str:
    file = StringIO()
    print_achieved(found, SafeConsole(file=file, width=width))
    return file.getvalue()


def test_every_part_of_a_report_fits_eighty_columns() -> None:
    text = printed(achieved(rich_population(), 200), 80)
    assert max(map(len, text.splitlines())) <= 80
    for part in (
        "Of 1",
        "stated",
        "expected",
        "Rank correlations",
        "Conditional",
        "met by",
        "Strata",
    ):
        assert part in text
    assert "…" not in text


def test_the_crowdworkers_fit_eighty_columns() -> None:
    text = printed(achieved(load_population("crowdworkers"), 200), 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "Less than four-year college" in text


def test_a_figure_is_written_and_names_of_attributes_are_no_markup_in_it(tmp_path: Path) -> None:
    found = achieved(rich_population("$x_{1}$ [red]"), 50)
    for ending, beginning in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        write_figure(population_figure(found), tmp_path / f"p.{ending}")
        assert (tmp_path / f"p.{ending}").read_bytes().startswith(beginning)


def test_a_figure_of_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p\.txt”: must end with \.png, \.pdf or \.svg"):
        write_figure(population_figure(achieved(rich_population(), 50)), tmp_path / "p.txt")
