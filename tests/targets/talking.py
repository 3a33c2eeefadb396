"""Short ways to talk to a target in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from pydantic import TypeAdapter

from simulate.errors import TargetError
from simulate.targets import Session, Target, TargetConfig, TargetReply, open_target


def config(kind: str, **fields: Any) -> TargetConfig:
    """Make a config as a target file would."""
    made: TargetConfig = TypeAdapter(TargetConfig).validate_python({"kind": kind, **fields})
    return made


def opened(made: TargetConfig, do: Callable[[Target], Coroutine[Any, Any, Any]]) -> Any:
    """Open a target, do something with it, and close it."""

    async def all_of_it() -> Any:
        target = open_target(made)
        try:
            return await do(target)
        finally:
            await target.aclose()

    return asyncio.run(all_of_it())


def with_target(do: Callable[[Target], Coroutine[Any, Any, Any]], kind: str, **fields: Any) -> Any:
    """Make a target as its file would, do something with it, and close it."""
    return opened(config(kind, **fields), do)


async def texts(target: Target, *messages: str, session: str = "one") -> list[str]:
    """Send messages one after the other in a session of its own, and return its texts."""
    made = await target.open(session)
    try:
        return [(await made.reply(message)).text for message in messages]
    finally:
        await made.aclose()


def in_session(do: Callable[[Session], Coroutine[Any, Any, Any]], kind: str, **fields: Any) -> Any:
    """Open a target and a session of it, do something in it, and close both."""

    async def with_session(target: Target) -> Any:
        session = await target.open("one")
        try:
            return await do(session)
        finally:
            await session.aclose()

    return with_target(with_session, kind, **fields)


def talk(kind: str, *messages: str, **fields: Any) -> list[TargetReply]:
    """Send messages one after the other in one session."""

    async def all_of_them(session: Session) -> list[TargetReply]:
        return [await session.reply(message) for message in messages or ("Hi",)]

    replies: list[TargetReply] = in_session(all_of_them, kind, **fields)
    return replies


def talk_at_once(kind: str, count: int, answer: Callable[[str, int], str], **fields: Any) -> None:
    """Talk in several sessions at once, each of which must hear its own answers."""

    async def all_of_them(target: Target) -> None:
        async def one(name: str) -> None:
            session = await target.open(name)
            for n in range(3):
                assert (await session.reply(f"{name}-{n}")).text == answer(name, n)
            await session.aclose()

        await asyncio.gather(*(one(f"s{n}") for n in range(count)))

    with_target(all_of_them, kind, **fields)


def finding(error: type[TargetError], kind: str, *messages: str, **fields: Any) -> str:
    """Talk until an error comes, and return its text, which is one line."""
    with pytest.raises(error) as caught:
        talk(kind, *messages, **fields)
    assert type(caught.value) is error
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("target ")
    return text
