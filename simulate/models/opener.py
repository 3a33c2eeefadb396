"""Open the models of a run: each once, under the limits, the pace and the budget of the run.

Speakers, judges, scorers and model targets get their models here and nowhere else, so that what
holds for one holds for all:

    async with open_all(rpm=60, budget=Budget(usd=5)) as models:
        model = models.chat("gpt-4.1-mini")

All models at one host (name and port) share a limit: what it bears, and a time to wait that it
names, holds for each of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from simulate.errors import InputError, ModelSpecError, quote
from simulate.models.budget import Budget, WithinBudget
from simulate.models.chat import ChatModel, ChatReply, ChatRequest
from simulate.models.concurrency import Limit
from simulate.models.journal import Journal
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.prices import Price, price_of
from simulate.models.rate_limit import Pace
from simulate.models.secrets import find_key
from simulate.models.spec import ModelSpec, can_be_called, default_spec, redacted
from simulate.models.wire import Wire

if TYPE_CHECKING:
    from simulate.measures.embeddings import Embedder
    from simulate.models.logprobs import TextScorer

__all__ = ["OFFLINE", "Models", "open_all", "open_embedder", "open_model"]

DEFAULT_BASE_URL = "https://api.openai.com/v1"
OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a model is opened.

    Attributes:
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.
        by_file: whether only a scenario or run file names it. Such a file may come from anywhere,
            so the key is sent to the host of `OPENAI_BASE_URL` (or OpenAI's) only; for any other,
            the user names the model with `--model` or `--speaker-model`.
        tested_s: for a model under test, the seconds that its turn may take.
    """

    environment: Mapping[str, str]
    by_file: bool = False
    tested_s: float | None = None

    def address(self, spec: ModelSpec) -> tuple[str, str | None]:
        """Return the URL of a model's endpoint, and the key that may be sent there."""
        known = self.environment.get("OPENAI_BASE_URL") or DEFAULT_BASE_URL
        url = spec.url or known
        key = None
        if not self.by_file or _place(url) == _place(known):
            key = find_key(self.environment)
        if url == DEFAULT_BASE_URL and not key:
            raise ModelSpecError(
                f"model {quote(spec.redacted)} needs an endpoint: set OPENAI_BASE_URL, or a key in "
                "OPENAI_API_KEY (or in the file that OPENAI_API_KEY_FILE names) for OpenAI's own; "
                "write NAME@http://host:port/v1; or use embedded"
            )
        if not can_be_called(url):
            raise ModelSpecError(f"OPENAI_BASE_URL: {quote(redacted(url))} is no HTTP URL")
        return url, key

    def wire(self, spec: ModelSpec) -> Wire:
        """Return the way to a model's endpoint."""
        url, key = self.address(spec)
        return Wire(url, key, redacted(f"{spec.name}@{url}"))


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()


def _embedded(spec: ModelSpec, opening: _Opening) -> ChatModel:
    from simulate.models.embedded import EmbeddedModel

    return EmbeddedModel(spec.file)


def _scripted(spec: ModelSpec, opening: _Opening) -> ChatModel:
    from simulate.models.scripted import ScriptedModel

    return ScriptedModel.from_file(Path(spec.file or ""))


def _at_endpoint(spec: ModelSpec, opening: _Opening) -> ChatModel:
    url, key = opening.address(spec)
    price = price_of(spec.name, url)
    if (tested_s := opening.tested_s) is None:
        return OpenAICompatible(spec.name, url, key, price=price)
    return OpenAICompatible(
        spec.name,
        url,
        key,
        price=price,
        learns_alone=False,  # the wait would count as the target's
        timeout_s=tested_s + 5,  # later than the turn's: two that fire together swallow each other
        deadline_s=tested_s,
    )


