"""Typicality: the regression against known α, and the files it reads."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from simulate.comparison.typicality import Pair, alpha, read_pairs, typicality
from simulate.errors import InputError, StatisticsError
from simulate.models.logprobs import TextScore
from tests.conftest import Command


class Counting:
    """Scores a text by its words: one nat each for the first half of the alphabet, two else."""

    name = "counting"

    async def score(self, prompt: str, text: str) -> TextScore:
        spoken = text.split()
        return TextScore(-float(sum(1 + (w[0] > "m") for w in spoken)), len(spoken))

    async def aclose(self) -> None:
        pass


def simulated(true: float, n: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(1)
    size = rng.normal(0, 2, n)
    preferred = rng.random(n) < 1 / (1 + np.exp(-true * size))
    return np.where(preferred, size, -size)


def alike(
    delta: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return pairs of texts of equal length, each of its own prompt."""
    return delta, np.zeros(len(delta)), np.arange(len(delta))


def test_alpha_is_found_again_within_its_interval() -> None:
    found = alpha(*alike(simulated(0.6, 2000)))
    assert found.interval is not None
    assert found.interval[0] < 0.6 < found.interval[1]
    assert found.value == pytest.approx(0.6, abs=0.1)


def test_alpha_agrees_with_a_numerical_maximum_of_the_likelihood() -> None:
    from scipy.optimize import minimize_scalar

    delta = simulated(-0.3, 300)
    best = minimize_scalar(lambda a: np.logaddexp(0, -a * delta).sum()).x
    assert alpha(*alike(delta)).value == pytest.approx(best, abs=1e-5)


def test_alpha_scales_inversely_with_the_difference() -> None:
    delta = simulated(0.6, 300)
    one, ten = (alpha(*alike(d)).value for d in (delta, 10 * delta))
    assert one == pytest.approx(10 * ten)


def lengths_and_likeliness(
    n: int, seed: int, by_length: float, by_likeliness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return pairs whose texts lose 3 nats a token, preferred by length and by likeliness."""
    rng = np.random.default_rng(seed)
    length = rng.integers(-40, 41, n).astype(np.float64)
    delta = -3 * length + rng.normal(0, 30, n)
    chance = 1 / (1 + np.exp(-by_length * length - by_likeliness * delta))
    sign = np.where(rng.random(n) < chance, 1.0, -1.0)
    return sign * delta, sign * length, np.arange(n)


def test_who_only_prefers_longer_text_has_no_alpha_at_equal_length() -> None:
    covered = []
    for seed in range(20):
        found = alpha(*lengths_and_likeliness(600, seed, 0.03, 0), draws=200)
        assert found.value < 0
        assert found.interval is not None
        assert found.interval[1] < 0  # the longer text is the less likely one
        assert found.at_equal_length_interval is not None
        covered.append(found.at_equal_length_interval[0] < 0 < found.at_equal_length_interval[1])
    assert sum(covered) >= 18


def test_alpha_and_the_preference_for_length_are_told_apart() -> None:
    found = alpha(*lengths_and_likeliness(4000, 0, 0.05, 0.02), draws=200)
    assert found.at_equal_length == pytest.approx(0.02, abs=0.004)
    assert found.per_token == pytest.approx(0.05, abs=0.015)


def test_both_coefficients_are_those_of_a_numerical_maximum_of_the_likelihood() -> None:
    from scipy.optimize import minimize

    delta, length, owner = lengths_and_likeliness(300, 1, 0.05, 0.02)

    def loss(slopes: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -slopes[0] * delta - slopes[1] * length).sum())

    best = minimize(loss, np.zeros(2), tol=1e-12).x
    found = alpha(delta, length, owner, draws=50)
    assert [found.at_equal_length, found.per_token] == pytest.approx(best.tolist(), abs=1e-4)


def test_likeliness_that_is_length_alone_cannot_be_told_from_it() -> None:
    _, length, owner = lengths_and_likeliness(100, 0, 0.03, 0)
    found = alpha(-2 * length, length, owner, draws=50)
    assert found.value < 0
    assert (found.at_equal_length, found.per_token) == (None, None)


def test_pairs_that_length_and_likeliness_tell_without_error_have_no_finite_alpha() -> None:
    found = alpha(np.array([3.0, -1.0, 2.0]), np.array([-1.0, 4.0, 1.0]), np.arange(3))
    assert found.at_equal_length is None


def test_few_prompts_give_no_interval() -> None:
    assert alpha(simulated(0.6, 100), np.zeros(100), np.arange(100) % 5).interval is None


def test_perfect_agreement_has_no_finite_alpha() -> None:
    with pytest.raises(StatisticsError, match="α is not finite: in all 3 pairs the preferred"):
        alpha(*alike(np.array([1.0, 2.0, 0.0])))


def test_equal_likelihood_throughout_has_no_alpha() -> None:
    with pytest.raises(StatisticsError, match="equally likely"):
        alpha(*alike(np.zeros(3)))


def test_pairs_are_scored_in_sums_and_per_token() -> None:
    pairs = [Pair("p", "a b", "z"), Pair("q", "z z", "a"), Pair("r", "a", "z z z")]
    found = asyncio.run(typicality(pairs, Counting()))
    assert found.pairs == 3
    assert found.share == pytest.approx(0.5)
    assert [a.scale for a in found.alphas] == ["nats", "nats per token", "root mean square"]


def written(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return path


GOOD = {"prompt": "p", "chosen": "a", "rejected": "b"}


def test_pairs_of_unequal_correctness_are_left_out_and_counted(tmp_path: Path) -> None:
    unequal = {**GOOD, "chosen_correctness": 4, "rejected_correctness": 2}
    equal = {**GOOD, "chosen_correctness": 4, "rejected_correctness": 4}
    pairs, left_out = read_pairs(written(tmp_path / "p.jsonl", GOOD, unequal, "", equal))
    assert len(pairs) == 2
    assert left_out == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "p.jsonl:2: not JSON"),
        ({"prompt": "p", "chosen": "a"}, "p.jsonl:2: a pair has the texts prompt, chosen"),
        ({**GOOD, "rejected": " "}, "p.jsonl:2: a pair has the texts"),
        ([1], "p.jsonl:2: a pair has the texts"),
    ],
)
def test_a_line_that_is_no_pair_is_named(line: object, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=problem):
        read_pairs(written(tmp_path / "p.jsonl", GOOD, line))


def test_a_file_without_a_pair_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no preference pair in it"):
        read_pairs(written(tmp_path / "p.jsonl", ""))


def test_the_command_prints_alpha_at_equal_length_before_the_one_without(
    tmp_path: Path, command: Command
) -> None:
    said = [("Say hello.", "Hello there, friend.", "Hi."), ("A colour?", "Blue.", "It is blue.")]
    said += [("An animal?", "A cat.", "Zebra fish."), ("2 + 2?", "4", "The answer is 4.")]
    lines = [{"prompt": p, "chosen": c, "rejected": r} for p, c, r in said]
    code, out, _ = command("typicality", written(tmp_path / "p.jsonl", *lines))
    assert code == 0
    first, second = out.splitlines()[2:4]
    assert first.startswith("α per nats, at equal length: ")
    assert second.startswith("  without the length: ")
    assert "the difference of both texts in the model's tokens is in the regression" in out
