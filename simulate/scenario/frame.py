"""What stands before the question of an asked outcome: that the talk is over, who asks, what for.

Without it a question after a talk is one more message of the other speaker. What an answer is for
changes it: money that is given at once is another thing than a word about it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Literal

from simulate.errors import InputError, quote
from simulate.files.shipped import prompt
from simulate.files.templates import render
from simulate.scenario.outcomes import FRAMES, Asked

Moment = Literal["before", "amid", "after"]
"""When an outcome is asked for: before the first turn of a talk, amid it, or after its last."""


def frame_template() -> str:
    """Return the text of the frame."""
    return prompt("scenario", "frame", 2)


def frame_of(asked: Asked, values: Mapping[str, object], moment: Moment | None, name: str) -> str:
    """Return what stands before the question of an asked outcome; empty for nothing.

    Args:
        asked: the outcome's way of measuring it.
        values: what the templates of the speaker see.
        moment: None where there is no talk at all.
        name: the outcome's.

    Raises:
        InputError: `frame` renders to no frame.
    """
    where = f"outcomes.{name}.asked"
    frame = render(asked.frame, values, f"{where}.frame")
    if frame not in FRAMES:
        raise InputError(
            f"{where}.frame: must be, or render to, one of {', '.join(FRAMES)}, got "
            f"{quote(frame, 40)}"
        )
    by = " ".join(render(asked.by or "", values, f"{where}.by").split())
    told = {"frame": frame, "by": by, "moment": moment}
    return render(frame_template(), told, "prompt frame")


def framed(
    asked: Asked,
    values: Mapping[str, object],
    moment: Moment | None,
    name: str,
    told: Container[str] = (),
) -> str:
    """Return the question of an asked outcome within its frame; see `frame_of`.

    Args:
        asked: as of `frame_of`.
        values: likewise.
        moment: likewise.
        name: likewise.
        told: frames that stand before an earlier question already, and are not told again.

    Raises:
        InputError: `frame` renders to no frame, or the question cannot be rendered.
    """
    before = frame_of(asked, values, moment, name)
    question = render(asked.question, values, f"outcomes.{name}.asked.question")
    return f"{before}\n{question}" if before and before not in told else question
