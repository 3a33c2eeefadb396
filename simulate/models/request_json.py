"""The body of a request as JSON: by `orjson` where it is installed, a tenth of the time.

The bytes are the same either way, but for the exponents of numbers.
"""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:  # the extra `fast`
    orjson = None  # type: ignore[assignment]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def request_json(body: Any) -> bytes:
    """Return plain JSON data in UTF-8."""
    if orjson is not None:
        try:
            return orjson.dumps(body)
        except TypeError:  # half a character, or a number of more than 64 bits
            pass
    # Half of a surrogate pair, which UTF-8 cannot hold, is sent as JSON's escape for it.
    return _ENCODER.encode(body).encode("utf-8", "backslashreplace")
