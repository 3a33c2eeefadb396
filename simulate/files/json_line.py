"""A value as one line of JSON, so that what stands in it is data wherever the line is put."""

from __future__ import annotations

import json
from typing import Any

_BREAKS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
"""Line breaks of Unicode that JSON leaves as they are."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def json_line(value: Any) -> str:
    """Write a value as JSON that is one line, whatever its texts hold."""
    return _ENCODER.encode(value).translate(_BREAKS)
