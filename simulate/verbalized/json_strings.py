"""The string literals of near-JSON: where one ends, and what it says.

A text is what JSON says, character for character. Beyond JSON, these are read:

- single and curly quotes as delimiters; an apostrophe between two letters does not end `'it's'`;
- a line break or a tab as it is in a text;
- `\\'` as an apostrophe, and a backslash that begins no escape of JSON as itself: `\\alpha`, `\\(`;
- LaTeX whose first letters are an escape: `\\beta` and `\\frac` are no backspace and no form feed,
  and `\\nabla`, `\\rho`, `\\times` no line break and no tab, where the command is a known one.

Refused, since there are two readings: `\\x41`, `\\d`, a `\\u` without four digits, a control
character as it is, and what may be a line break or LaTeX (`\\nu` in a text with formulas).
"""

from __future__ import annotations

import json
import re

from simulate.errors import ParseError, quote

# Possessive: what is never closed is read once, not once per letter.
LITERALS = {
    '"': re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.|(?<=[^\W\d_])'(?=[^\W\d_]))*+'", re.DOTALL),
    "“": re.compile(r"“[^“”„\\]*+(?:\\.[^“”„\\]*+)*+”", re.DOTALL),
    "„": re.compile(r"„[^“”„\\]*+(?:\\.[^“”„\\]*+)*+“", re.DOTALL),
    "‘": re.compile(r"‘(?:[^‘’\\]|\\.|(?<=[^\W\d_])’(?=[^\W\d_]))*+’", re.DOTALL),
}
"""A whole literal, by the quotation mark that opens it."""

SUSPECT = re.compile(r"\\(?:[bf][A-Za-z]|[nrt][a-z])")
"""What valid JSON holds where LaTeX may have lost its backslash."""

_UNICODE = r"(?:\\u[0-9a-fA-F]{4})++"
_ESCAPE = re.compile(rf"({_UNICODE})|(\\x[0-9a-fA-F]{{2}})|\\(.)([A-Za-z]*+)", re.DOTALL)
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f]")
_MATHS = re.compile(r"[\^_{]|\$[^$]*\$")

_COMMAND = re.compile(
    "n(?:abla|atural|earrow|eq|ewcommand|ewline|exists|geq|leftarrow|leq|less|mid|olimits|onumber|"
    "orm|ot|otin|parallel|rightarrow|sim|subseteq|warrow)|"
    "r(?:angle|brace|brack|ceil|floor|ho|ight|ightarrow|ightleftharpoons|oot|ule|vert)|"
    "t(?:ag|anh|binom|ext|extbf|extit|extrm|extsc|extsf|extstyle|exttt|frac|herefore|heta|ilde|"
    "imes|iny|riangle)"
)
_COMMAND_OR_WORD = re.compile("n(?:e|eg|i|u)|t(?:an|au|o|op)")
"""Commands that, without their first letter, are words or may begin one."""


def decode(raw: str) -> str:
    """Return what stands between the quotation marks of a literal.

    Raises:
        ParseError: an escape has no reading or two.
    """
    if _CONTROL.search(raw):
        raise ParseError(f"a text holds a control character as it is: {quote(raw, 60)}")
    if "\\" not in raw:
        return raw
    restored = doubtful = False

    def said(escape: re.Match[str]) -> str:
        nonlocal restored, doubtful
        unicode, hexadecimal, sign, letters = escape.groups()
        if unicode:
            return str(json.loads(f'"{unicode}"'))
        if hexadecimal:
            raise _ambiguous(raw, hexadecimal)
        word = sign + letters
        if sign in "\"\\/'":
            return word
        if letters if sign in "bf" else _COMMAND.fullmatch(word):
            restored = True
            return "\\" + word
        if sign in "nrt":
            lower = letters[:1].islower()
            short = _COMMAND_OR_WORD.fullmatch(word) and (sign == "t" or _MATHS.search(raw))
            if short or (lower and sign == "r"):
                raise _ambiguous(raw, "\\" + word)
            doubtful = doubtful or lower
        if sign in "bfnrt":
            return str(json.loads(f'"\\{sign}"')) + letters
        if sign == "u" and (not letters or letters[0] in "abcdefABCDEF"):
            raise _ambiguous(raw, "\\u")
        if not sign.isascii() or not sign.isprintable() or (sign.isalnum() and not letters):
            raise _ambiguous(raw, "\\" + sign)
        restored = restored or sign.isalpha()
        return "\\" + word

    text = _ESCAPE.sub(said, raw)
    if restored and doubtful:
        raise ParseError(
            f"is it LaTeX or a line break in {quote(raw, 60)}? Write \\\\ for a backslash"
        )
    return text


def _ambiguous(raw: str, escape: str) -> ParseError:
    return ParseError(
        f"{quote(escape)} in {quote(raw, 60)} is no plain escape of JSON: write \\\\ for \\"
    )


def pairs_up(text: str, quotes: list[int], start: int, end: int) -> bool:
    """Tell whether unescaped quotation marks inside a literal enclose words, in pairs.

    Args:
        text: the whole answer.
        quotes: where the inner marks stand.
        start: where the literal opens.
        end: behind the mark that closes it.
    """
    if len(quotes) % 2 or re.search(r"[{}\[\]\n]", text[start:end]):
        return False
    for opens, closes in zip(quotes[::2], quotes[1::2], strict=True):
        before, after = text[opens - 1], text[closes + 1]
        if not (opens == start + 1 or before.isspace() or before in "(—–-"):
            return False
        if text[opens + 1].isspace() or text[closes - 1].isspace() or closes == opens + 1:
            return False
        if after.isalnum() or after in ":：" or (after == '"' and closes + 2 != end):
            return False
    return True
