"""Python functions to be tested as targets."""

import asyncio
import threading
import time
from functools import partial, wraps
from typing import Any

torn_down: list[str] = []
released = threading.Event()


def plain(message: str) -> str:
    return f"You said {message}"


def counting(message: str, session: dict[str, Any]) -> str:
    session["n"] = session.get("n", 0) + 1
    time.sleep(0.001)
    return f"{session['id']} {session['n']}"


async def later(message: str, session: dict[str, Any]) -> list[str]:
    await asyncio.sleep(0.01)
    return [message, session["id"]]


def rich(message: str) -> dict[str, Any]:
    return {
        "messages": ["A", "B"],
        "tool_calls": [{"name": "look", "arguments": {"at": 1}}],
        "ends": True,
    }


def fails(message: str) -> str:
    raise TimeoutError(f"no time\nfor {message}")


async def fails_later(message: str) -> str:
    raise KeyError(message)


def exits(message: str) -> str:
    raise SystemExit(3)


def stuck(message: str) -> str:
    released.wait(10)
    return "late"


async def stuck_later(message: str) -> str:
    await asyncio.sleep(30)
    return "late"


def silent(message: str) -> None:
    return None


def number(message: str) -> int:
    return 7


def foreign(message: str) -> dict[str, str]:
    return {"text": message}


def odd_call(message: str) -> dict[str, Any]:
    return {"tool_calls": [{"name": "look", "arguments": {"at": object()}}]}


def hostile(message: str) -> str:
    return "a\0\ud800\x1b[2J"


def whole(message: str, session: dict[str, Any]) -> str:
    return f"{session['order']} {message}"


def _set_up(session: dict[str, Any]) -> None:
    session["order"] = 17


async def _greeting(session: dict[str, Any]) -> str:
    return f"Order {session['order']}?"


whole.set_up = _set_up  # type: ignore[attr-defined]
whole.greeting = _greeting  # type: ignore[attr-defined]
whole.state = dict  # type: ignore[attr-defined]
whole.tear_down = lambda session: torn_down.append(session["id"])  # type: ignore[attr-defined]


def odd_state(message: str) -> str:
    return message


odd_state.state = lambda: {"x": object()}  # type: ignore[attr-defined]


class Shop:
    def __init__(self, session: str) -> None:
        self.session = session
        self.cart: list[str] = []

    def __call__(self, message: str) -> str:
        self.cart.append(message)
        return f"{self.session}: {len(self.cart)}"

    def greeting(self) -> str:
        return "Welcome!"

    def state(self) -> dict[str, Any]:
        return {"cart": self.cart}


class Later:
    """A class whose objects are called and awaited, and which takes no argument."""

    async def set_up(self) -> None:
        self.cart: list[str] = []

    async def __call__(self, message: str) -> str:
        self.cart.append(message)
        return f"later {len(self.cart)}"

    async def greeting(self) -> str:
        return "Welcome!"

    async def state(self) -> list[str]:
        return self.cart

    @staticmethod
    async def fixed(message: str) -> str:
        return f"fixed {message}"

    @classmethod
    async def classed(cls, message: str) -> str:
        return f"{cls.__name__} {message}"

    def method(self, message: str) -> str:
        return message


class Made:
    """Callable objects of a module."""

    async def __call__(self, message: str) -> str:
        return f"made {message}"


def _logged(function: Any) -> Any:
    @wraps(function)
    def wrapped(*given: Any) -> Any:
        return function(*given)

    return wrapped


made = Made()
partly = partial(later, session={"id": "part"})
partly_made = partial(Made())
decorated = _logged(later)


async def generates(message: str) -> Any:
    yield message


class Unfinished:
    def __init__(self, session: str) -> None:
        raise ValueError("no shop")


not_callable = 7
