"""JSONPaths are bounded in time: path and data may both come from strangers."""

import contextlib
from typing import Any

import pytest

from simulate.targets.jsonpath import checked_condition, checked_path, found, holds
from tests.yardstick import within

DEEP: Any = 1
for _ in range(60):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("$" + "[*,*]" * 50, DEEP),
        ("$[?@" + "[*,*]" * 50 + "]", [DEEP]),
        ("$" + "..*" * 60 + ".none", [[[list(range(20))] * 20] * 20]),
        ("$[?count($..*) > 1000000000]", [[i] for i in range(20_000)]),
        ("$[?search(@, '((a|aa)+)+((a|aa)+)+b')]", ["a" * 5000] * 10),
        ("$[?match(@.a, @.b)]", [{"a": "a" * 5000, "b": "((a|aa)+)+c"}]),
    ],
)
def test_a_search_ends_within_its_limit(path: str, data: Any) -> None:
    with within(120), contextlib.suppress(ValueError):
        assert found(path, data) == []


@pytest.mark.parametrize("path", ["$" + "[?@" * 200 + "[0]" + "]" * 200, "$" + ".a" * 501])
def test_a_path_without_measure_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a JSONPath"):
        checked_path(path)


def test_a_filter_finds_what_it_says() -> None:
    data = {"a": [{"b": 2, "c": "x"}, {"b": "axx", "c": "y"}]}
    assert found("$.a[?@.b > 1].c", data) == ["x"]
    assert found("$.a[?search(@.b, 'x+')].c", data) == ["y"]
    assert found("$.a[?match(@.b, 'x+')].c", data) == []


@pytest.mark.parametrize(
    ("condition", "data", "held"),
    [
        ('$.type == "text"', {"type": "text"}, True),
        ('$.type == "text"', {"type": "tool"}, False),
        ('$.type == "text"', "text", False),
        ('$ == "text"', "text", True),
        ("$[?@.a == 1]", [{"a": 1}], True),
        ("!$.a", {}, True),
        ("$.a", {"a": None}, False),
        ("$.done", {"done": False}, False),
        ("$.n", {"n": 0}, True),
        ('match($.s, "done|failed") && count($.x[*]) > 1', {"s": "failed", "x": [1, 2]}, True),
    ],
)
def test_a_condition_holds_or_not(condition: str, data: Any, held: bool) -> None:
    assert checked_condition(condition) == condition
    assert holds(condition, data) is held


@pytest.mark.parametrize(
    "condition", ["", "$.a ==", "$.a = 1", "true], [0", "$.a == 1].b[?$.c", "1"]
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="not a condition"):
        checked_condition(condition)


def test_a_condition_is_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.targets.jsonpath.LIMIT_S", 0.05)
    with pytest.raises(ValueError, match=r"within 0\.05 s"):
        holds(f"count(${'[*,*]' * 30}) > 1", DEEP)


@pytest.mark.parametrize(
    "path", ["$", "$.a", "$.a[0].b", "$.a[-1]['c d']", "$.a[7]", "$.a.b", "$[0]", "$.x"]
)
@pytest.mark.parametrize("data", [{"a": [{"b": 1}, {"c d": None}]}, [{"a": 1}], "a", None, {}])
def test_a_path_to_one_place_finds_what_the_standard_says(path: str, data: Any) -> None:
    import jsonpath_rfc9535

    assert found(path, data) == jsonpath_rfc9535.find(path, data).values()
