"""Sessions with a service: its requests one after the other, and what is captured on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulate.errors import TargetReplyError, TargetTimeoutError
from simulate.models.headers import filled_headers
from simulate.models.http import LONGEST_BODY, LONGEST_WAIT_S, said_wait_s
from simulate.targets.answers import Reading, json_of
from simulate.targets.captures import Captures
from simulate.targets.events import Event, EventParser, LineParser
from simulate.targets.exchange import KEPT, Exchange
from simulate.targets.http_client import HttpClient, Outgoing, where
from simulate.targets.jsonpath import found
from simulate.targets.placeholders import filled, filled_url, with_base
from simulate.targets.redaction import Label
from simulate.targets.service import Request, ServiceTarget, Step, Token
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said
from simulate.targets.turn_buffer import Heard

if TYPE_CHECKING:
    import aiohttp

STREAMS = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
}
"""Content type to the form of a stream."""


class OpenService(OpenTarget):
    """A service under test: one client and one token for all its sessions."""

    config: ServiceTarget

    def __init__(
        self,
        config: ServiceTarget,
        label: Label,
        environment: Mapping[str, str],
        *,
        remembers: bool = True,
    ) -> None:
        super().__init__(config, label, remembers=remembers)
        self.environment = environment
        self.client = HttpClient(label)
        self._token: tuple[str, float] | None = None
        self._renewing = asyncio.Lock()

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
        request = _outgoing("token", config, {"env": self.environment}, {})
        exchange = request.exchange("token")
        sent = time.perf_counter()
        try:
            async with self.client.sent(request, Heard(self.label, until)) as response:
                exchange.status = where(response)
                text = await self.client.text(response)
            status = f" ({exchange.status})"
            data = json_of(text, self.label, "the answer to token", status)
            tokens = [each for each in found(config.value, data) if isinstance(each, str) and each]
            if not tokens:
                raise self.label.error(
                    TargetReplyError,
                    f"token.value “{config.value}” finds no text in the answer to token: "
                    f"{self.label.quoted(text)}{status}; set it to where the token stands",
                )
            self.label.secrets.add(tokens)
            exchange.answer = text[:KEPT]
            try:
                return tokens[-1], float(found(config.expires_in, data)[-1])
            except (LookupError, TypeError, ValueError):
                return tokens[-1], config.lifetime_s
        except Exception as error:
            exchange.error = str(error)
            raise
        finally:
            self.traced(exchange, self.label, time.perf_counter() - sent)

    async def _close(self) -> None:
        await self.client.aclose()


@dataclass(frozen=True)
class Stream:
    """How a stream says which of its events are what; by name, or by a condition beginning with $.

    Attributes:
        events: those that carry text; all where there are none.
        message_ends: those after which a new message begins.
        done: the one that ends the turn, by its name or its data; None: `[DONE]`, or the end.
    """

    events: Sequence[str] = ()
    message_ends: Sequence[str] = ()
    done: str | None = None


class ServiceSession(OpenSession):
    """One conversation with a service."""

    def __init__(
        self,
        target: OpenService,
        id: str,
        said: list[Said],
        reply: str,
        accept: str = "json",
        stream: Stream = Stream(),
    ) -> None:
        super().__init__(target, id, said)
        self.label = target.label.for_session()
        self.service = target
        self.answers = target.config.answers(self.label, reply)
        self.captured: dict[str, Any] = {}
        self._accept = accept
        self._events = stream
        self._jar = target.client.jar() if target.config.cookies else None
        self._waits = ""
        self._is_set_up = False
        urls = [with_base(url, target.environment) for url in target.config.urls()]
        self._hosts = {urlsplit(url).hostname: url for url in urls}

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
        for times in count(1):
            sent = time.perf_counter()
            captures = Captures(step.capture, self.label)
            reading = Reading(self.answers, heard, captures, speaks=speaks, until=step.until)
            request = await self.filled(what, step, message, heard)
            exchange = request.exchange(what if times == 1 else f"{what} ({_ordinal(times)} time)")
            try:
                wait_s = await self._sent(request, reading, exchange, repeats=repeats)
                came = f"{self.label.quoted(exchange.answer)}{reading.status}"
                if wait_s is None:
                    exchange.captured = captures.over(self.captured, f"the answer to {what}", came)
                    self.captured |= exchange.captured
                    if speaks:
                        reading.over()
                    self._waits = ""
                    return reading
            except Exception as error:
                exchange.error = str(error)
                raise
            finally:
                self.service.traced(exchange, self.label, time.perf_counter() - sent)
            self._waits = (
                f"{what}: {f'until “{step.until}” does not hold' if step.until else 'not there'} "
                f"after {time.perf_counter() - begun:.3g} s and {times} "
                f"request{'s' if times > 1 else ''}; the last answer: {came}"
            )
            wait_s = wait_s or step.every_s
            if loop.time() + wait_s >= until_s:
                raise self.label.error(TargetTimeoutError, self._waits)
            await asyncio.sleep(wait_s)
        raise AssertionError

    async def filled(
        self,
        what: str,
        request: Request | ServiceTarget,
        message: str | None,
        heard: Heard,
        schemes: tuple[str, ...] = ("http", "https"),
    ) -> Outgoing:
        """Return a request that is filled in, with the token if there is one."""
        values = self._values(message, self.service.environment)

        async def made(refused: str | None = None) -> Outgoing:
            if self.service.config.token is not None:
                values["token"] = await self.service.token(heard.until, refused)
            found = _outgoing(what, request, values, self._hosts, schemes)
            found.jar = self._jar
            if "token" in values:
                found.renewed = lambda: made(values["token"])
            return found

        return await made()

    def _values(self, message: str | None, environment: Mapping[str, str]) -> dict[str, Any]:
        values = super()._values(message, environment)
        return values | self.captured

    async def _sent(
        self, request: Outgoing, reading: Reading, exchange: Exchange, *, repeats: bool
    ) -> float | None:
        """Send a request and read its answer.

        Returns:
            None; or the seconds to wait where the answer is not there yet, 0 where it names none.
        """
        client = self.service.client
        async with client.sent(request, reading.heard) as response:
            reading.status = f" ({where(response)})"
            exchange.status = where(response)
            exchange.answer_headers = dict(response.headers)
            self._is_set_up = True
            if repeats and response.status == 202:
                exchange.answer = (await client.text(response))[:KEPT]
            else:
                await self._read(response, reading, exchange)
                if reading.until is None or reading.met:
                    return None
            return min(said_wait_s(response.headers) or 0.0, LONGEST_WAIT_S)

    async def _read(
        self, response: aiohttp.ClientResponse, reading: Reading, exchange: Exchange
    ) -> None:
        """Read an answer by its form, as a whole or event by event."""
        form = self._accept if reading.speaks else "json"
        if form == "json" and response.content_type in STREAMS:
            form = STREAMS[response.content_type]
        text = ""
        if form in STREAMS.values():
            reading.pieces = True
            await self._stream(form, response, reading, exchange)
        else:
            reading.text = text = await self.service.client.text(response)
            reading.heard.ended = time.perf_counter()
            exchange.answer = text[:KEPT]
            self._whole(form, response.content_type, reading)
        cookies = {name: cookie.value for name, cookie in response.cookies.items()}
        reading.captures.take_others(response.headers, cookies, text)

    def _whole(self, form: str, content_type: str, reading: Reading) -> None:
        """Read a body as a whole."""
        text = reading.text
        if not text.strip():
            return
        plain = self.answers.reply == "$" and "json" not in content_type
        raw = reading.speaks and (form == "text" or plain)
        needed = reading.until is not None or reading.captures.of_json
        if needed or self.answers.fails is not None or (reading.speaks and not raw):
            try:
                data = json_of(text, self.label, "the body", reading.status)
            except TargetReplyError:
                if needed or (reading.speaks and not raw):
                    raise
            else:
                reading.take(data, carries=not raw)
        if raw and (reading.until is None or reading.met):
            reading.heard.say(text)

    async def _stream(
        self, form: str, response: aiohttp.ClientResponse, reading: Reading, exchange: Exchange
    ) -> None:
        """Read a stream, as it comes."""
        parser = EventParser() if form == "sse" else LineParser()
        size, events, over = 0, 0, False
        begin = b""
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > LONGEST_BODY:
                raise self.label.error(
                    TargetReplyError,
                    f"its turn is longer than {LONGEST_BODY:,} bytes; {reading.heard.so_far()}",
                )
            begin += chunk[: KEPT - len(begin)]
            exchange.answer = begin.decode("utf-8", "replace")
            reading.heard.ended = time.perf_counter()
            came = parser.feed(chunk)
            events += len(came)
            over = any(self._event(event, reading) for event in came)
            if over:
                response.close()  # what comes after the end of the turn is nobody's
                break
        last = [] if over else parser.end()
        events += len(last)
        over = over or any(self._event(event, reading) for event in last)
        if not events and begin.strip():
            raise self.label.error(
                TargetReplyError,
                f"answers with {response.content_type} and no server-sent event: "
                f"{self.label.quoted(begin)}{reading.status}",
            )
        if reading.speaks and self._events.done is not None and not over:
            raise self.label.error(
                TargetReplyError,
                f"its stream ends early, without done “{self._events.done}”; "
                f"{reading.heard.so_far()}{reading.status}",
            )

    def _event(self, event: Event, reading: Reading) -> bool:
        """Take an event; tell whether the turn is over with it."""
        stream, heard = self._events, reading.heard
        if (stream.done or "[DONE]") in (event.name, event.data):
            return True
        carries = reading.speaks and (not stream.events or event.name in stream.events)
        if event.name == "error" and event.name not in stream.events:
            raise self.label.error(
                TargetReplyError,
                f"sends an error event: {self.label.quoted(event.data)}; {heard.so_far()}",
            )
        data: Any = None
        raw = carries and self.answers.reply == "$" and self.answers.where is None
        if raw:
            heard.piece(event.data)
        if event.data:
            try:
                data = json_of(
                    event.data,
                    self.label,
                    f"the data of an event {self.label.quoted(event.name)}",
                    f"{reading.status}; if it carries no text, list those that do under events",
                )
            except TargetReplyError:
                if carries and not raw and self.answers.where is None:
                    raise
            else:
                reading.take(data, carries=carries and not raw)
        if self._marks(stream.message_ends, event, data):
            heard.end_message()
        return stream.done is not None and self._marks([stream.done], event, data)

    def _marks(self, marks: Sequence[str], event: Event, data: Any) -> bool:
        return event.name in marks or any(
            self.answers.holds("done or message_ends", mark, data)
            for mark in marks
            if mark.startswith("$")
        )

    async def _tear_down(self, heard: Heard) -> None:
        # Where the set-up failed there is nothing of ours; the id may be another run's.
        config = self.service.config
        if config.tear_down is not None and (not config.set_up or self._is_set_up):
            await self.ask("tear_down", config.tear_down, heard)

    def _about_timeout(self) -> str:
        return f"; {self._waits}" if self._waits else ""


def _outgoing(
    what: str,
    request: Request | ServiceTarget,
    values: Mapping[str, Any],
    hosts: Mapping[str | None, str],
    schemes: tuple[str, ...] = ("http", "https"),
) -> Outgoing:
    at = "" if what == "turn" else f"{what}."
    return Outgoing(
        "" if what == "turn" else what,
        getattr(request, "method", "GET"),
        filled_url(getattr(request, "url", ""), values, f"{at}url", schemes, hosts),
        filled_headers(request.headers, values, f"{at}headers"),
        filled(getattr(request, "body", None), values, f"{at}body"),
        begins=what == "turn" or what.startswith("set_up"),
    )


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"
