from __future__ import annotations

import io
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from simulate.comparison import Comparison, Sample, Settings, compare_samples
from simulate.reference import Reference, Variable, load
from simulate.report.comparison_table import comparison_table, measured
from simulate.report.figures import FIGURES
from simulate.report.plotting import write_figures
from simulate.terminal.numbers import ends, p_text


@cache  # comparing takes long, and no figure changes what it shows
def donations(samples: int) -> Comparison:
    rng = np.random.default_rng(0)
    found = [Sample.of(f"cell {i}", rng.choice([0.0, 0.5, 2.0], 60)) for i in range(samples)]
    return compare_samples(found, load("persuasionforgood-donations"), settings=Settings(draws=200))


@cache
def choices() -> Comparison:
    variable = Variable("mood", "choice", levels=("good", "fair", "bad"))
    humans = Reference("humans", variable, np.array([0.0, 1.0]), np.array([30, 20]))
    return compare_samples(
        [Sample.of("s", [0.0, 1.0, 2.0] * 20)], humans, settings=Settings(draws=200)
    )


@pytest.mark.parametrize("name", list(FIGURES))
@pytest.mark.parametrize("samples", [1, 4, 9])
def test_every_figure_can_be_drawn_for_any_number_of_samples(name: str, samples: int) -> None:
    assert FIGURES[name](donations(samples)).axes


@pytest.mark.parametrize("name", list(FIGURES))
def test_every_figure_can_be_drawn_for_levels(name: str) -> None:
    assert FIGURES[name](choices()).axes


def test_figures_are_written_as_picture_and_as_vectors(tmp_path: Path) -> None:
    figures = {"ecdf": FIGURES["ecdf"](donations(1))}
    written = write_figures(figures, "gifts/$", tmp_path / "deep" / "folder")
    assert [p.name for p in written] == [f"gifts--ecdf.{end}" for end in ("png", "pdf", "svg")]
    assert all(p.stat().st_size > 1000 for p in written)


def test_a_sample_without_a_value_is_left_out_of_figures() -> None:
    empty = Sample.of_distributions("empty", [], [])
    found = compare_samples(
        [Sample.of("s", np.ones(40)), empty],
        load("persuasionforgood-donations"),
        settings=Settings(draws=200),
    )
    for draw in FIGURES.values():
        assert draw(found).axes


def test_no_number_is_cut_on_eighty_columns() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([0.0, 0.5, 2.0], 120).tolist()
    sample = Sample.of("direct+loss", values, personas=[f"p{i % 60}" for i in range(120)])
    samples = [replace(sample, not_applicable=46.0, missing=3), replace(sample, name="vs+loss")]
    settings = Settings(draws=200, margins={"ks": 0.1})
    found = compare_samples(samples, load("persuasionforgood-donations"), settings=settings)
    console = Console(file=io.StringIO(), width=80)
    console.print(comparison_table(found, 80))
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "28% not" in shown
    assert "…" not in shown
    for row in (row for row in found.rows if row.kind == "sample"):
        for name in ("d2", "ks"):
            distance = row.distances[name]
            assert distance.p is not None
            value = measured(name, distance.value)
            assert f"{value}{ends(distance.interval, partial(measured, name))}" in shown
            at_most, adjusted = distance.p_is_bound, distance.p_holm
            assert p_text(distance.p, at_most=at_most, adjusted=adjusted) in shown


def test_a_name_with_escapes_has_room_for_them() -> None:
    variable = Variable("mood", "choice", levels=("\x1b[31mgood", "bad"))
    humans = Reference("humans", variable, np.array([0.0, 1.0]), np.array([40, 20]))
    found = compare_samples([Sample.of("s", [0.0] * 40)], humans, settings=Settings(draws=200))
    console = Console(file=io.StringIO(), width=100)
    console.print(comparison_table(found, 100))
    assert r"all say \x1b[31mgood (human mode)" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_narrow_terminal_gets_fewer_distances() -> None:
    comparison = donations(1)
    wide, narrow = comparison_table(comparison, 140), comparison_table(comparison, 80)
    assert [c.header for c in wide.columns][-3:] == ["D²", "KS", "W1"]
    assert [c.header for c in narrow.columns][-2:] == ["D²", "KS"]
