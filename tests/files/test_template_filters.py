import re
from collections import Counter

import pytest

from simulate.errors import InputError
from simulate.files.template_filters import code, pick
from simulate.files.templates import render

PEOPLE = [f"somebody-{i}" for i in range(4000)]


def test_a_code_follows_its_pattern() -> None:
    for person in PEOPLE[:200]:
        assert re.fullmatch(r"K-\d{5}/[A-Z]{2}", code(person, "K-#####/??"))


def test_a_person_has_the_same_code_each_time_and_others_have_others() -> None:
    assert code("ada", "########") == code("ada", "########") == "43258668"
    assert len({code(person, "############") for person in PEOPLE}) == len(PEOPLE)


def test_a_label_makes_another_code_and_another_choice() -> None:
    assert code("ada", "########", "card") != code("ada", "########")
    both = Counter((pick(p, "ab"), pick(p, "ab", "x")) for p in PEOPLE)
    assert all(900 < count < 1100 for count in both.values())
    assert len(both) == 4


@pytest.mark.parametrize("place", [0, 1, 2])
def test_each_digit_is_as_likely_in_each_place(place: int) -> None:
    digits = Counter(code(person, "###")[place] for person in PEOPLE)
    assert len(digits) == 10
    assert all(320 < count < 480 for count in digits.values())


def test_each_value_is_picked_as_often() -> None:
    counts = Counter(pick(person, range(1, 5)) for person in PEOPLE)
    assert set(counts) == {1, 2, 3, 4}
    assert all(900 < count < 1100 for count in counts.values())


def test_templates_have_both_as_filters() -> None:
    values = {"persona": {"id": "ada"}}
    assert render('{{ persona.id | code("########") }}', values, "x") == "43258668"
    assert render('{{ persona.id | pick(["a"]) }}', values, "x") == "a"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ('{{ "ada" | code("abc") }}', r"x: code: the pattern must have a # or \? in it"),
        ('{{ "ada" | code("' + "#" * 41 + '") }}', "at most 40 characters"),
        ('{{ "ada" | pick([]) }}', "x: pick: there is nothing to pick from"),
    ],
)
def test_what_cannot_be_made_up_is_an_error_with_its_rule(template: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        render(template, {}, "x")
