"""Open the models of a run: each once, under the limits, the pace and the budget of the run.

Speakers, judges, scorers, embedders and model targets get their models here and nowhere else, so
that what holds for one holds for all:

    async with Models(rpm=60, budget=Budget(usd=5)) as models:
        model = models.chat("gpt-4.1-mini")

All models at one host (name and port) share a limit: what it bears, and a time to wait that it
names, holds for each of them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

from simulate.errors import InputError, ModelSpecError, quote
from simulate.models.batches import BatchedModel, Batches, BatchSettings, not_batched
from simulate.models.budget import Budget, WithinBudget
from simulate.models.chat import AnyModel, ChatModel, ChatReply, ChatRequest
from simulate.models.concurrency import Limit
from simulate.models.connection import CONNECTIONS, Connection
from simulate.models.human_data import SharedData, checked_reason, shared
from simulate.models.journal import Journal
from simulate.models.kinds import of_client, opened
from simulate.models.named import ModelNames, named_models
from simulate.models.network import on_this_machine
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.opening import ModelOpening
from simulate.models.prices import Price
from simulate.models.rate_limit import Pace
from simulate.models.redaction import SHORTEST_IN_REPLIES, keep_secret
from simulate.models.secrets import secrets_of_environment
from simulate.models.settings import OPTIONS, ModelSettings
from simulate.models.spec import ModelSpec, default_spec, redacted

if TYPE_CHECKING:
    from simulate.measures.embeddings import Embedder
    from simulate.models.logprobs import TextScorer

OFFLINE = "offline"
"""The SPEC of the embeddings that are made on this machine."""


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
    """The models of a run; a context manager, which closes those that were opened here.

    Args:
        rpm: requests per minute that one host gets at most, retries included.
        tpm: prompt and completion tokens per minute, likewise.
        budget: that all calls of speakers and judges share; None for no limit.
        names: the user's names that stand for a model and its settings; see `named.named_models`.
        offered: the names that a scenario brings.
        connections: requests that are open at one host at once, at most, where no settings say it.
        calls: whether models are going to be called; else no key is needed.
        share_human_data: why what people gave may be sent to endpoints that are not on this
            machine; None where nobody has said so.
        environment: where the address of the endpoint and the key are looked up.
        tell: is told once, in a sentence, what an endpoint refuses or what is odd of its answers.
        batch: how the calls of speakers and judges are sent in batches; None to send them one by
            one.

    Attributes:
        journal: what has been learnt about endpoints.
        batches: those of the run; None where calls are sent one by one.

    Raises:
        InputError: a limit is below 1, or a reason says nothing.
        ModelSpecError: a models file cannot be read, or breaks a rule.
    """

    def __init__(
        self,
        *,
        rpm: int | None = None,
        tpm: int | None = None,
        budget: Budget | None = None,
        names: ModelNames | None = None,
        offered: Mapping[str, ModelSettings] | None = None,
        connections: int = CONNECTIONS,
        calls: bool = True,
        share_human_data: str | None = None,
        environment: Mapping[str, str] = os.environ,
        tell: Callable[[str], None] | None = None,
        batch: BatchSettings | None = None,
    ) -> None:
        Pace(rpm, tpm)
        if batch is not None and (rpm or tpm):
            raise InputError(
                "--rpm and --tpm: calls in batches have no pace; leave them out, or --batch"
            )
        self.batches = None if batch is None else Batches(batch)
        self.journal = Journal()
        if tell is not None:
            self.journal.on_learnt = lambda learnt: tell(learnt.sentence)
            self.journal.on_noticed = lambda noticed: tell(noticed.told)
        self._rpm, self._tpm = rpm, tpm
        self._budget = budget
        self._environment = environment
        known = named_models(names, environment)
        variables = known.common.variables.union(*(e.variables for e in known.entries.values()))
        held = [*secrets_of_environment(environment), *map(environment.get, variables)]
        keep_secret(held, SHORTEST_IN_REPLIES)
        self._opening = ModelOpening(
            environment,
            names=replace(known, offered=offered or {}),
            connections=connections,
            calls=calls,
        )
        self._limits: dict[str, Limit] = {}
        self._elsewhere: list[str] = []
        self._reason = checked_reason(share_human_data)
        self._opened: dict[tuple[str, bool], ChatModel] = {}
        self._of_clients: dict[tuple[int, str], ChatModel] = {}
        self._shared: dict[int, tuple[ChatModel, ChatModel]] = {}
        self._to_close: list[_Closes] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.aclose()

    def chat(self, model: AnyModel | None = None, *, by_file: bool = False) -> ChatModel:
        """Return the model of a speaker or a judge.

        Args:
            model: a SPEC, which is opened once; a model of the caller's, or a client object of the
                `openai` package with a model's name, which stays open in the end; None takes
                `default_spec`.
            by_file: whether only a scenario file names it, which may come from anywhere: the key
                then goes to the host of `OPENAI_BASE_URL` (or OpenAI's) only.

        Raises:
            ModelSpecError: the SPEC names nothing that can be opened.
            InputError: money is limited and the model's price is unknown.
        """
        if isinstance(model, tuple) and len(model) == 2:
            key = (id(model[0]), model[1])
            if key not in self._of_clients:
                self._of_clients[key] = of_client(*model, self.batches)
            model = self._of_clients[key]
        elif model is None or isinstance(model, str):
            spec = default_spec(self._environment) if model is None else model
            if (spec, by_file) not in self._opened:
                self._opened[spec, by_file] = self._open(spec, by_file=by_file)
            model = self._opened[spec, by_file]
        elif not hasattr(model, "complete"):
            raise ModelSpecError(
                f"model of type {type(model).__name__}: give a SPEC, or, as a tuple, "
                "an AsyncOpenAI or AsyncAzureOpenAI and the model's name"
            )
        elif self.batches is not None and not isinstance(model, BatchedModel):
            raise not_batched(model.name, "it is an object of yours, which is called as it is")
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
        self._share(model, tested=True)
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

        read, opening = self._opening.read(spec)
        scorer: TextScorer
        match read.kind:
            case "embedded":
                from simulate.models.embedded import EmbeddedModel

                scorer = EmbeddedModel(read.file, slots=1)
            case "scripted":
                raise ModelSpecError(
                    f"model {quote(read.redacted)} plays canned answers and cannot score: {ADVICE}"
                )
            case _:
                scorer = EndpointScorer(read.name, self._connection(read, opening))
        self._to_close.append(scorer)
        return scorer

    def embedder(self, spec: str) -> Embedder:
        """Return what turns texts into vectors.

        Args:
            spec: `offline`; `NAME@http://host:port/v1`; or `NAME` for a model at `OPENAI_BASE_URL`.

        Raises:
            ModelSpecError: the offline model is not installed, or no URL is known.
        """
        from simulate.measures.embeddings import OfflineEmbedder
        from simulate.models.embedding_endpoint import EndpointEmbedder

        if spec == OFFLINE:
            return OfflineEmbedder()
        read, opening = self._opening.read(spec)
        if not read.at_endpoint:
            raise ModelSpecError(
                f"embeddings {quote(read.redacted)}: give {OFFLINE}, NAME@http://host:port/v1, or "
                "set OPENAI_BASE_URL"
            )
        return EndpointEmbedder(read.name, self._connection(read, opening))

    def price(self, model: ChatModel) -> Price | None:
        """Return what a model's calls cost; None where it is unknown."""
        match model:
            case OpenAICompatible() | WithinBudget():
                return model.price
        return None

    def knows(self, name: str) -> bool:
        """Tell whether a name stands for a model and its settings."""
        return self._opening.names.find(name) is not None

    def recorded(self, model: ChatModel) -> dict[str, Any]:
        """Return what a run file holds of a model's settings; see `ModelSettings.recorded`."""
        match model:
            case OpenAICompatible():
                return model.connection.recorded
            case WithinBudget():
                return self.recorded(model.model)
        return {}

    @property
    def hosts(self) -> int:
        """How many hosts the models are at that are open."""
        return len(self._limits)

    def at_most(self, connections: int) -> None:
        """Let no more requests be open at one host at once, whatever the settings say."""
        for limit in self._limits.values():
            limit.able(connections)

    @property
    def fewest(self) -> int | None:
        """The smallest limit of a host that processes divide; None where there is none."""
        limits = [limit.most for limit in self._limits.values()]
        if limits and self._rpm:
            limits.append(self._rpm)
        return min(limits, default=None)

    def take_part(self, part: int, whole: int) -> None:
        """Send only a part of what hosts bear, where other processes send the rest.

        Args:
            part: of `whole`.
            whole: the parts of all processes together.
        """
        for limit in self._limits.values():
            limit.take_part(part, whole)

    def check_given(self) -> None:
        """Refuse a pace and settings that hold for no model; asked when all of a run are there.

        Raises:
            InputError: some are given, and none of the models is at a host.
        """
        given = [f"--{name}" for name, v in (("rpm", self._rpm), ("tpm", self._tpm)) if v]
        common = self._opening.names.common.model_fields_set
        given += [option for name, option in OPTIONS.items() if name in common]
        if given and not self._limits:
            raise InputError(
                f"{' and '.join(given)}: none of the run's models is at an endpoint, so nothing is "
                "sent for which this could hold; leave it out"
            )

    def share(
        self,
        data: Iterable[str],
        tested: Iterable[str] = (),
        before: Mapping[str, Any] | None = None,
    ) -> SharedData | None:
        """Refuse human data that would leave this machine without a reason; asked before a call.

        A model that is an object of the caller's own is not asked where it sends what it gets.

        Args:
            data: what people gave and models are sent.
            tested: systems under test elsewhere that get it too.
            before: what a run file says was shared; see `sharing.shared`.

        Returns:
            What is shared with whom; None where nothing is.

        Raises:
            InputError: there is no reason.
        """
        return shared(data, [*self._elsewhere, *tested], self._reason, before)

    async def aclose(self) -> None:
        """Close the models that were opened here."""
        closing, self._to_close = self._to_close, []
        for each in closing:
            await each.aclose()

    def _open(self, spec: str, *, by_file: bool, tested_s: float | None = None) -> ChatModel:
        opening = replace(self._opening, by_file=by_file, tested_s=tested_s)
        model = opened(spec, opening, None if tested_s is not None else self.batches)
        self._to_close.append(model)
        return model

    def _share(self, model: ChatModel, *, tested: bool = False) -> None:
        if isinstance(model, OpenAICompatible):
            model.share(self._limit_at(model.connection), self.journal)
            if not tested:
                self._note_place(model.connection)

    def _connection(self, spec: ModelSpec, opening: ModelOpening) -> Connection:
        connection = opening.connection(spec)
        connection.limit = self._limit_at(connection)
        self._note_place(connection)
        return connection

    def _note_place(self, connection: Connection) -> None:
        if not on_this_machine(connection.url):
            self._elsewhere.append(redacted(connection.name))

    def _limit_at(self, connection: Connection) -> Limit:
        if connection.host not in self._limits:
            limit = self._limits[connection.host] = connection.limit
            limit.pace = Pace(self._rpm, self._tpm) if self._rpm or self._tpm else None
        shared = self._limits[connection.host]
        shared.at_most(connection.limit.most)
        return shared
