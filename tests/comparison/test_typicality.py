"""Typicality: the regression against known α, and the files it reads."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from simulate.comparison.typicality import Pair, alpha, read_pairs, typicality
from simulate.errors import InputError, StatisticsError
from simulate.models.logprobs import TextScore


class Counting:
    """Scores a text by its words: one nat each for the first half of the alphabet, two else."""

    name = "counting"

    async def score(self, prompt: str, text: str) -> TextScore:
        spoken = text.split()
        return TextScore(-float(sum(1 + (w[0] > "m") for w in spoken)), len(spoken))

    async def aclose(self) -> None:
        pass


def simulated(true: float, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(1)
    size = rng.normal(0, 2, n)
    preferred = rng.random(n) < 1 / (1 + np.exp(-true * size))
    return np.where(preferred, size, -size)


def test_alpha_is_found_again_within_its_interval() -> None:
    found = alpha(simulated(0.6, 2000), np.arange(2000))
    assert found.interval is not None
    assert found.interval[0] < 0.6 < found.interval[1]
    assert found.value == pytest.approx(0.6, abs=0.1)


def test_alpha_agrees_with_a_numerical_maximum_of_the_likelihood() -> None:
    from scipy.optimize import minimize_scalar

    delta = simulated(-0.3, 300)
    best = minimize_scalar(lambda a: np.logaddexp(0, -a * delta).sum()).x
    assert alpha(delta, np.arange(300)).value == pytest.approx(best, abs=1e-5)


def test_alpha_scales_inversely_with_the_difference() -> None:
    delta = simulated(0.6, 300)
    one, ten = (alpha(d, np.arange(300)).value for d in (delta, 10 * delta))
    assert one == pytest.approx(10 * ten)


def test_few_prompts_give_no_interval() -> None:
    assert alpha(simulated(0.6, 100), np.arange(100) % 5).interval is None


def test_perfect_agreement_has_no_finite_alpha() -> None:
    with pytest.raises(StatisticsError, match="α is not finite: in all 3 pairs the preferred"):
        alpha(np.array([1.0, 2.0, 0.0]), np.arange(3))


def test_equal_likelihood_throughout_has_no_alpha() -> None:
    with pytest.raises(StatisticsError, match="equally likely"):
        alpha(np.zeros(3), np.arange(3))


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
