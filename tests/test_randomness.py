import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.randomness import _uniform, call_seed, generator, uniform, uniforms


def test_the_random_numbers_of_an_identity_never_change() -> None:
    """Pinned: run files of earlier versions depend on these numbers."""
    assert uniform(7, "reply:persuadee", "crowdworkers-0001", 0, 3) == 0.8611345060507652
    assert call_seed(7, "reply:persuadee", "crowdworkers-0001", 0, 3) == 2084806606


def test_another_process_draws_the_same_numbers() -> None:
    code = "from simulate.randomness import uniform; print(uniform(1, 'x', 'é', 2, 3))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(out.stdout) == uniform(1, "x", "é", 2, 3)


@given(st.integers(), st.text(max_size=20), st.integers(0, 99))
def test_a_uniform_number_lies_in_its_range(seed: int, persona: str, turn: int) -> None:
    assert 0 <= uniform(seed, "reply", persona, 0, turn) < 1


@given(st.integers(), st.integers(0, 9))
def test_a_call_seed_fits_into_31_bits(seed: int, ask: int) -> None:
    assert 0 <= call_seed(seed, "reply", ask=ask) < 2**31


def test_every_part_of_an_identity_matters() -> None:
    base = (1, "reply", "ada", 0, 0)
    others = [(2, *base[1:]), (1, "x", *base[2:]), (1, "reply", "bob", 0, 0)]
    others += [(1, "reply", "ada", 1, 0), (1, "reply", "ada", 0, 1)]
    assert len({uniform(*each) for each in [base, *others]}) == 6


def test_uniform_numbers_of_many_identities_are_uniform() -> None:
    from scipy.stats import kstest

    numbers = [uniform(0, "reply", f"p{i}") for i in range(5000)]
    assert kstest(numbers, "uniform").pvalue > 0.001


def test_a_generator_belongs_to_its_identity() -> None:
    assert generator(1, "bootstrap").random() == generator(1, "bootstrap").random()


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.text(max_size=20),
    st.lists(st.tuples(st.text(max_size=20), st.integers(0, 2**40)), max_size=20),
)
def test_many_numbers_at_once_are_those_of_one_at_a_time(
    seed: int, what: str, whose: list[tuple[str, int]]
) -> None:
    personas, replicates = [persona for persona, _ in whose], [number for _, number in whose]
    whats = [what, f"{what}?", ""]
    together = uniforms(seed, whats, personas, replicates).tolist()
    assert together == [[uniform(seed, each, *who) for who in whose] for each in whats]
    (first,) = uniforms(seed, whats[:1], personas).tolist()
    assert first == [uniform(seed, what, persona) for persona in personas]


@pytest.mark.parametrize(
    "name", [bytes(32), bytes(4) + bytes(range(28)), bytes(28) + b"\0\0\0\1", bytes(range(1, 33))]
)
def test_a_number_is_that_of_numpys_seed_sequence_however_many_words_its_name_has(
    name: bytes,
) -> None:
    state = np.random.SeedSequence(int.from_bytes(name, "big")).generate_state(1, np.uint64)
    assert _uniform(name) == (int(state[0]) >> 11) * 2.0**-53
