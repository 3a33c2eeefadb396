"""Values that a run file holds as JSON, in the one form that all of it uses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.files.json_reading import strict_decoder
from simulate.population import Attributes
from simulate.scenario import OutcomeScalar
from simulate.targets import ToolCall
from simulate.verbalized import Candidate, Parse, RecordedDraw, ReplyDistribution

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dump(value: Any) -> str:
    """Write JSON the one way that all of a run file uses.

    Raises:
        ValueError: a number in it is not finite.
    """
    return _ENCODER.encode(value)


def load(text: str) -> Any:
    """Read what `dump` can have written.

    Raises:
        ValueError: it is no JSON, a number in it is not finite, a name stands twice in an object,
            or a text holds half a character.
    """
    value = _DECODER.decode(text)
    if "\\u" in text:
        _ENCODER.encode(value).encode()  # half a character can only come from an escape
    return value


def load_texts(text: str, null: str) -> list[str]:
    """Read a list of texts; `null` is what null stands for."""
    return [null if each is None else _text(each) for each in _list(load(text))]


def load_attributes(text: str) -> Attributes:
    """Read the attributes of a persona; None is a missing one."""
    found = as_object(load(text))
    return {name: None if value is None else _scalar(value) for name, value in found.items()}


def as_object(value: object) -> dict[str, Any]:
    """Return a value that is an object."""
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected, got {str(value)[:40]}")  # noqa: TRY004
    return value


def load_messages(value: object) -> list[dict[str, str]]:
    """Read messages of a prompt: `[{"role": …, "content": …}, …]`."""
    messages = _list(value)
    if not all(
        isinstance(m, dict) and isinstance(m.get("role"), str) and isinstance(m.get("content"), str)
        for m in messages
    ):
        raise ValueError(f"messages with role and content were expected, got {str(messages)[:40]}")
    return messages


def load_tool_calls(text: str) -> tuple[ToolCall, ...]:
    """Read tool calls: `[[name, arguments, {more}], …]`; what is the default is not on file."""
    return tuple(
        ToolCall(_text(name), arguments, **(as_object(more[0]) if more else {}))
        for name, arguments, *more in _list(load(text))
    )


def tool_calls_json(calls: Iterable[ToolCall]) -> str:
    """Write tool calls; see `load_tool_calls`."""
    written = []
    for call in calls:
        more = call.to_dict()
        written.append([more.pop("name"), more.pop("arguments"), *([more] if more else [])])
    return dump(written)


def load_value(text: str) -> OutcomeScalar:
    """Read an outcome's value: a text, a truth value or a finite number."""
    return _scalar(load(text))


def text_hash(text: str) -> bytes:
    """Return the key of a text in the table `text`."""
    return hashlib.sha256(text.encode()).digest()[:16]


def candidates_json(draw: RecordedDraw, text: str | None = None) -> str:
    """Write what is drawn from: `[[text, probability, weight, ends], …]`.

    Args:
        draw: the draw.
        text: what stands beside it on file. A chosen candidate of the same text has null.
    """
    weights = draw.distribution.weights.tolist()
    each = zip(draw.distribution.candidates, weights, strict=True)
    found: list[list[Any]] = [[c.text, c.probability, weight, c.ends] for c, weight in each]
    if found[draw.chosen][0] == text:
        found[draw.chosen][0] = None
    return dump(found)


def chances_json(draw: RecordedDraw) -> str | None:
    """Write the chances of a draw; None where they are the weights."""
    return None if draw.flattened is None else dump(draw.flattened.tolist())


def draw_from(
    what: str,
    candidates: str,
    chosen: int,
    u: float,
    *,
    chances: str | None = None,
    parse: Parse | None = None,
    text: str | None = None,
) -> RecordedDraw:
    """Read a recorded draw; see `candidates_json`.

    Raises:
        ValueError: it is none: an index without a candidate, weights that do not sum to 1.
    """
    parts = _list(load(candidates))
    if text is not None and 0 <= chosen < len(parts) and parts[chosen][0] is None:
        parts[chosen][0] = text
    distribution = ReplyDistribution(
        tuple(
            Candidate(_text(words), None if p is None else _number(p), bool(ends))
            for words, p, _, ends in parts
        ),
        np.array([_number(weight) for _, _, weight, _ in parts], dtype=np.float64),
        parse or "clean",
    )
    if not 0 <= chosen < len(distribution):
        raise ValueError(f"candidate {chosen} of {len(distribution)} was chosen")
    flattened = read_chances(chances, len(distribution))
    return checked(RecordedDraw(what, distribution, chosen, u, flattened))


def checked(draw: RecordedDraw) -> RecordedDraw:
    """Return a draw that can have been drawn.

    Raises:
        ValueError: it cannot: u lies outside [0, 1), or the candidate had no chance.
    """
    if not 0 <= draw.u < 1:
        raise ValueError(f"the random number {draw.u!r} of a draw")
    if draw.flattened is not None and not draw.flattened[draw.chosen] > 0:
        raise ValueError(f"candidate {draw.chosen} was drawn, which had no chance")
    return draw


def read_chances(text: str | None, k: int) -> NDArray[np.float64] | None:
    """Read the chances of k candidates; None where they are the weights.

    Raises:
        ValueError: they are no k numbers ≥ 0 that sum to 1.
    """
    if text is None:
        return None
    chances = np.array([_number(chance) for chance in _list(load(text))], dtype=np.float64)
    possible = chances.shape == (k,) and ((chances >= 0) & (chances <= 1.000001)).all()
    if not possible or not abs(chances.sum() - 1) < 1e-6:
        raise ValueError(f"the chances {text} of {k} candidates")
    return chances


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


_DECODER = strict_decoder(_object)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, got {str(value)[:40]}")  # noqa: TRY004
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a text was expected, got {value!r}")  # noqa: TRY004
    return value


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError(f"a number was expected, got {value!r}")


def _scalar(value: object) -> str | bool | int | float:
    if isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"a text, truth value or number was expected, got {value!r}")
