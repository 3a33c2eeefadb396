import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.models import wire_json
from simulate.models.wire_json import from_json, to_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.integers(-999, 999).map(lambda i: i / 8),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_request_is_the_same_bytes_with_and_without_orjson(value: Any) -> None:
    sent = to_json(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire_json, "orjson", None)
        assert to_json(value) == sent
    assert from_json(sent) == json.loads(sent) == value


def test_half_a_character_and_a_very_large_number_are_sent_as_json_can_hold_them() -> None:
    assert to_json({"a": "x\ud83d", "b": 2**70}) == b'{"a":"x\\ud83d","b":%d}' % 2**70


def test_an_answer_is_read_that_is_json_as_python_reads_it() -> None:
    assert from_json('{"a": "é"}'.encode("utf-16")) == {"a": "é"}
    assert from_json(b'{"a": "\\ud83d"}') == {"a": "\ud83d"}
    assert math.isnan(from_json(b'{"a": NaN}')["a"])


@pytest.mark.parametrize("raw", [b"", b"{", b'"\xff"'])
def test_an_answer_that_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of several kinds
        from_json(raw)
