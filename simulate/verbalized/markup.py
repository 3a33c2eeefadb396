"""What a model writes around its reply: its reasoning, and the tokens of its chat template.

A server should keep both to itself, and many do not. What is cut:

- reasoning in any of the usual wrappings: `<think>`, `[THINK]`, harmony's channels and so on. Where
  the end is missing, nothing after the beginning was said; where the beginning is missing (some
  templates put it into the prompt), nothing before the end was;
- what follows the end of the model's own turn, and special tokens at either end.

What was said stays as it is. In code, or between backticks, nothing is markup. A tag without its
counterpart in the middle of a line is a word like any other. In JSON, where a line may be a string
of somebody's words, reasoning begins only before it or at the beginning of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_LAYERS = 8
"""How often what is left may turn out to be wrapped once more; then nothing counts as said."""

_IN_BRACKETS = ("/", "THINK", "INST", "TOOL", "BEGIN", "END F", "EOS")
_ANNOUNCED = ("Here is my thought process:", "Here's my thought process:")
_ANSWERS = ("Here is my response:", "Here's my response:")
"""How Granite announces its reasoning and its reply."""
_BARE = ("assistant", "analysis", "commentary to=", "final", "/think>", *_ANNOUNCED)
"""What a text may begin with whose template's special tokens a server took out, or cut."""
_BARE_CHANNEL = re.compile(
    r"assistant(?:analysis|commentary|(final))|(?:analysis|(final))(?=[A-Z])|commentary(?= to=)"
)

_TAGS = {
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>": "<channel|>",
    "<unused94>": "<unused95>",
}
"""Reasoning that is not wrapped in the form of XML. What opens it, and what closes it."""
_ENDS_REASONING = ("[BEGIN FINAL RESPONSE]",)
_NAMES = (
    r"(?!start_|end_)(?:[a-z]{1,10}[:_])?(?:think(?:ing)?|thoughts?|thought_process"
    r"|reasoning|reflection|analysis|scratchpad|(?:inner|internal)[_-]?(?:monologue|thoughts?))"
)
_REASONING = re.compile(
    r"(?P<fence>```)|(?P<line>^[ \t]*+)?+(?:"
    rf"(?i:<\|?(?P<shuts>/?)(?P<name>{_NAMES})(?:[:\s][^<>]{{0,100}})?\|?>)"
    rf"|(?P<opener>{'|'.join(map(re.escape, _TAGS))})"
    rf"|(?P<closer>{'|'.join(map(re.escape, (*_TAGS.values(), *_ENDS_REASONING)))}))",
    re.MULTILINE,
)
_GAP = 100
"""Characters of white space between two stretches of reasoning, at most."""
_ANSWER = re.compile(r"\s*+<(answer|response|reply|output|final|final_answer|solution)>", re.I)

_JSON = re.compile(r"\{|\[(?!/?(?:THINK|INST|TOOL_CALLS)\]|BEGIN|END)")
_JSON_NEXT = re.compile(r"\s*+(?:```[a-zA-Z]*+\s*+)?[{\[]|[ \t\r]*+$", re.MULTILINE)

_HARMONY = re.compile(r"<\|(start|channel|constrain|message|end|return|call)\|>")
_CHANNEL = re.compile(r"<\|channel\|>\s*+(?:analysis|commentary|final)|<\|message\|>")
_WORD = re.compile(r"\s*+([A-Za-z]*+)")

