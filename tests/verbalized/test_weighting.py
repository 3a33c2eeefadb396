import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import InputError
from simulate.verbalized import Candidate, ReplyDistribution, Weighting

STATED = st.lists(st.floats(0, 1), min_size=1, max_size=10).filter(any)


def distribution(*stated: float) -> ReplyDistribution:
    candidates = tuple(Candidate(f"{i}", p) for i, p in enumerate(stated))
    return ReplyDistribution.from_probabilities(candidates)


def test_tau_keeps_what_was_stated_at_it_or_above() -> None:
    weighed = Weighting(tau=0.2).apply(distribution(0.2, 0.1, 0.3, 0.4, 0.05))
    assert weighed.distribution.texts == ("0", "2", "3")
    assert weighed.distribution.weights == pytest.approx([2 / 9, 3 / 9, 4 / 9])
    assert (weighed.dropped, weighed.tau, weighed.relaxed) == (2, 0.2, None)


def test_where_too_few_reach_tau_the_likeliest_are_kept_and_it_is_told() -> None:
    weighed = Weighting(tau=0.5, min_k=3).apply(distribution(0.1, 0.2, 0.1, 0.6, 0.1))
    assert weighed.distribution.texts == ("0", "1", "3")
    assert weighed.tau == 0.1
    assert weighed.relaxed == (
        "1 of 5 candidates are stated at tau 0.5 or above: the likeliest 3 are kept (min_k)"
    )


def test_fewer_candidates_than_min_k_are_all_kept() -> None:
    weighed = Weighting(tau=0.9, min_k=3).apply(distribution(0.1, 0.2))
    assert weighed.distribution == distribution(0.1, 0.2)
    assert weighed.dropped == 0


@pytest.mark.parametrize(
    ("mode", "weights"),
    [
        ("elicited", [0.25, 0.75]),
        ("softmax", [1 / (1 + math.exp(0.4)), math.exp(0.4) / (1 + math.exp(0.4))]),
        ("uniform", [0.5, 0.5]),
    ],
)
def test_each_mode_weighs_by_its_formula(mode: str, weights: list[float]) -> None:
    weighed = Weighting(mode=mode).apply(distribution(0.2, 0.6))  # type: ignore[arg-type]
    assert weighed.distribution.weights == pytest.approx(weights)


@given(
    STATED, st.floats(0, 1), st.sampled_from(["elicited", "softmax", "uniform"]), st.integers(1, 4)
)
def test_any_weighting_gives_a_distribution_of_at_least_min_k(
    stated: list[float], tau: float, mode: str, min_k: int
) -> None:
    weighed = Weighting(tau, mode, min_k).apply(distribution(*stated))  # type: ignore[arg-type]
    kept = weighed.distribution
    assert len(kept) >= min(min_k, len(stated))
    assert len(kept) + weighed.dropped == len(stated)
    assert weighed.tau is not None
    assert all(c.probability is not None and c.probability >= weighed.tau for c in kept.candidates)
    assert (weighed.relaxed is None) == (
        weighed.tau == tau or sum(p >= tau for p in stated) >= min_k
    )


def test_without_stated_probabilities_only_equal_weights_are_possible() -> None:
    none = ReplyDistribution.equally_weighted((Candidate("a"), Candidate("b")))
    assert Weighting(mode="uniform").apply(none).distribution == none
    assert Weighting().apply(none).distribution == none
    with pytest.raises(InputError, match="tau: needs probabilities"):
        Weighting(tau=0.1).apply(none)
    with pytest.raises(InputError, match="weight_mode softmax: needs probabilities"):
        Weighting(mode="softmax").apply(none)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"tau": 1.5}, "tau: must lie in"),
        ({"tau": math.nan}, "tau: must lie in"),
        ({"mode": "flat"}, "weight_mode: must be elicited, softmax, uniform"),
        ({"min_k": 0}, "min_k: must be a whole number"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(bad: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Weighting(**bad)  # type: ignore[arg-type]