OPENERS: Mapping[str, Callable[[ModelSpec, _Opening], ChatModel]] = {
    "embedded": _embedded,
    "scripted": _scripted,
    "endpoint": _at_endpoint,
}
"""Kind of SPEC to what opens it."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """A model on this machine whose calls end after a time, as those of an endpoint do."""

    model: ChatModel
    timeout_s: float

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def concurrency(self) -> int:
        return self.model.concurrency

    async def complete(self, request: ChatRequest) -> ChatReply:
        async with asyncio.timeout(self.timeout_s):
            return await self.model.complete(request)

    async def aclose(self) -> None:
        await self.model.aclose()


class _Closes(Protocol):
    async def aclose(self) -> None: ...


class Models:
    """The models of a run.

    Args:
        rpm: requests per minute that one host gets at most, retries included.
        tpm: prompt and completion tokens per minute, likewise.
        budget: that all calls of speakers and judges share; None for no limit.
        environment: where the address of the endpoint and the key are looked up.

    Attributes:
        journal: what has been learnt about endpoints.

    Raises:
        InputError: a limit is below 1.
    """

    def __init__(
        self,
        *,
        rpm: int | None = None,
        tpm: int | None = None,
        budget: Budget | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        Pace(rpm, tpm)
        self.journal = Journal()
        self._rpm, self._tpm = rpm, tpm
        self._budget = budget
        self._environment = environment
        self._limits: dict[str, Limit] = {}
        self._opened: dict[tuple[str, bool], ChatModel] = {}
        self._shared: dict[int, tuple[ChatModel, ChatModel]] = {}
        self._to_close: list[_Closes] = []

    def chat(self, model: str | ChatModel | None = None, *, by_file: bool = False) -> ChatModel:
        """Return the model of a speaker or a judge.

        Args:
            model: a SPEC, which is opened once; a model of the caller's, which stays open in the
                end; None takes `default_spec`.
            by_file: whether only a scenario file names it, which may come from anywhere: the key
                then goes to the host of `OPENAI_BASE_URL` (or OpenAI's) only.

        Raises:
            ModelSpecError: the SPEC names nothing that can be opened.
            InputError: money is limited and the model's price is unknown.
        """
        if model is None or isinstance(model, str):
            spec = default_spec(self._environment) if model is None else model
            if (spec, by_file) not in self._opened:
                self._opened[spec, by_file] = self._open(spec, by_file=by_file)
            model = self._opened[spec, by_file]
        if id(model) not in self._shared:
            self._share(model)
            within = model
            if self._budget is not None:
                within = WithinBudget(model, self.price(model), self._budget)
            self._shared[id(model)] = (model, within)
        return self._shared[id(model)][1]

    def tested(self, spec: str, *, timeout_s: float, by_file: bool = False) -> ChatModel:
        """Return a model that is under test: its calls are no part of the run's budget.

        Args:
            spec: its SPEC.
            timeout_s: seconds that one call may take, after which it raises `TimeoutError`. That it
                waits for room under the limits of the host is not counted: it is not its fault.
            by_file: see `chat`.

        Raises:
            ModelSpecError: the SPEC names nothing that can be opened.
        """
        model = self._open(spec, by_file=by_file, tested_s=timeout_s)
        self._share(model)
        return model if isinstance(model, OpenAICompatible) else _Timed(model, timeout_s)

    def scorer(self, spec: str | None = None) -> TextScorer:
        """Return a model that scores texts; see `logprobs`.

        Args:
            spec: `embedded`, `embedded:FILE.gguf`, `NAME@http://host:port/v1`, or `NAME` for a
                model at `OPENAI_BASE_URL`; None takes `default_spec`.

        Raises:
            ModelSpecError: the SPEC names nothing that could score.
        """
        from simulate.models.logprobs import ADVICE, EndpointScorer

        read = ModelSpec.parse(default_spec(self._environment) if spec is None else spec)
        scorer: TextScorer
        match read.kind:
            case "embedded":
                from simulate.models.embedded import EmbeddedModel

                scorer = EmbeddedModel(read.file, slots=1)
            case "endpoint":
                wire = _Opening(self._environment).wire(read)
                wire.limit = self._limit_at(wire)
                scorer = EndpointScorer(read.name, wire)
            case _:
                raise ModelSpecError(
                    f"model {quote(read.redacted)} plays canned answers and cannot score: {ADVICE}"
                )
        self._to_close.append(scorer)
        return scorer

    def price(self, model: ChatModel) -> Price | None:
        """Return what a model's calls cost; None where it is unknown."""
        match model:
            case OpenAICompatible() | WithinBudget():
                return model.price
        return None

    def check_pace(self) -> None:
        """Refuse a pace that no model keeps; asked when all models of a run are there.

        Raises:
            InputError: a pace is given, and none of the models is at a host.
        """
        given = [f"--{name}" for name, v in (("rpm", self._rpm), ("tpm", self._tpm)) if v]
        if given and not self._limits:
            raise InputError(
                f"{' and '.join(given)}: none of the run's models is at an endpoint, so nothing is "
                "sent that could be limited; leave it out"
            )

    async def aclose(self) -> None:
        """Close the models that were opened here."""
        closing, self._to_close = self._to_close, []
        for each in closing:
            await each.aclose()

    def _open(self, spec: str, *, by_file: bool, tested_s: float | None = None) -> ChatModel:
        read = ModelSpec.parse(spec)
        model = OPENERS[read.kind](read, _Opening(self._environment, by_file, tested_s))
        self._to_close.append(model)
        return model

    def _share(self, model: ChatModel) -> None:
        if isinstance(model, OpenAICompatible):
            model.share(self._limit_at(model.wire), self.journal)

    def _limit_at(self, wire: Wire) -> Limit:
        if wire.host not in self._limits:
            limit = self._limits[wire.host] = wire.limit
            limit.pace = Pace(self._rpm, self._tpm) if self._rpm or self._tpm else None
        return self._limits[wire.host]


@contextlib.asynccontextmanager
async def open_all(
    *,
    rpm: int | None = None,
    tpm: int | None = None,
    budget: Budget | None = None,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[Models]:
    """Open models, and close those that were opened here; see `Models` for the arguments."""
    models = Models(rpm=rpm, tpm=tpm, budget=budget, environment=environment)
    try:
        yield models
    finally:
        await models.aclose()


def open_model(
    spec: str | None = None,
    *,
    by_file: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> ChatModel:
    """Open one model by itself; whoever opens it closes it.

    Args:
        spec: `embedded`, `embedded:FILE.gguf`, `scripted:FILE`, `NAME@http://host:port/v1`, or
            `NAME` for a model at `OPENAI_BASE_URL`; None takes `default_spec`.
        by_file: whether only a file names it, not the user; see `Models.chat`.
        environment: where `OPENAI_BASE_URL`, `OPENAI_API_KEY` and `OPENAI_API_KEY_FILE` (a file
            that holds the key) are looked up.

    Raises:
        ModelSpecError: the SPEC names nothing that can be opened.
    """
    read = ModelSpec.parse(default_spec(environment) if spec is None else spec)
    return OPENERS[read.kind](read, _Opening(environment, by_file))


def open_embedder(spec: str, *, environment: Mapping[str, str] = os.environ) -> Embedder:
    """Return what turns texts into vectors.

    Args:
        spec: `offline`; `NAME@http://host:port/v1`; or `NAME` for a model at `OPENAI_BASE_URL`.
        environment: where the address of the endpoint and the key are looked up.

    Raises:
        ModelSpecError: the offline model is not installed, or no URL is known.
    """
    if spec == OFFLINE:
        from simulate.measures.embeddings import OfflineEmbedder

        return OfflineEmbedder()
    read = ModelSpec.parse(spec)
    if read.kind != "endpoint":
        raise ModelSpecError(
            f"embeddings {quote(read.redacted)}: give {OFFLINE}, NAME@http://host:port/v1, or set "
            "OPENAI_BASE_URL"
        )
    from simulate.models.embedding_endpoint import EndpointEmbedder

    return EndpointEmbedder(read.name, _Opening(environment).wire(read))
