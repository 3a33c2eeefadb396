"""Sessions with a service: its requests one after the other, and what is captured on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from simulate.errors import TargetReplyError, TargetTimeoutError
from simulate.files.templates import not_there
from simulate.models.headers import filled_headers
from simulate.models.http import LONGEST_WAIT_S, said_wait_s
from simulate.targets.answers import json_of
from simulate.targets.captures import Captures
from simulate.targets.exchange import KEPT
from simulate.targets.history import result_text
from simulate.targets.http_client import HttpClient, Outgoing, body_text
from simulate.targets.jsonpath import found
from simulate.targets.placeholders import filled, filled_url, with_base
from simulate.targets.reading import Reading
from simulate.targets.redaction import Label
from simulate.targets.service import Request, ServiceTarget, Step, Token
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said, ToolCall
from simulate.targets.turn_buffer import Heard

SHORTEST_WAIT_S = 0.1
"""Between two times that something is asked for, whatever `Retry-After` says."""


class OpenService(OpenTarget):
    """A service under test: one client and one token for all its sessions.

    Attributes:
        named: the addresses that its file names, as the environment has them.
        not_captured: name of what it captures to what stands for it in templates until then.
    """

    config: ServiceTarget

    def __init__(
        self,
        config: ServiceTarget,
        label: Label,
        environment: Mapping[str, str],
        session: Callable[[OpenService, str, list[Said]], ServiceSession],
        *,
        remembers: bool = True,
    ) -> None:
        super().__init__(config, label, remembers=remembers)
        self._made = session
        self.environment = environment
        self.client = HttpClient(label)
        self.named = self.urls
        self.not_captured = {
            name: not_there(
                name,
                f"{name} is not captured yet: let an earlier request capture it, or write "
                f"{{{{ {name} | default('') }}}}",
            )
            for name in config.captured()
        }
        self._token: tuple[str, float] | None = None
        self._renewing = asyncio.Lock()

    @property
    def urls(self) -> list[str]:
        """Where it is sent what is said, as the environment has it; with its credentials."""
        return [with_base(url, self.environment) for url in super().urls]

    async def token(self, until: float, refused: str | None = None) -> str:
        """Return the token, a new one where it is over soon or was refused.

        Args:
            until: when the time for it is over, on the event loop's clock, in s.
            refused: the token that the service has refused.

        Raises:
            TargetError: none can be had.
        """
        config = self.config.token
        assert config is not None  # noqa: S101  # only asked where there is one
        async with self._renewing:
            now = asyncio.get_running_loop().time()
            if self._token is None or self._token[0] == refused or now >= self._token[1]:
                value, lifetime_s = await self._new_token(config, until)
                # Renewed a little before, for a request takes its time too.
                self._token = value, now + lifetime_s - min(30.0, lifetime_s / 10)
            return self._token[0]

    async def _new_token(self, config: Token, until: float) -> tuple[str, float]:
        """Ask for a token; return it, and for how many seconds it holds."""
        request = _outgoing("token", config, {"env": self.environment}, ())
        exchange = request.exchange("token")
        with self.traced(exchange, self.label):
            async with self.client.sent(request, Heard(self.label, until), exchange) as response:
                text = await body_text(response, self.label)
            status = f" ({exchange.status})"
            try:
                data = json_of(text, self.label, "")
            except TargetReplyError:
                told = f"the answer to token is not JSON, and not shown: it may be one{status}"
                raise self.label.error(TargetReplyError, told) from None
            # What it says stays hidden: a token may stand where the file does not look for it.
            exchange.answer = f"fields: {', '.join(data) if isinstance(data, dict) else 'none'}"
            tokens = [each for each in found(config.value, data) if isinstance(each, str) and each]
            if not tokens:
                raise self.label.error(
                    TargetReplyError,
                    f"token.value “{config.value}” finds no text in the answer to token, which has "
                    f"the {exchange.answer[:KEPT]}{status}; set it to where the token stands",
                )
            self.label.secrets.add(tokens)
            try:
                lifetime_s = float(found(config.expires_in, data)[-1])
            except (LookupError, TypeError, ValueError, OverflowError):
                lifetime_s = 0.0
            # One that is over at once would be asked for with each request.
            return tokens[-1], lifetime_s if lifetime_s > 0 else config.lifetime_s

    @property
    def reports_calls(self) -> bool:
        """See `OpenTarget.reports_calls`."""
        return self.config.tool_calls is not None

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return self._made(self, session, history)

    async def _close(self) -> None:
        await self.client.aclose()


class ServiceSession(OpenSession):
    """One conversation with a service."""

    config: ServiceTarget

    def __init__(self, target: OpenService, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self.config = target.config
        self.label = target.label.for_session()
        self.service = target
        self.answers = target.config.answers(self.label)
        self.captured: dict[str, Any] = {}
        self._calls: list[Any] = []
        self._jar = target.client.jar() if target.config.cookies else None
        self._waits = ""
        self._is_set_up = False

    def _with_calls(self, calls: Sequence[ToolCall]) -> None:
        """Let the templates see what tools have answered."""
        item = self.config.call_item
        if item is None:
            self._calls = [call.to_dict() for call in calls]
            return
        values = self._values(None, self.service.environment)
        self._calls = [
            filled(
                item,
                values
                | {"id": call.id, "name": call.name, "arguments": dict(call.arguments)}
                | {"content": result_text(call), "error": call.error or ""},
                "call_item",
            )
            for call in calls
        ]

    async def steps(
        self,
        field: str,
        steps: Sequence[Step],
        heard: Heard,
        message: str | None,
        *,
        speaks: bool,
        before: Reading | None = None,
    ) -> None:
        """Send requests one after the other.

        Args:
            field: of the target file, such as `set_up`.
            steps: the requests.
            heard: takes what the last answer says.
            message: of the user, for the templates.
            speaks: whether the last answer says something to the user.
            before: the answer before the first of them, if there was one.
        """
        for i, step in enumerate(steps):
            if step.when is not None and before is not None and not before.held(step.when):
                if speaks:
                    before.speak()
                return
            what = field if len(steps) == 1 else f"{field} {i + 1}"
            last = i == len(steps) - 1
            before = await self.ask(what, step, heard, message, speaks=speaks and last)

    async def ask(
        self,
        what: str,
        step: Step,
        heard: Heard,
        message: str | None = None,
        *,
        speaks: bool = False,
    ) -> Reading:
        """Send a request, again for as long as its answer is not there yet, and read the answer.

        Raises:
            TargetError: see `HttpClient.sent`; or what it is asked for is not there in time.
        """
        loop = asyncio.get_running_loop()
        repeats = what != "turn" and (step.method == "GET" or step.until is not None)
        until_s = min(loop.time() + (step.at_most_s or float("inf")), heard.until)
        begun = time.perf_counter()
        values = self._values(message, self.service.environment)
        for times in count(1):
            captures = Captures(step.capture, self.label)
            reading = Reading(self.answers, heard, captures, speaks=speaks, until=step.until)
            request = await self.filled(what, step, values, heard)
            exchange = request.exchange(what if times == 1 else f"{what} ({_ordinal(times)} time)")
            with self.service.traced(exchange, self.label):
                async with self.service.client.sent(request, heard, exchange) as response:
                    self._is_set_up = True
                    await reading.read(response, exchange, may_wait=repeats)
                    said_s = said_wait_s(response.headers)
                    wait_s = step.every_s if said_s is None else max(said_s, SHORTEST_WAIT_S)
                    wait_s = min(wait_s, LONGEST_WAIT_S)
                came = f"{self.label.quoted(exchange.answer)} ({exchange.status})"
                if reading.met:
                    exchange.captured = captures.over(self.captured, f"the answer to {what}", came)
                    self.captured |= exchange.captured
                    reading.over()
                    self._waits = ""
                    return reading
            self._waits = (
                f"{what}: {f'until “{step.until}” does not hold' if step.until else 'not there'} "
                f"after {time.perf_counter() - begun:.3g} s and {times} "
                f"request{'s' if times > 1 else ''}; the last answer: {came}"
            )
            if loop.time() + wait_s >= until_s:
                raise self.label.error(TargetTimeoutError, self._waits)
            await asyncio.sleep(wait_s)
        raise AssertionError

    async def filled(
        self,
        what: str,
        request: Request | ServiceTarget,
        values: dict[str, Any],
        heard: Heard,
        schemes: tuple[str, ...] = ("http", "https"),
    ) -> Outgoing:
        """Return a request that is filled in, with the token if there is one."""

        async def made(refused: str | None = None) -> Outgoing:
            if self.config.token is not None:
                values["token"] = await self.service.token(heard.until, refused)
            found = _outgoing(what, request, values, self.service.named, schemes)
            found.jar = self._jar
            if "token" in values and refused is None:
                found.renewed = lambda: made(values["token"])
            return found

        return await made()

    def _values(self, message: str | None, environment: Mapping[str, str]) -> dict[str, Any]:
        values = self.service.not_captured | super()._values(message, environment)
        return values | {"calls": self._calls} | self.captured

    async def _tear_down(self, heard: Heard) -> None:
        # Where the set-up failed there is nothing of ours; the id may be another run's.
        step = self.config.tear_down
        if step is not None and (not self.config.set_up or self._is_set_up):
            await self.ask("tear_down", step, heard)

    def _about_timeout(self) -> str:
        return f"; {self._waits}" if self._waits else ""


def _outgoing(
    what: str,
    request: Request | ServiceTarget,
    values: Mapping[str, Any],
    named: Sequence[str],
    schemes: tuple[str, ...] = ("http", "https"),
) -> Outgoing:
    at = "" if what == "turn" else f"{what}."
    return Outgoing(
        "" if what == "turn" else what,
        getattr(request, "method", "GET"),
        filled_url(getattr(request, "url", ""), values, f"{at}url", schemes, named),
        filled_headers(request.headers, values, f"{at}headers"),
        filled(getattr(request, "body", None), values, f"{at}body"),
        begins=what == "turn" or what.startswith("set_up"),
    )


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"
