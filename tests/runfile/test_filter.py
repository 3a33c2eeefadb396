import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import InputError
from simulate.runfile.filter import Condition, parse_filter
from simulate.runfile.filter_sql import Names, to_sql

NAMES = Names(("donation",), ("method",), ("age", "sex"))
TABLES = """
CREATE TABLE dialogue (id, key, cell, persona, replicate, status, fault, error, turns,
    distributions, entropy, calls, prompt_tokens, completion_tokens, cost_usd, started, finished);
CREATE TABLE cell (id, label, levels);
CREATE TABLE persona (id, attributes);
CREATE TABLE turn (dialogue, position, text);
CREATE TABLE outcome (dialogue, name, value, number);
CREATE TABLE verdict (dialogue, name, verdict, whose);
"""


def executed(text: str) -> None:
    """Let SQLite read the SQL of a filter."""
    where, values = to_sql(parse_filter(text), NAMES)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        connection.create_function("has_text", 2, lambda a, b: 1)
        connection.create_function("has_match", 2, lambda a, b: 1)
        connection.execute(f"SELECT d.id FROM dialogue d WHERE {where}", values).fetchall()  # noqa: S608


def test_conditions_stand_side_by_side() -> None:
    assert parse_filter('cell:vs outcome>0.5 status:failed text:"rent is"') == (
        Condition("cell", ":", "vs"),
        Condition("outcome", ">", "0.5"),
        Condition("status", ":", "failed"),
        Condition("text", ":", "rent is", kind="quoted"),
    )


def test_a_bare_word_is_looked_for_in_the_text() -> None:
    assert parse_filter("rent") == (Condition("text", ":", "rent"),)
    assert parse_filter('"two words"') == (Condition("text", ":", "two words", kind="quoted"),)


def test_a_minus_turns_a_condition_round() -> None:
    assert parse_filter("-status:failed") == (Condition("status", ":", "failed", negated=True),)


def test_slashes_make_a_regular_expression() -> None:
    assert parse_filter(r"text:/re\/nt|due/") == (
        Condition("text", ":", "re/nt|due", kind="regex"),
    )


def test_an_empty_filter_has_no_conditions() -> None:
    assert parse_filter("   ") == ()
    assert to_sql((), NAMES) == ("1", [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('text:"open', "quote is not closed"),
        ("turns>", "needs a value"),
        ("text:/(/", "not a regular expression"),
        ("cell:/x/", "takes no regular expression"),
        ("-", "negates nothing"),
        ("occupation:x", "there is no field “occupation”"),
        ("turns>many", "turns is a number"),
        ("turns:1..2,5", "one range"),
        ("status:broken", "one of planned, running, completed, failed"),
        ("cell>3", "cell is a word"),
        ("error>3", "error is a text"),
        ("turns>nan", "is a number"),
        ("text:\udcff", "no text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_rule(text: str, says: str) -> None:
    with pytest.raises(InputError, match="filter: ") as caught:
        to_sql(parse_filter(text), NAMES)
    assert says in str(caught.value)


def test_an_outcome_without_a_scenario_that_has_one_is_refused() -> None:
    with pytest.raises(InputError, match="measures no outcome"):
        to_sql(parse_filter("outcome>1"), Names())


@pytest.mark.parametrize(
    "text",
    [
        "cell:vs",
        "cell!=vs,direct",
        "outcome>0.5",
        "donation:0..1",
        "donation:0.5,1",
        "outcome:missing",
        "outcome!=missing",
        "outcome:yes",
        "turns:4..",
        "turns:..4",
        "turns!=4..10",
        "method:vs",
        "age>30",
        "age:30..40",
        "persona.age<30",
        "sex:female",
        "sex!=female",
        "-rent",
        "text!=rent",
        "text:/a+/",
        'error:"cut off"',
        "seconds>1 tokens<10 cost>=0 entropy<=2 calls:3 replicate:0 id:7",
        "dialogue:abc fault:model persona:x",
    ],
)
def test_every_kind_of_condition_is_sql_that_sqlite_reads(text: str) -> None:
    executed(text)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_never_enters_the_sql(text: str) -> None:
    try:
        executed(text)
    except InputError:
        return
    marked = "zq" + "".join(c for c in text if c.isalpha() and c.isascii()) + "qz"
    where, values = to_sql(parse_filter(f'text:"{marked}" status:failed'), NAMES)
    assert marked not in where
    assert marked in values


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_quoted_value_is_taken_as_it_is(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    if not value.strip() or "\n" in value:
        return
    assert parse_filter(f'text:"{quoted}"') == (Condition("text", ":", value, kind="quoted"),)


@given(st.sampled_from(["turns", "tokens", "outcome", "age"]), st.floats(-1e6, 1e6))
def test_a_number_is_compared_as_the_number_that_was_written(field: str, number: float) -> None:
    _, values = to_sql(parse_filter(f"{field}>={number!r}"), NAMES)
    assert number in values
