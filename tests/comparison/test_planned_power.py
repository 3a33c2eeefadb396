"""The power of planned contrasts, with what is known of how outcomes vary."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.comparison.planned_power import PlannedPower, planned_power
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.made_runs import MakeRun

ASKED = {"speaker": "ada", "question": "How much?"}
TWO: dict[str, Any] = {"low": {}, "high": {}}
CONTRAST = {"a": {"cells": ["low", "high"], "meaning": "m"}}


def power(n: int = 64, **changes: Any) -> list[PlannedPower]:
    return planned_power(scenario(**changes), n)


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "conditions": {"a": TWO},
            "outcomes": {"given": {"kind": "amount", "support": [0, 10], "asked": ASKED}},
            "contrasts": CONTRAST,
            **changes,
        }
    )


def test_between_persons_it_is_that_of_two_groups() -> None:
    analysis = {"smallest_effect": {"given": 0.5}, "sd": {"given": 1.0}}
    (found,) = power(design={"between": ["a"]}, analysis=analysis)
    assert (found.pairing, found.source, found.needed) == (
        "between persons",
        "analysis.sd",
        (64, 86),
    )
    assert found.power == pytest.approx(0.80, abs=0.005)
    assert found.detectable == pytest.approx(0.499, abs=0.001)


def test_within_persons_the_correlation_counts() -> None:
    analysis = {"smallest_effect": {"given": 0.5}, "sd": {"given": 1.0}}
    assumed, known = (
        power(analysis={**analysis, **more})[0] for more in ({}, {"correlation": {"given": 0.8}})
    )
    assert (assumed.pairing, assumed.correlation, assumed.correlation_assumed) == (
        "within persons",
        0.5,
        True,
    )
    assert assumed.needed == (34, 44)  # d_z = .5
    assert known.needed is not None
    assert known.needed[0] == 15  # d_z = .5 / √.4


def test_an_effect_in_standard_deviations_needs_none() -> None:
    (found,) = power(design={"between": ["a"]}, analysis={"smallest_effect": {"given": {"d": 0.5}}})
    assert (found.unit, found.effect, found.needed) == ("sd", 0.5, (64, 86))


def test_without_any_word_on_how_it_varies_there_is_no_power_but_the_way_to_it() -> None:
    (found,) = power(analysis={"smallest_effect": {"given": 0.5}})
    assert found.power is None
    assert found.source.startswith(
        "how much given varies is not known: give --pilot RUN, analysis."
    )


def test_the_reference_says_how_humans_vary() -> None:
    given = {"kind": "amount", "unit": "USD", "support": [0, 2], "asked": ASKED}
    (found,) = power(outcomes={"given": given}, compare={"given": "persuasionforgood-donations"})
    assert found.source == "reference persuasionforgood-donations/donation"
    assert found.sd is not None
    assert 0.3 < found.sd < 1


def test_a_share_varies_most_near_one_half() -> None:
    outcomes = {"given": {"kind": "yesno", "asked": ASKED}}
    analysis = {"smallest_effect": {"given": 0.2}}
    (found,) = power(100, outcomes=outcomes, analysis=analysis, design={"between": ["a"]})
    assert found.sd == pytest.approx(0.24**0.5)  # the mean of .6 × .4 and .4 × .6
    assert found.unit == "share"
    # Fleiss, Levin and Paik 2003, p. 72: 97 a group, without the correction for continuity.
    assert found.needed is not None
    assert found.needed[0] == pytest.approx(97, abs=3)


def test_several_contrasts_of_an_outcome_share_alpha() -> None:
    contrasts = {**CONTRAST, "b": {"cells": ["high", "low"], "meaning": "m"}}
    found = power(contrasts=contrasts, analysis={"sd": {"given": 1}})
    assert [each.alpha for each in found] == [0.025, 0.025]


def test_a_main_effect_over_strata_is_within_persons_and_a_stratum_a_group_of_people() -> None:
    strata = {"age": {"young": {"below": 60}, "old": {"at_least": 60}}}
    contrasts = {**CONTRAST, "age": {"cells": ["young", "old"], "meaning": "m"}}
    analysis = {"smallest_effect": {"given": 0.5}, "sd": {"given": 1.0}}
    effect, groups = power(design={"strata": strata}, contrasts=contrasts, analysis=analysis)
    assert (effect.pairing, effect.groups_of_people) == ("within persons", False)
    assert (groups.pairing, groups.groups_of_people) == ("between persons", True)
    assert effect.power is not None
    assert groups.power is not None
    assert effect.power > groups.power


def test_cells_that_differ_in_a_random_factor_count_as_one() -> None:
    analysis = {"smallest_effect": {"given": 0.5}, "sd": {"given": 1.0}}
    conditions = {"a": TWO, "wording": {"x": {}, "y": {}, "z": {}}}
    (found,) = power(conditions=conditions, design={"random": ["wording"]}, analysis=analysis)
    assert found.needed == (34, 44)


def test_a_fraction_tells_what_the_contrast_is_confounded_with() -> None:
    conditions = {"a": TWO, "b": {"x": {}, "y": {}}, "c": {"u": {}, "v": {}}}
    (found,) = power(conditions=conditions, design={"fraction": "half"})
    assert found.aliases == ("b × c",)


@pytest.mark.parametrize("replicates", [1, 2])
def test_a_pilot_run_says_how_much_persons_cells_and_reruns_vary(
    make_run: MakeRun, replicates: int
) -> None:
    rng, people = np.random.default_rng(0), 12
    persona = rng.normal(1.0, 0.2, (people, 1, 1))
    cell = persona + rng.normal(0, 0.2, (people, 1, 2))
    values = (cell + rng.normal(0, 0.1, (people, replicates, 2))).round(6)
    planned = {
        "contrasts": {"m": {"cells": ["vs", "direct"], "meaning": "m"}},
        "analysis": {"smallest_effect": {"donation": 0.15}},
    }
    answers = {name: values[..., at].ravel().tolist() for at, name in enumerate(("vs", "direct"))}
    run = make_run(answers, replicates=replicates, fields=planned)
    with open_run(run) as pilot:
        (found,) = planned_power(pilot.scenario, 40, pilot)
    assert found.source == f"pilot {run} (12 personas)"
    # The difference varies in the plan as it did in the pilot; what reruns have in common between
    # cells, here by chance alone, is not counted on.
    means = values.mean(axis=1)
    spread = float(np.var(means[:, 0] - means[:, 1], ddof=1))
    count = 40 // replicates
    power = stats.nct(count - 1, 0.15 / (spread / count) ** 0.5).sf(stats.t.ppf(0.975, count - 1))
    assert found.power == pytest.approx(power, abs=1e-3 if replicates == 1 else 0.1)


def test_n_counts_dialogues_and_not_people() -> None:
    analysis = {"smallest_effect": {"given": 0.5}, "sd": {"given": 1.0}}
    (found,) = power(design={"between": ["a"]}, analysis=analysis, defaults={"replicates": 2})
    assert found.needed == (128, 172)
