"""`language`: which language a turn is in.

Of the offline detectors tried on 98 hand-written service turns of 19 languages, such as “No puedo
ayudarle con eso.”, py3langid 0.4 named 98 rightly (0.04 ms each, 4.5 MB), lingua 96 (22 ms, 1.1 GB
of memory), lingua in its low-accuracy mode 90. It reads no more than the text, so a turn is
judged only where it has enough to go by, and only where the detector is sure.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from simulate.measures.normalization import words
from simulate.stress.checks.result import PASSES, CannotCheckError, Finding, Look
from simulate.stress.checks.rule import RootRule

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST_WORDS = 4
"""A turn of fewer different words is not judged; each character of Chinese and such is one."""

SURE = 0.4
"""How probable the other language must be. It was at least 0.39 for all 98 sentences."""

RULED_OUT = 0.1
"""The wanted language is at most this share of the other's probability. That lets pass what is
between two close languages, such as Norwegian and Danish, Spanish and Galician."""

LOOKED_AT = 5_000
"""How many characters of a turn are examined."""

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _code(code: str) -> str:
    return re.split("[-_]", code.strip().lower(), maxsplit=1)[0]


def language_problem(code: str) -> str | None:
    """Return what is wrong with a language code; None where nothing is."""
    if _code(code) in _identifier().labels:
        return None
    return f"“{code}” is no language that can be told apart; give an ISO 639-1 code such as en"


def _has_digit(piece: str) -> bool:
    """Tell whether a piece is a number; where no spaces are written, a piece is a sentence."""
    return any(c.isdigit() for c in piece) and len(words(piece)) < FEWEST_WORDS


def language_of(text: str) -> Mapping[str, float]:
    """Return the languages that a text may be in with their probabilities, likeliest first.

    Empty where the text has too few words to tell.
    """
    pieces = _CODE.sub(" ", text[:LOOKED_AT]).split()
    bare = " ".join(p for p in pieces if "@" not in p and "://" not in p and not _has_digit(p))
    if len({w.plain for w in words(bare)}) < FEWEST_WORDS:
        return {}
    return dict(_identifier().rank(bare))


def _checked(code: str) -> str:
    if "{" not in code and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", code):
        raise ValueError(f"{code!r} is no language code such as en, and no template")
    return code


class Language(RootRule[Annotated[str, AfterValidator(_checked)]]):
    """Each turn of more than a few words must be in this language.

    An ISO 639-1 code such as `en`, or a template that renders to one.
    """

    def templates(self) -> dict[str, str]:
        return {"": self.root}

    def problem(self) -> tuple[str, str] | None:
        found = None if "{" in self.root else language_problem(self.root)
        return ("", found) if found else None

    def load(self) -> None:
        _identifier()

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that is surely in another language."""
        wanted = look.rendered(self.root, "language")
        if problem := language_problem(wanted):
            raise CannotCheckError(f"language: {problem}")
        for turn in look.speaking:
            ranked = language_of(turn.text)
            found = next(iter(ranked), None)
            if found is None or found in (_code(wanted), "zxx"):
                continue
            if ranked[found] >= SURE and ranked.get(_code(wanted), 0) <= RULED_OUT * ranked[found]:
                reason = f"in “{found}”, not in “{_code(wanted)}”"
                return Finding("fail", reason, turn.index, turn.text)
        return PASSES


CHECK = Language
