"""JSONPaths are bounded in time: path and data may both come from strangers."""

import contextlib
from typing import Any

import pytest

from simulate.targets.jsonpath import checked_path, found
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
