from __future__ import annotations

import numpy as np
import pytest

from simulate.comparison.reweighing.event import happens, read_event
from simulate.errors import StatisticsError
from simulate.reference import Variable
from simulate.scenario import Scenario

SCENARIO = Scenario.model_validate(
    {
        "scenario": "s",
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        "outcomes": {
            "gift": {
                "kind": "amount",
                "support": [0, 2],
                "asked": {"speaker": "ada", "question": "?"},
            },
            "mood": {
                "kind": "ordinal",
                "levels": ["bad", "so-so", "good"],
                "asked": {"speaker": "ada", "question": "?"},
            },
            "party": {
                "kind": "choice",
                "levels": ["left", "right"],
                "asked": {"speaker": "ada", "question": "?"},
            },
        },
    }
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("gift >= 2", [0, 0, 1]),
        ("gift>0.5", [0, 1, 1]),
        ("gift = 1", [0, 1, 0]),
        (" gift  ==  1.0 ", [0, 1, 0]),
        ("gift ≤ 1", [1, 1, 0]),
        ("mood >= so-so", [0, 1, 1]),
        ("mood > so-so", [0, 0, 1]),
        ("mood < good", [1, 1, 0]),
        ("mood <= bad", [1, 0, 0]),
        ("mood = good", [0, 0, 1]),
        ("party = right", [0, 1]),
    ],
)
def test_an_event_is_what_an_outcome_is(text: str, codes: list[int]) -> None:
    event = read_event(text, SCENARIO)
    variable = Variable.of_outcome(event.outcome, SCENARIO.outcomes[event.outcome])
    found = happens(event, variable, SCENARIO, np.arange(len(codes), dtype=float))
    assert found.tolist() == codes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gift", "write OUTCOME >= VALUE"),
        ("", "write OUTCOME >= VALUE"),
        ("1 < gift < 2", "write OUTCOME >= VALUE"),
        ("gift >= nan", "is no number"),
        ("gift = 3", "3"),
        ("mood = great", "great"),
        ("mood > good", "no level lies > good"),
        ("mood >= 2", "above and below are for numbers"),
        ("party >= left", "is no number"),
        ("kindness >= 1", "there is no outcome “kindness”; it has: gift, mood, party"),
        ("gift >= " + "9" * 10_000, "write OUTCOME >= VALUE"),
    ],
)
def test_what_is_no_event_is_refused_with_the_rule(text: str, told: str) -> None:
    with pytest.raises(StatisticsError) as error:
        read_event(text, SCENARIO)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
