"""What gives a simulated user away in a chat: how its turns begin and end, and how soon it comes
to the point.

Convention `simulate-text/1`, as in `language`:

- a turn begins in lower case where its first letter or digit is a lower-case letter. Without a
  value where more than a tenth of the letters have no capital that a sentence begins with;
- a turn ends without a stop where its last character is none of `.`, `!`, `?`, `…` and the marks of
  other scripts, closing quotes and brackets left aside. A smiley or an emoji is no stop. Without a
  value in Thai and Lao, which are written without stops;
- the topic is mentioned where the pattern that the reference declares is found in a turn. The turn
  is counted from 0 over the whole dialogue, turns of all speakers alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulate.measures.scripts import capitalized, ends_with_stop, no_capitals, no_stops


def lower_case_starts(turns: Sequence[str]) -> float | None:
    """Return the share of turns that begin in lower case, of those with a letter or digit.

    In [0, 1]; `None` without such a turn, or in a script without capitals.
    """
    if no_capitals(turns):
        return None
    first = [c for turn in turns if (c := next(filter(str.isalnum, turn), ""))]
    return sum(c.islower() and capitalized(c) for c in first) / len(first) if first else None


def missing_end_stops(turns: Sequence[str]) -> float | None:
    """Return the share of turns that end without a stop, in [0, 1].

    `None` without a turn, or in a script that is written without stops.
    """
    if no_stops(turns):
        return None
    return sum(not ends_with_stop(turn) for turn in turns) / len(turns) if turns else None


def first_mention(
    dialogue: Sequence[tuple[str, str]], speaker: str | None, mentions: Callable[[str], bool]
) -> float | None:
    """Return the index of the first turn in which a topic is mentioned; `None` where it never is.

    Args:
        dialogue: speaker and text of each turn.
        speaker: whose turns are searched; everybody's for None.
        mentions: whether a turn mentions the topic.
    """
    return next(
        (
            float(index)
            for index, (who, text) in enumerate(dialogue)
            if speaker in (None, who) and mentions(text)
        ),
        None,
    )
