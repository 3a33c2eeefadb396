"""Outcomes are compared through a map that was fitted to people."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simulate
from simulate.comparison.samples import from_run
from simulate.engine import run
from simulate.errors import InputError
from simulate.reference import Variable
from simulate.runfile import open_run
from simulate.verbalized.probability_map import ProbabilityMap
from tests.enumerated import Tree
from tests.verbalized.test_probability_map import BENT, FITTED, HEATED

VALUES, STATED = np.array([0.0, 1.0, 2.0]), np.array([0.4, 0.2, 0.4])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose guests state the same distribution of their gift each time."""
    stated = tuple(zip(VALUES.tolist(), STATED.tolist(), strict=True))
    tree = Tree(1, 2, lambda _: (0.5, 0.5), lambda _: stated)
    out = tmp_path_factory.mktemp("runs") / "run.db"
    asyncio.run(run(tree.scenario(), n=40, model=tree.model(), out=out))
    return out


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("gift\n" + "0\n1\n2\n" * 20)
    return path


def mapped(made: dict[str, Any], **changed: Any) -> ProbabilityMap:
    fitted = FITTED | {"model": "doors"} | changed
    return ProbabilityMap.model_validate(made | {"what": "gift", "fitted": fitted})


def compared(
    played: Path, people: Path, found: ProbabilityMap | None = None, **options: Any
) -> Any:
    options |= {"draws": 200, "column": "gift", "human": True}
    return simulate.compare(played, people, outcome="gift", probability_map=found, **options)


def test_candidates_count_with_what_the_map_makes_of_their_weights(played: Path) -> None:
    with open_run(played) as file:
        variable = Variable.of_outcome("gift", file.scenario.outcomes["gift"])
        plain, bent, heated = (
            from_run(file, "gift", variable, mapped=found)[0]
            for found in (None, mapped(BENT), mapped(HEATED))
        )
    assert plain.rows.mean == pytest.approx(1.0)
    # The event, more than 0, has .6 as stated, which the map makes .3.
    assert bent.rows.mean == pytest.approx(0.3 / 0.6)
    assert bent.weighing == "through a map"
    roots = np.sqrt(STATED)
    assert heated.rows.mean == pytest.approx(roots @ VALUES / roots.sum())


def test_who_states_one_side_alone_gets_the_value_on_the_other(tmp_path: Path) -> None:
    tree = Tree(1, 2, lambda _: (0.5, 0.5), lambda _: ((1.0, 0.5), (2.0, 0.5)))
    out = tmp_path / "sure.db"
    asyncio.run(run(tree.scenario(), n=2, model=tree.model(), out=out))
    with open_run(out) as file:
        variable = Variable.of_outcome("gift", file.scenario.outcomes["gift"])
        (found,) = from_run(file, "gift", variable, mapped=mapped(BENT))
    # What is stated as 1 becomes .5, and the rest is 0.
    assert found.rows.mean == pytest.approx(0.5 * 1.5)


def test_the_sentence_says_on_whom_the_map_was_tuned(played: Path, people: Path) -> None:
    said = compared(played, people, mapped(BENT, split="report")).sentences[-1]
    assert said.startswith(
        "Distributions went through a map that was tuned on the report split of persuasionforgood, "
        "so this distance to the same people is optimistic"
    )


@pytest.mark.parametrize(
    ("found", "options", "message"),
    [
        (mapped(HEATED, model="gpt"), {}, "cell all: the map was fitted to what “gpt” states"),
        (mapped(HEATED, method="vs-cot"), {}, "with vs-cot, and not to “doors” with vs:"),
        (mapped(HEATED), {"drawn": True}, "leave out --drawn"),
        (ProbabilityMap.model_validate(HEATED), {}, "simulate reweigh RUN --map FILE"),
        (mapped(HEATED).model_copy(update={"what": "trust"}), {}, "of trust, and not of gift"),
    ],
)
def test_a_map_that_is_not_for_the_outcome_is_refused(
    played: Path, people: Path, found: ProbabilityMap, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compared(played, people, found, **options)