_OTHERS = r"(?:user|human|system|developer|tool|function|observation|environment|ipython)"
_STARTS = r"(?:im_start|start|start_header_id|header_start|start_of_role|turn)"
_BEGINS = rf"(?:<\|{_STARTS}\|?>|<start_of_turn>)"
_TOKEN = re.compile(
    rf"<\|(?!(?:{_OTHERS}|{_STARTS}|python_tag|channel)\|?>|tool_call)"
    r"/?[A-Za-z][A-Za-z0-9_.:/ -]{0,39}\|?>"
    r"|<[A-Za-z_]{1,20}\|>|<｜(?!User|tool)[^｜<>\n]{1,40}｜>|</?s>|<(?:eos|bos|pad|eod|unk|EOT)>"
    r"|<(?:end|begin)_of_(?:turn|utterance|text|sentence)>|<seed:[be]os>"
    r"|\[/INST\]|\[EOS\]|\[(?:BEGIN|END) FINAL RESPONSE\]|<\|[A-Za-z_]{2,30}\|?\Z"
)
_LEADING = re.compile(
    rf"(?:\s*+(?:{_TOKEN.pattern}"
    rf"|{_BEGINS}(?!\s*+{_OTHERS}\b)(?:\s*+(?:assistant|model)\b)?))++\s*+"
    r"|\s*+assistant[ \t]*+\n\s*+"
)
_ENDING = re.compile(
    r"(?P<fence>```)|\\.|(?P<quote>\")|(?P<end>"
    r"<\|(?:im_end|im_sep|eot_id|eom_id|eot|eom|eos|end|end_of_text|endoftext|end_of_turn|return"
    rf"|call|END_OF_TURN_TOKEN|END_RESPONSE|{_OTHERS})\|>|<turn\|>|<end_of_(?:turn|utterance)>"
    rf"|<eos>|<EOT>|<seed:eos>|<｜(?:end▁of▁sentence|User)｜>|\[/?INST\]|{_BEGINS}"
    r"|</s>(?=[ \t]*+(?:[\n<\[]|\Z)))"
    r"|(?P<call><tool_calls?>|<function_calls>|\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_call|<｜tool)",
    re.DOTALL,
)
_CALL = "[TOOL_CALLS]"


def without_markup(text: str, *, in_json: bool = False) -> str:
    """Return what was said in a text; the very text where nothing else is in it.

    Args:
        text: what a model wrote.
        in_json: whether it is JSON or a string in JSON, and not the plain text of one reply.

    Returns:
        The text without its reasoning, cut where the model's turn ended, without special tokens at
        its ends. Empty where nothing was said.
    """
    if "<" not in text and "◁" not in text and not _looks_bracketed(text):
        return text
    for _ in range(MOST_LAYERS):
        before = text
        text = _unwrapped(_turn(_unreasoned(_final(text, in_json), in_json), in_json))
        if text == before:
            return text
    return ""


def _looks_bracketed(text: str) -> bool:
    """Tell whether there may be a mark in brackets, or one of a bare word; for almost every text.

    One character is searched for many times faster than two.
    """
    at = text.find("[")
    while at >= 0:
        if text.startswith(_IN_BRACKETS, at + 1):
            return True
        at = text.find("[", at + 1)
    return text.lstrip().startswith(_BARE)


def _final(text: str, in_json: bool) -> str:
    """Return the final channel of harmony's, or what stands after an announced reasoning."""
    begins = text[:60].lstrip()
    if begins.startswith("/think>"):
        return text.lstrip()[len("/think>") :].strip()
    bare = _BARE_CHANNEL.match(begins)
    if bare or begins.startswith("analysis"):
        if bare and (bare[1] or bare[2]):
            return text.lstrip()[bare.end() :].strip()
        _, found, final = text.partition("assistantfinal")
        return final.strip() if found or bare else text
    if begins.startswith(_ANNOUNCED):
        for announced in _ANSWERS:
            _, found, final = text.partition(announced)
            if found:
                return final.strip()
        return ""
    found_at = _CHANNEL.search(text)
    if found_at is None or _is_code(text, found_at.start()):
        return text
    if in_json and found_at.start() > _json_begins(text):
        return text
    parts = _HARMONY.split(text)
    tokens = [*parts[1::2], ""]
    channel = ""
    finals: list[str] = []
    others = [parts[0]]
    for i, said in enumerate(parts[2::2]):
        match tokens[i]:
            case "start":
                channel = ""
                if re.match(rf"\s*+{_OTHERS}\b", said):
                    break
            case "channel":
                word = _WORD.match(said)
                channel = word[1] if word else ""
                if tokens[i + 1] not in ("message", "constrain") and channel == "final":
                    finals.append(said[word.end() :] if word else said)
            case "message" if channel in ("", "final"):
                finals.append(said)
            case "end":
                others.append(said)
            case "return":
                break
    return joined(finals) or joined(others)


