"""Talk to a target for two turns, to look at it: what it is sent, what comes, and what is odd."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from simulate.errors import TargetError, quote
from simulate.targets import Session, Target, TargetReply
from simulate.targets.exchange import Exchange
from simulate.targets.session import OpenTarget

REMEMBER = "Hello. My reference number is {number}, please keep it in mind."
RECALL = "Which reference number did I give you?"
SHORTEST_ECHO = 12
"""Characters of a message whose repetition is noticed."""
ID_OF_CONVERSATION = re.compile(
    r"(?i)(conversation|session|thread|chat|context|dialogu?e?)[_-]?(id|key|token)?"
)


@dataclass(slots=True)
class Tried:
    """One thing that a target was asked for.

    Attributes:
        what: `set_up`, `greeting`, `turn 1` and so on, `state` or `tear_down`.
        message: what it was told; None where nothing was.
        exchanges: the requests that it took, with their answers; none where they are not seen.
        reply: what was read as its turn; None where it has none.
        state: its state, where it was asked for.
        error: why it failed; empty where it did not.
    """

    what: str
    message: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    reply: TargetReply | None = None
    state: Any = None
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        reply = self.reply
        came = None
        if reply is not None:
            calls = [call.to_dict() for call in reply.tool_calls]
            came = {"messages": reply.messages, "tool_calls": calls, "ends": reply.ends}
            came |= {"latency_s": reply.latency_s, "attempts": reply.attempts}
        exchanges = [asdict(each) for each in self.exchanges]
        return {
            "what": self.what,
            "message": self.message,
            "exchanges": exchanges,
            "reply": came,
            "state": self.state,
            "error": self.error or None,
        }


@dataclass(slots=True)
class Trying:
    """What came of it.

    Attributes:
        target: its name.
        steps: what it was asked for, in order.
        warnings: a sentence for what is odd, and how to mend it.
    """

    target: str
    steps: list[Tried] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def error(self) -> str:
        """Why nothing usable came; empty where something did."""
        return next((each.error for each in self.steps if each.error), "")


async def try_target(
    target: Target, messages: Sequence[str] = (), values: Mapping[str, Any] | None = None
) -> Trying:
    """Hold a dialogue of a few turns with a target, in a session that is closed afterwards.

    Args:
        target: the target.
        messages: what it is told; by default a number to remember, and what it was.
        values: what its templates see of a dialogue: `persona`, `cell` and `variables`.

    Returns:
        What came; an error of the target is part of it.
    """
    number = f"K{secrets.randbelow(9000) + 1000}"
    said = list(messages) or [REMEMBER.format(number=number), RECALL]
    found = Trying(target.name)
    seen: list[Exchange] = []
    if isinstance(target, OpenTarget):
        target.trace = seen.append

    async def do(step: Tried, answer: Awaitable[Any]) -> Any:
        found.steps.append(step)
        try:
            return await answer
        except TargetError as error:
            step.error = str(error)
            return None
        finally:
            step.exchanges += seen
            seen.clear()

    reads: frozenset[str] = getattr(target, "reads", frozenset())
    given: dict[str, Any] = {}
    if reads:
        given["values"] = {name: (values or {}).get(name, {}) for name in sorted(reads)}
    name = f"try-{secrets.token_hex(6)}"
    session: Session | None = await do(Tried("set_up"), target.open(name, **given))
    if session is None:
        return found
    try:
        await _talk(target, session, said, found, do)
    finally:
        await do(Tried("tear_down"), session.aclose())
    found.steps = [s for s in found.steps if s.exchanges or s.what not in ("set_up", "tear_down")]
    found.warnings += _warnings(target, found.steps, len(said), "" if messages else number)
    return found


async def _talk(
    target: Target, session: Session, said: Sequence[str], found: Trying, do: Callable[..., Any]
) -> None:
    """Take the turns, as long as the target does its part."""
    greets = getattr(getattr(target, "config", None), "greeting", None)
    if greets not in (None, False, "none") or hasattr(
        getattr(target, "function", None), "greeting"
    ):
        step = Tried("greeting")
        step.reply = await do(step, session.greeting())
        if step.reply is None or step.reply.ends:
            return
    for i, message in enumerate(said):
        step = Tried(f"turn {i + 1}", message)
        step.reply = await do(step, session.reply(message))
        if step.reply is None:
            return
        if step.reply.ends:
            break
    step = Tried("state")
    step.state = await do(step, session.state())
    if step.state is None and not step.error and not step.exchanges:
        found.steps.remove(step)


def _warnings(target: Target, steps: Sequence[Tried], most: int, number: str) -> Iterator[str]:
    """Iterate over what is odd, in a talk of so many turns at most about a number, or none."""
    for step in steps:
        if step.reply is not None:
            yield from _odd_reply(step.what, step.message, step.reply.text)
    turns = [step for step in steps if step.message is not None and step.reply is not None]
    last = turns[-1].reply if turns else None
    if last is not None and last.ends and len(turns) < most:
        yield f"{turns[-1].what}: the target closed the conversation, so no more was said to it"
    texts = [step.reply.text for step in turns if step.reply is not None]
    if not number or len(texts) < 2:
        return
    alike = texts[0].strip() == texts[1].strip()
    if alike and texts[0].strip():
        yield (
            f"both replies are the same, {quote(texts[0], 60)}: does reply point at what the "
            "target says to the message?"
        )
    if number[1:] not in re.sub(r"[\W_]", "", texts[1]):
        yield (
            f"it does not remember: told the number {number} in turn 1, it does not name it in "
            f"turn 2. {_how_to_remember(target, turns[0])}"
        )


def _odd_reply(what: str, message: str | None, text: str) -> Iterator[str]:
    """Iterate over what is odd about a reply."""
    bare = text.strip()
    if bare[:1] in ("{", "[") and _is_json(bare):
        yield (
            f"{what}: the reply looks like JSON: set reply to where the text stands in it, such as "
            "$.reply"
        )
    elif re.match(r"(event|data|id): ?\S", bare):
        yield f"{what}: the reply looks like server-sent events: set accept: sse, and reply"
    elif re.match(r"(?i)<(!doctype|html|\?xml)", bare):
        yield f"{what}: the reply looks like a page: is the URL that of the bot's API?"
    if message and len(message) >= SHORTEST_ECHO and bare.casefold() == message.casefold():
        yield f"{what}: the reply is the message itself: set reply to where the bot's text stands"


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _how_to_remember(target: Target, first: Tried) -> str:
    """Say how a target is told which conversation a message belongs to."""
    kind = getattr(getattr(target, "config", None), "kind", "")
    if kind not in ("http", "sse"):
        return "Each dialogue has a session of its own; the target is to keep it apart by that."
    if not target.remembers:
        return "It is sent the whole conversation: see in turn 2 whether `{{ history }}` arrives."
    captured = {name for exchange in first.exchanges for name in exchange.captured}
    for field_, value in _ids(first.exchanges):
        if field_ not in captured:
            name = re.sub(r"\W", "_", field_)
            path = f"$..{field_}" if name == field_ else f"$..['{field_}']"
            return (
                f"Its answer names {quote(f'{field_}: {value}', 80)}: keep it by `capture: "
                f"{{{name}: {path}}}`, and send it back as "
                f"`{{{{ {name} | default('') }}}}` where the API takes it."
            )
    return (
        "Send `{{ session }}` where its API takes the conversation's id; or keep the id that its "
        "answer names by `capture`, and send that; or send all that was said: `history: full`."
    )


def _ids(exchanges: Sequence[Exchange]) -> Iterator[tuple[str, str]]:
    """Iterate over what answers say that looks like the id of a conversation: field and value."""
    found = r'"([\w-]{1,40})"\s*:\s*(?:"([\w.:-]{4,80})"|(\d{4,20}))'
    for exchange in exchanges:
        for match in re.finditer(found, exchange.answer):
            if ID_OF_CONVERSATION.fullmatch(match[1]) and re.search(r"\d", match[2] or match[3]):
                yield match[1], match[2] or match[3]
