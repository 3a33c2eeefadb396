"""Further speakers are drawn among those who fit, by weights and by identity."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import pytest

from simulate.errors import PopulationError
from simulate.population import MatchRule, Partner, Partners, Persona, Population, check_match

SIDES = ("left", "centre", "right")


def table(rows: list[dict[str, Any]], name: str = "people") -> Population:
    return Population.model_validate({"population": name, "personas": rows})


PEOPLE = table(
    [
        {
            "id": f"{side}-{sex}-{i}",
            "weight": 1 + i,
            "attributes": {"side": side, "sex": sex, "age": 20 + 10 * i},
        }
        for side, sex, i in product(SIDES, ("f", "m"), range(3))
    ]
)
MARGINALS = Population.model_validate(
    {
        "population": "marginals",
        "attributes": {
            "side": {"kind": "category", "counts": dict.fromkeys(SIDES, 1) | {"none": 0}},
            "age": {"kind": "integer", "counts": dict.fromkeys(range(20, 60), 1)},
        },
    }
)


def rules(**match: Any) -> dict[str, MatchRule]:
    return {
        name: MatchRule.model_validate({"rule": r} if isinstance(r, str) else r)
        for name, r in match.items()
    }


def partners(
    n: int, people: Population = PEOPLE, own: Population | None = None, seed: int = 0, **match: Any
) -> list[tuple[Persona, Persona]]:
    """Return the pairs of a run."""
    first = people.sample(n, seed)
    partner = Partner(own or people, rules(**match))
    drawn = Partners(seed, people, {"ben": partner}, [first])
    return [(each, drawn.beside(each)["ben"]) for each in first]


@pytest.mark.parametrize("people", [PEOPLE, MARGINALS])
def test_a_partner_is_as_the_rules_say(people: Population) -> None:
    for one, other in partners(40, people, side="same", age={"rule": "different", "within": 5}):
        assert one.attributes["side"] == other.attributes["side"]
        assert abs(int(str(one.attributes["age"])) - int(str(other.attributes["age"]))) > 5
    for one, other in partners(40, people, side="different", age={"within": 10}):
        assert one.attributes["side"] != other.attributes["side"]
        assert abs(int(str(one.attributes["age"])) - int(str(other.attributes["age"]))) <= 10


def test_nobody_talks_to_the_row_that_it_is_itself_unless_that_is_said() -> None:
    two = table([{"id": "a", "weight": 9}, {"id": "b"}])
    assert {(one.id.partition("#")[0], ben.id) for one, ben in partners(30, two)} == {
        ("a", "ben:b"),
        ("b", "ben:a"),
    }
    alone = Partners(0, two, {"ben": Partner(two, distinct=False)})
    assert {alone.beside(Persona("a"), i)["ben"].id for i in range(60)} == {"ben:a", "ben:b"}


def test_speakers_of_one_table_are_different_rows_and_of_two_tables_may_be_alike() -> None:
    ids = [f"p{i}" for i in range(6)]
    one, other = table([{"id": i} for i in ids]), table([{"id": i, "prose": "X."} for i in ids])
    drawn = Partners(0, one, {f"s{i}": Partner(one) for i in range(5)})
    for first in one.sample(6, 0):
        found = drawn.beside(first)
        assert {first.id, *(each.id.partition(":")[2] for each in found.values())} == set(ids)
    apart = Partners(0, one, {"ben": Partner(other)})
    assert any(apart.beside(Persona("p0"), i)["ben"].id == "ben:p0" for i in range(60))


def test_among_those_who_fit_each_has_a_chance_by_its_weight() -> None:
    drawn = Partners(0, PEOPLE, {"ben": Partner(PEOPLE, rules(side="same", sex="different"))})
    ada = Persona("left-f-0", {"side": "left", "sex": "f"})
    counts = Counter(drawn.beside(ada, i)["ben"].id for i in range(3000))
    assert set(counts) == {f"ben:left-m-{i}" for i in range(3)}
    for i in range(3):
        assert counts[f"ben:left-m-{i}"] / 3000 == pytest.approx((1 + i) / 6, abs=0.03)


@pytest.mark.parametrize("own", [PEOPLE, MARGINALS])
def test_crossed_levels_meet_equally_often_and_a_larger_run_begins_with_the_same_pairs(
    own: Population,
) -> None:
    pairs = partners(54, PEOPLE, own, side="crossed")
    by_side = Counter(one.attributes["side"] for one, _ in pairs)
    met = Counter((one.attributes["side"], ben.attributes["side"]) for one, ben in pairs)
    for one, other in product(SIDES, SIDES):
        assert met[one, other] in (by_side[one] // 3, -(-by_side[one] // 3))
    assert partners(20, PEOPLE, own, side="crossed") == pairs[:20]
    assert partners(54, PEOPLE, own, seed=1, side="crossed") != pairs


def test_the_replicates_of_a_persona_are_crossed_too() -> None:
    first = PEOPLE.sample(1, 0)
    drawn = Partners(0, PEOPLE, {"ben": Partner(PEOPLE, rules(side="crossed"))}, [first], 6)
    met = Counter(drawn.beside(first[0], i)["ben"].attributes["side"] for i in range(6))
    assert met == dict.fromkeys(SIDES, 2)


def test_a_third_speaker_can_be_matched_with_the_second() -> None:
    of = {
        "ben": Partner(PEOPLE, rules(side="different")),
        "cy": Partner(PEOPLE, rules(side="same", sex="same"), beside="ben"),
    }
    drawn = Partners(0, PEOPLE, of)
    for first in PEOPLE.sample(30, 0):
        ben, cy = drawn.beside(first).values()
        assert ben.attributes["side"] == cy.attributes["side"] != first.attributes["side"]
        assert ben.attributes["sex"] == cy.attributes["sex"]


def test_a_rule_that_nobody_can_meet_is_refused_with_field_and_person() -> None:
    rows = PEOPLE.personas[:6]
    left = table([row.model_dump() for row in rows]).placed([f"p.csv:{i}" for i in range(2, 8)])
    drawn = Partners(0, left, {"ben": Partner(left, rules(side="different"))}, [left.sample(6, 0)])
    with pytest.raises(
        PopulationError,
        match=r"^speakers\.ben\.population\.match\.side: nobody of population people fits persona "
        r"“left-\w-\d” \(p\.csv:\d\), who needs somebody with side different from “left”",
    ):
        drawn.check()
    nobody = {"age": {"rule": "same", "within": 0}}
    old = table([{"id": "x", "attributes": {"age": 99}}])
    of = Partners(0, old, {"ben": Partner(MARGINALS, rules(**nobody))}, [old.sample(1, 0)])
    with pytest.raises(PopulationError, match=r"age the same as “99” \(within 0\)"):
        of.check()


def test_whoever_lacks_the_attribute_that_is_matched_is_named() -> None:
    some = table([{"id": "a", "attributes": {"side": None}}, {"id": "b"}])
    drawn = Partners(0, some, {"ben": Partner(PEOPLE, rules(side="same"))}, [some.sample(2, 0)])
    with pytest.raises(PopulationError, match=r"persona “[ab]” has no side to be matched with"):
        drawn.check()


@pytest.mark.parametrize(
    ("match", "why"),
    [
        ({"hat": "same"}, "hat: population people has no attribute “hat”; it has: side, sex, age"),
        ({"age": "same"}, r"age: is a number: .*\{rule: same, within: 5\}"),
        ({"age": "different"}, r"age: is a number: .*\{rule: different, within: 5\}"),
        ({"side": {"within": 1}}, "side: is no number, and within is for numbers"),
        ({"side": {"rule": "crossed", "within": 1}}, "side: within is for same and different"),
    ],
)
def test_a_rule_that_says_nothing_of_an_attribute_is_refused(match: Any, why: str) -> None:
    with pytest.raises(PopulationError, match=f"^{why}"):
        check_match(rules(**match), PEOPLE, PEOPLE)
