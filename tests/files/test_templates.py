"""Templates are data from anywhere: they read what they are given, and take little."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulate.errors import InputError
from simulate.files import sandbox
from simulate.files.templates import evaluate, render, variables_of
from tests.yardstick import within

VALUES: dict[str, Any] = {
    "text": "a" * 1000,
    "long": "ab" * 400_000,
    "numbers": list(range(1000)),
    "mapping": {"a": 1, "b": {"c": [1, 2]}},
    "n": 3,
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ text | length }} {{ n * 2 + 1 }} {{ 'a' ~ n ~ ('z' | upper) }}", "1000 7 a3Z"),
        (
            "{% for i in numbers[:3] %}{{ loop.index }}/{{ loop.length }} {% endfor %}",
            "1/3 2/3 3/3",
        ),
        ("{% for k, v in mapping.items() %}{{ k }};{% endfor %}", "a;b;"),
        ("{{ mapping.b.c[1] }}{{ mapping.get('z', '-') }}{{ mapping['a'] }}", "2-1"),
        ("{% set who = 'you' + '!' %}{% if n > 2 and 'o' in who %}{{ who }}{% endif %}", "you!"),
        (
            "{{ numbers | first }}{{ [3, 1] | sort | join(', ') }}{{ mapping.b | tojson }}",
            '01, 3{"c": [1, 2]}',
        ),
        (
            "{{ 'yes' if n is divisibleby 3 else 'no' }}{# said #}{% raw %}{{ }}{% endraw %}",
            "yes{{ }}",
        ),
        ("{% for i in range(4) %}{{ loop.cycle('a', 'b') }}{% endfor %}", "abab"),
    ],
)
def test_what_a_prompt_needs_can_be_written(source: str, text: str) -> None:
    assert render(source, VALUES, "t") == text


@pytest.mark.parametrize(
    "source",
    [
        "{{ text.__class__ }}",
        "{{ text['__class__'] }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ text | attr('__class__') }}",
        "{{ numbers | map(attribute='__class__') | list }}",
        "{{ text | map('attr', '__class__') | list }}",
        "{{ '{0.__class__}'.format(n) }}",
        "{{ self.__init__.__globals__ }}",
        "{{ numbers.append(1) }}",
        "{{ mapping.update({}) }}",
        "{% set mapping.a = 2 %}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ namespace(a=1) }}",
        "{{ cycler }}",
        "{{ nope }}",
        "{% set a = nope %}",
    ],
)
def test_no_template_gets_at_code_or_files_or_changes_a_value(source: str) -> None:
    with pytest.raises(InputError, match=r"^t[:,]"):
        render(source, VALUES, "t")
    assert VALUES["mapping"] == {"a": 1, "b": {"c": [1, 2]}}


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 1000000000000000000 * 1000000000000000000 * 10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ text | center(1000000000) }}",
        "{{ text.ljust(1000000000) }}",
        "{{ text | replace('a', text) }}",
        "{{ long | join(long) }}",
        "{{ lipsum(n=10000000) }}",
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for a in numbers %}{% for b in numbers %}{% for c in numbers %}"
        "{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in range(50000) %}{% if long | upper == 'a' %}{% endif %}{% endfor %}",
        "{% for i in range(50000) %}{% if 'aa' in long %}{% endif %}{% endfor %}",
        "{% for i in range(100) %}{{ long }}{% endfor %}",
        "{% for i in numbers recursive %}{{ loop(numbers) }}{% endfor %}",
        "{% set a = text ~ text %}" + "{% set a = a ~ a %}" * 60,
        "{% set a = text + text %}" + "{% set a = a + a %}" * 60,
        "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
        "{{ [" + "long, " * 99 + "] }}",
        "{{ [" + "1, " * 20_000 + "] }}",
        "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
        "{% for i in numbers %}" * 30 + "{% endfor %}" * 30,
        "{% if n %}" * 200 + "{% endif %}" * 200,
        "x" * 200_000,
    ],
    ids=range(26),
)
def test_no_template_takes_much_time_or_memory(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "LONGEST_S", 0.3)
    with within(200), pytest.raises(InputError, match=r"^t[:,]"):
        render(source, VALUES, "t")


@pytest.mark.parametrize("source", ["{{ numbers | random }}", "{{ text.upper }}", "{{ range }}"])
def test_nothing_that_changes_from_run_to_run_can_be_written(source: str) -> None:
    with pytest.raises(InputError, match=r"^t[:,]"):
        render(source, VALUES, "t")


def test_a_text_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(InputError, match="surrogates"):
        render("{{ '\\ud800' }}", {}, "t")


@pytest.mark.parametrize("number", ["nan", "1e999"])
def test_a_number_that_is_not_finite_is_refused_where_it_is_written_down(number: str) -> None:
    source = f"{{{{ '{number}' | float + long }}}}"
    with pytest.raises(InputError, match="t: it computes a number that is not finite"):
        render(source, {"long": 1}, "t")
    with pytest.raises(InputError, match="t: it computes a number that is not finite"):
        evaluate(source, {"long": 1}, "t")


def test_what_is_refused_is_named_with_its_line() -> None:
    with pytest.raises(InputError, match=r"t, template line 2: “include” is not allowed"):
        render("a\n{% include 'x' %}", {}, "t")


def test_the_variables_of_a_template_are_those_from_outside() -> None:
    source = "{% set a = b %}{% for c in d ~ e %}{{ a }}{{ c }}{{ f | join(g) }}{% endfor %}"
    assert variables_of(source, "t") == {"b", "d", "e", "f", "g"}


WORDS = """{{ }} {% %} {# #} for in if else endif endfor set text long numbers mapping n [ ] ( ) |
    ~ + * ** // % == < upper join list map range ( 1 9 'a' . , : attr __class__ items tojson raw is
    not endraw block macro call with do include loop cycle"""
PARTS = st.sampled_from(WORDS.split())


@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=25).map(" ".join))
@example("{{ mapping | dictsort(9) }}")
def test_any_template_gives_a_text_or_an_input_error(source: str) -> None:
    with suppress(InputError):
        assert isinstance(render(source, VALUES, "t"), str)


@pytest.mark.parametrize("text", ["words only", "  two\n\nlines \n", "a\r\nb", "%} }} #}", ""])
def test_words_alone_come_out_as_a_template_would_give_them(text: str) -> None:
    assert render(text, {}, "t") == render(text + "{{ '' }}", {}, "t")


def test_half_a_surrogate_pair_is_refused_in_words_too() -> None:
    with pytest.raises(InputError, match="surrogates not allowed"):
        render("\ud800", {}, "t")
