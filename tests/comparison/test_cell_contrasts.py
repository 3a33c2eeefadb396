from __future__ import annotations

import numpy as np
import pytest

from simulate.comparison import Comparison, Sample, Settings, compare_samples
from simulate.comparison.result import CellContrast
from simulate.reference import Reference, Variable, load
from simulate.statistics.contrasts import Contrast

AMOUNT = Variable("gave", "amount", support=(0.0, 2.0))
PEOPLE = Reference("people", AMOUNT, np.array([0.0, 2.0]), np.array([380, 20]))


def compared(*samples: Sample, reference: Reference = PEOPLE) -> Comparison:
    return compare_samples(samples, reference, settings=Settings(draws=400))


def distance(found: Comparison, name: str) -> float:
    value = found.row(name).distances["d2"].value
    assert value is not None
    return value


def surveyed(name: str, weights: tuple[float, float]) -> Sample:
    """Half of 100 people give nothing, half $2; what they weigh makes them the humans or not."""
    each = np.repeat(weights, 50)
    personas = [f"p{i}" for i in range(100)]
    return Sample.of(name, np.repeat([0.0, 2.0], 50), weights=each, personas=personas)


def test_a_sample_is_set_against_the_best_constant_with_the_weights_of_its_row() -> None:
    found = compared(surveyed("s", (1.9, 0.1)))
    row = found.rows[0]
    assert row.against_constant is not None
    difference = distance(found, "s") - distance(found, row.constant)
    assert row.against_constant.value == pytest.approx(difference, abs=1e-9)
    assert "; farther than" not in found.sentences[0]


def test_a_contrast_of_two_rows_is_the_difference_of_their_distances() -> None:
    found = compared(surveyed("a", (1.9, 0.1)), surveyed("b", (1.0, 1.0)))
    (only,) = found.contrasts
    difference = distance(found, "a") - distance(found, "b")
    assert only.contrast.value == pytest.approx(difference, abs=1e-9)


def test_what_is_as_far_as_the_best_constant_is_not_said_to_be_closer() -> None:
    """Of a fair die, to say 3 always is as far as the median 3.5."""
    found = compared(Sample.of("s", [3.0] * 60), reference=load("fair-die"))
    row = found.rows[0]
    assert row.against_constant is not None
    assert row.against_constant.value == 0
    assert "not shown to be closer than “all give 3.5" in found.sentences[0]


def test_no_row_has_an_interval_where_one_of_the_people_has_too_much_weight() -> None:
    """The baselines rest on the same people."""
    heavy = Reference(
        "people", AMOUNT, np.array([0.0, 2.0]), np.array([68, 50]), groups=((0.0,) * 18,)
    )
    found = compared(Sample.of("s", [0.0, 2.0] * 40), reference=heavy)
    for row in found.rows:
        for each in row.distances.values():
            assert each.interval is None
            assert each.interval_reason is not None
            assert "one of the people of the reference has 15%" in each.interval_reason
    constant = found.rows[0].against_constant
    assert constant is not None
    assert constant.interval is None


def test_no_row_has_an_interval_where_the_reference_is_of_few_people() -> None:
    few = Reference("people", AMOUNT, np.array([0.0, 2.0]), np.array([6, 4]))
    found = compared(Sample.of("s", [0.0, 2.0] * 40), reference=few)
    assert not any(d.interval for row in found.rows for d in row.distances.values())


def test_what_too_few_personas_state_has_no_interval_be_they_sampled_or_not() -> None:
    """The distances of the uniform baseline are of one value per persona, and constants are not."""
    found = compared(Sample.of("s", [0.0, 2.0]))
    given = {row.name: row.distances["ks"].interval is not None for row in found.rows}
    assert given == {
        "s": False,
        "all give 0 (human median)": True,
        "all give 0 (human mode)": True,
        "uniform": False,
        "fresh humans": False,
    }


def test_nearly_thirty_effective_personas_are_not_said_to_be_thirty() -> None:
    weights = [1.0] * 28 + [1.7] * 3
    found = compared(Sample.of("s", [0.0] * 31, weights=weights))
    assert found.sentences == (
        "s: nothing can be said from 29.9 effective personas (it takes 30).",
    )


def test_a_cell_is_called_closer_only_where_p_of_holm_is_below_the_level() -> None:
    contrast = Contrast(-0.1, (-0.19, -0.01), 0.03, 40)
    assert CellContrast("a", "b", contrast, p_holm=0.03).closer == "a"
    assert CellContrast("a", "b", contrast, p_holm=0.06).closer == "not shown"
    assert CellContrast("a", "b", Contrast(0.1, (0.01, 0.19), 0.03, 40), 0.03).closer == "b"
    assert CellContrast("a", "b", Contrast(0.1, None, None, 9)).closer == "–"