def _unreasoned(text: str, in_json: bool) -> str:
    """Return a text without its reasoning."""
    marks = list(_REASONING.finditer(text))
    last = {_name(mark): mark.start() for mark in marks if _closes(mark)}
    if not last and all(mark["fence"] for mark in marks):
        return text
    first = _json_begins(text) if in_json else 0
    is_json = in_json and not text[:first].strip()
    ends = len(text.rstrip())
    kept: list[str] = []
    at, inside, in_code = 0, "", False
    for mark in marks:
        if mark["fence"]:
            in_code ^= not inside
            continue
        name = _name(mark)
        if inside:
            if _closes(mark) and name == inside:
                at, inside = mark.end(), ""
            continue
        start = mark.end("line") if mark["line"] is not None else mark.start()
        if in_code or text[start - 1 : start] == "`":
            continue
        if _closes(mark):
            alone = mark["line"] is not None or _JSON_NEXT.match(text, mark.end())
            if not in_json or (alone and not is_json):
                kept, at = [], mark.end()
        elif (
            mark["line"] is not None
            or (last.get(name, -1) > start and (not in_json or start < first))
            or (at and start - at < _GAP and not text[at:start].strip())
            or mark.end() >= ends
        ):
            kept.append(text[at:start])
            at, inside = len(text), name
    if not at:
        return text
    if not inside:
        kept.append(text[at:])
    text = joined(kept)
    if wrapped := _ANSWER.match(text):
        text = text[wrapped.end() :].removesuffix(f"</{wrapped[1]}>").strip()
    return text


def _unwrapped(text: str) -> str:
    """Take an answer out of the one tag that is around all of it."""
    wrapped = _ANSWER.match(text)
    if wrapped is None:
        return text
    said, closes, after = text[wrapped.end() :].partition(f"</{wrapped[1]}>")
    return said.strip() if closes and not after.strip() else text


def _turn(text: str, in_json: bool) -> str:
    """Return the model's own turn, without special tokens at its ends."""
    if in_json:
        text = text.removeprefix(_CALL)
    struck_out = not in_json and text.startswith("<s>") and "</s>" in text.rstrip()[:-4]
    if not struck_out and (leading := _LEADING.match(text)):
        text = text[leading.end() :]
    in_code = in_string = False
    for mark in _ENDING.finditer(text):
        if mark["fence"]:
            in_code = not in_code
        elif mark["quote"]:
            in_string = in_json and not in_string
        elif in_code or in_string or text[mark.start() - 1 : mark.start()] == "`":
            continue
        elif mark["end"] or (mark["call"] and not in_json):
            text = text[: mark.start()].rstrip()
            break
    end = len(text)
    for token in reversed(list(_TOKEN.finditer(text))):
        if text[token.end() : end].strip():
            break
        end = token.start()
    return text if end == len(text) else text[:end].rstrip()


def _name(mark: re.Match[str]) -> str:
    """Return the name of a tag: what opens a stretch of reasoning and what closes it share one."""
    if name := mark["name"]:
        return name.lower().replace("thinking", "think").replace("thoughts", "thought")
    return mark["closer"] or _TAGS.get(mark["opener"] or "", "")


def _closes(mark: re.Match[str]) -> bool:
    return bool(mark["shuts"] or mark["closer"])


def _json_begins(text: str) -> int:
    """Return where the first brace or bracket is; tags after it may be parts of its strings."""
    found = _JSON.search(text)
    return len(text) if found is None else found.start()


def in_fence(text: str, start: int) -> bool:
    """Tell whether a place of a text is in a block of code."""
    return text.count("```", 0, start) % 2 == 1


def _is_code(text: str, start: int) -> bool:
    return text[start - 1 : start] == "`" or in_fence(text, start)


def joined(pieces: Iterable[str]) -> str:
    """Join what was said before and after something that was cut, with the space between."""
    joined = ""
    for piece in pieces:
        if piece.strip():
            lines = "\n" in joined[len(joined.rstrip()) :] + piece[: -len(piece.lstrip())]
            between = "" if not joined else "\n\n" if lines else " "
            joined = joined.rstrip() + between + piece.lstrip()
    return joined.strip()
