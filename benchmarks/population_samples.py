"""How well samples of a population of marginals stand for it, by how they are composed.

Root mean square error of the share of a group, and of a mean, in units of that of independent
draws, over seeds: `uv run benchmarks/population_samples.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulate.population import Population

SEEDS = 200
WAYS: dict[str, Any] = {
    "random": "random",
    "Sobol": "sobol",
    "strata": {"strata": ["sex", "education"]},
    "strata, Sobol": {"strata": ["sex", "education"], "points": "sobol"},
    "quotas": {
        "quotas": {
            "sex": {"f": 51, "m": 49},
            "education": {"low": 50, "middle": 35, "high": 15},
        }
    },
}
SHARES = {"low": 0.5, "middle": 0.35, "high": 0.15}
DATA: dict[str, Any] = {
    "population": "p",
    "attributes": {
        "sex": {"kind": "category", "counts": {"f": 51, "m": 49}},
        "education": {"kind": "ordinal", "counts": SHARES},
        "age": {"kind": "number", "distribution": {"name": "norm"}},
    },
    "correlations": [{"between": ["education", "age"], "rank": -0.3}],
}


def errors(way: str, n: int) -> tuple[float, float, float]:
    """Return the errors of a share and a mean, and by how many people a group was off at most."""
    population = Population.model_validate({**DATA, "sampling": WAYS[way]})
    shares, means, most = [], [], 0.0
    for seed in range(SEEDS):
        people = [person.attributes for person in population.sample(n, seed)]
        means.append(np.mean([float(str(person["age"])) for person in people]) * np.sqrt(n))
        for level, share in SHARES.items():
            off = sum(person["education"] == level for person in people) - n * share
            shares.append(off / np.sqrt(n * share * (1 - share)))
            most = max(most, abs(off))
    rms = [float(np.sqrt(np.mean(np.square(each)))) for each in (shares, means)]
    return rms[0], rms[1], most


def main() -> None:
    """Print a table."""
    for way in WAYS:
        for n in (20, 50, 200):
            share, mean, most = errors(way, n)
            print(f"{way:14} n = {n:3}  share {share:.2f} ({most:.1f})  mean of age {mean:.2f}")


if __name__ == "__main__":
    main()
