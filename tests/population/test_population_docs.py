"""What docs/population.md shows can be read as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.population import Population

TEXT = (Path(__file__).parents[2] / "docs" / "population.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def data(beginning: str) -> list[Any]:
    return [yaml.safe_load(block) for block in BLOCKS if block.lstrip().startswith(beginning)]


def test_a_population_of_ones_own_can_be_drawn_from() -> None:
    (shown,) = data("population: guests")
    assert Population.model_validate(shown).sample(3)[0].prose.startswith("You are")


@pytest.mark.parametrize("attributes", [*data("age:"), *data("sex:")])
def test_attributes_can_be_drawn(attributes: dict[str, Any]) -> None:
    Population.model_validate({"population": "p", "attributes": attributes}).check()


@pytest.mark.parametrize("part", next(b for b in BLOCKS if b.startswith("sampling")).split("---"))
def test_each_way_to_sample_can_be_drawn(part: str) -> None:
    attributes = {
        "sex": {"kind": "category", "counts": {"f": 1, "m": 1}},
        "education": {"kind": "ordinal", "counts": {"low": 1, "high": 1}},
        "age": {"kind": "integer", "counts": {20: 1, 35: 1, 50: 1}},
    }
    shown = {"population": "p", "attributes": attributes, **yaml.safe_load(part)}
    assert len(Population.model_validate(shown).sample(20)) == 20


def test_margins_and_constraints_are_read() -> None:
    (margins,), (require,) = data("population: panel"), data("require:")
    people = [("f", 30), ("m", 30), ("f", 60), ("m", 60)]
    rows = [
        {"id": str(i), "attributes": {"sex": s, "age": a, "schooling": 9, "job": "none"}}
        for i, (s, a) in enumerate(people)
    ]
    del margins["table"]
    Population.model_validate({**margins, **require, "personas": rows}).check()
