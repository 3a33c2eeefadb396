import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.models import request_json as module
from simulate.models.request_json import request_json

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
    sent = request_json(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "orjson", None)
        assert request_json(value) == sent
    assert json.loads(sent) == value


def test_half_a_character_and_a_very_large_number_are_sent_as_json_can_hold_them() -> None:
    assert request_json({"a": "x\ud83d", "b": 2**70}) == b'{"a":"x\\ud83d","b":%d}' % 2**70
