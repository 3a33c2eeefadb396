"""How a speaker says that it leaves: by a mark after its words, or by the mark alone.

The mark is never said to anybody, in whatever form a model writes it. Alone it is a leave without
a word: a candidate without text that ends the conversation.
"""

from __future__ import annotations

import re

from simulate.errors import ParseError

END_MARK = "[END]"
"""What a plain-text reply ends with when it ends the conversation."""
WORDLESS = "(leaves without a word)"
"""How a leave without a word is shown, where a reader would look for what was said."""

_WHAT = r"(?:\s(?:of\s)?(?:the\s|this\s)?(?:call|chat|conversation|dialog(?:ue)?|session|talk))?"
_INSIDE = rf"\s{{0,3}}/?END{_WHAT}[.!]?\s{{0,3}}"
_IN_ROUND = _INSIDE.replace("END", r"(?:(?-i:END)|END(?=\s\w))")
"""In parentheses, where people have asides: in capital letters, or with what it is that ends."""
_BRACKETS = "|".join(
    [rf"\({_IN_ROUND}\)"]
    + [rf"\{opens}{_INSIDE}\{closes}" for opens, closes in ("[]", "{}", "［］", "【】")]
    + [f"<{_INSIDE}>"]
)
_AROUND = "[*_~`\"'“”‘’]{0,3}"
_LAST = re.compile(
    rf"(?P<before>{_AROUND})(?:{_BRACKETS})[.!?…]{{0,3}}(?P<after>{_AROUND})[\s.!?…]{{0,9}}\Z",
    re.IGNORECASE,
)
_FIRST = re.compile(
    rf"(?P<before>{_AROUND})(?:\[{_INSIDE}\])(?P<after>{_AROUND})[\s.!:—–-]{{0,9}}", re.IGNORECASE
)
_BARE = re.compile(r"(?:(?:\A|\n)[\s*_~`#—–-]{0,9}END[*_~`.!]{0,3}|\[END)\s{0,9}\Z")
"""The mark without its brackets, or cut off: only in capital letters, on a line of its own."""
_ONE_OF_SEVERAL = re.compile(r"\s{0,3}\[\s?END\s?\]\Z", re.IGNORECASE)
_LONGEST = len("   [ END ]")
_INNER = re.compile(r"(?<!`)\[\s?END\s?\](?!`)", re.IGNORECASE)
_DASHES = "—–-|#"
_TAIL = 80
"""Characters at the end of a text in which the mark may stand."""


def without_end_mark(text: str, *, may_end: bool) -> tuple[str, bool]:
    """Take the mark off a reply; tell whether it was there.

    Args:
        text: what was said, perhaps with the mark, without white space around it.
        may_end: whether the reply may end the conversation.

    Raises:
        ParseError: the mark stands in the middle of what may end the conversation, so that it
            cannot be told what was said before the end.
    """
    if text.endswith("]"):
        text = _with_one_mark(text)
    skipped = max(0, len(text) - _TAIL)
    tail = text[skipped:]
    if "END" in tail.upper():
        found = _LAST.search(tail) or (_BARE.search(tail) if may_end else None)
        if found is not None:
            around = found.groupdict()
            before, after = around.get("before") or "", around.get("after") or ""
            mark_alone = before and after
            words = text[: skipped + found.start()] + ("" if mark_alone else before)
            return _without_dash(words.rstrip()) + ("" if mark_alone else after), True
    if text[:1] in "[*_~`" and (found := _FIRST.match(text)):
        return text[found.end() :], True
    if may_end and "[" in text and _INNER.search(text):
        raise ParseError(f"words follow {END_MARK}, which stands after a reply and ends it", text)
    return text, False


def _without_dash(words: str) -> str:
    """Take off a dash that stood between the words and the mark."""
    bare = words.rstrip(_DASHES)
    return bare.rstrip() if not bare or bare[-1].isspace() else words


def _with_one_mark(text: str) -> str:
    """Return a text that ends with several marks, one after another, with one of them."""
    marks, begins = 0, len(text)
    while found := _ONE_OF_SEVERAL.search(text, max(0, begins - _LONGEST), begins):
        marks, begins = marks + 1, found.start()
    return f"{text[:begins]} {END_MARK}".lstrip() if marks > 1 else text
