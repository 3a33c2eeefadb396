"""What a run will take, before it is run.

The method: a few dialogues of each cell are played through the very engine that would run them,
on a stand-in for the model that answers what it is asked for with replies of usual length. Calls
are therefore counted, not guessed; only how often a moderator has but one left to call on, and so
is not asked, depends on the talk. Tokens are estimated from the very prompts (see `models.tokens`)
and from the assumed length of a reply: what the scenario says (`defaults.reply_words`), else one or
two short sentences. Every dialogue is taken to its last turn,
with no repair and no retry; one that ends early takes less, a model that writes more takes more.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulate.engine.examiner import Examiner
from simulate.engine.freezing import hold_to
from simulate.engine.prepare import open_speakers, resolve
from simulate.engine.simulation import run
from simulate.engine.targets import Attach
from simulate.models import AnyModel, ChatReply, ChatRequest, ModelNames, Models, Usage
from simulate.models.batches import BatchSettings
from simulate.models.prices import Price
from simulate.models.tokens import TOKENS_PER_MESSAGE, tokens_in
from simulate.population import Population
from simulate.randomness import generator
from simulate.scenario import Cell, Scenario
from simulate.scenario.frozen import read_frozen
from simulate.targets import Said, Target, TargetConfig, TargetReply

SAMPLE = 3
"""How many dialogues of each cell are played."""
LARGE_SAMPLE = 40
"""How many, where dialogues differ: in when a user leaves, or which part of a mixture is drawn."""
MOST_CELLS_PLAYED = 64
"""Of more cells, so many are drawn."""
MOST_TURNS_PLAYED = 6000
"""Over all cells; where one dialogue of each has more, no second one is played."""

REPLY = "This is what a person says in one or two short sentences, neither more nor less than that."


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take.

    Attributes:
        dialogues: how many the plan has.
        calls: model calls.
        prompt_tokens: tokens read.
        completion_tokens: tokens written.
        cost_usd: without any cache; None where a price is unknown.
        cells: how many the plan has.
        cells_played: in how many of them dialogues were played; the others are taken to be like
            them.
        left_out: a sentence for each level of a condition that cannot be played.
        warnings: a sentence for what the design does that nobody can have meant.
        in_batches: the most calls that a dialogue makes one after the other, where they go out in
            batches, each of which may take a day; None where calls are answered at once.
    """

    dialogues: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float | None
    cells: int
    cells_played: int
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    in_batches: int | None = None


class StandIn:
    """Answers with replies of usual length, and says how many tokens they may have."""

    concurrency = 16

    def __init__(self, name: str, price: Price | None, reply: str = REPLY) -> None:
        self.name = name
        self._price = price
        self._reply = reply

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer with what the schema asks for."""
        schema, reply = request.schema, self._reply
        text = reply if schema is None else json.dumps(_following(schema, reply))
        prompt = sum(tokens_in(m["content"]) + TOKENS_PER_MESSAGE for m in request.messages)
        usage = Usage(round(prompt), 0, max(1, round(tokens_in(text))))
        if request.top_logprobs is not None:
            usage = Usage(usage.prompt_tokens, 0, 1)
        cost = None if self._price is None else self._price(usage)
        likely = None if request.top_logprobs is None else {"A": 0.0}
        return ChatReply(text, usage=usage, cost_usd=cost, top_logprobs=likely)

    async def aclose(self) -> None:
        """Nothing is open."""


class StandInTarget:
    """Answers each message with a reply of usual length; no model is called for it."""

    name = "stand-in"
    concurrency = 16
    remembers = True

    async def open(
        self, session: str, *, instructions: str = "", history: Sequence[Said] = ()
    ) -> StandInTarget:
        """Open a session, which is this target itself: nothing is remembered."""
        return self

    async def greeting(self) -> TargetReply:
        """Say something of usual length."""
        return TargetReply((REPLY,))

    async def reply(self, message: str) -> TargetReply:
        """Say something of usual length."""
        return TargetReply((REPLY,))

    async def state(self) -> None:
        """Offer no state."""

    async def aclose(self) -> None:
        """Nothing is open."""


async def estimate(
    scenario: str | Path | Scenario,
    *,
    n: int | None = None,
    model: AnyModel | None = None,
    speaker_models: Mapping[str, AnyModel] | None = None,
    models: ModelNames | None = None,
    population: str | Path | Population | None = None,
    speaker_populations: Mapping[str, Population] | None = None,
    methods: Sequence[str] = (),
    seed: int = 0,
    target: str | TargetConfig | Target | None = None,
    baseline: str | TargetConfig | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    plan: str | Path | None = None,
    batch: bool | BatchSettings = False,
) -> Estimate:
    """Estimate calls, tokens and cost of a run; see `run` for the arguments.

    Nobody is called, and no key is needed. What a target takes itself is not in it.
    """
    attach = Attach.of(target, baseline, allow_code=allow_code)
    people = speaker_populations
    frozen = None if plan is None else read_frozen(plan)
    n = frozen.plan.n if n is None and frozen is not None else n
    coming = resolve(scenario, population, methods, n, seed, attach, people, at_most=LARGE_SAMPLE)
    n = coming.scenario.defaults.n if n is None else n
    if frozen is not None and plan is not None:
        hold_to(frozen, replace(coming, n=n), plan)
    users = [speaker for cell in coming.cells for speaker in cell.speakers.values()]
    differ = any(isinstance(user.patience, str) or user.method.parts for user in users)
    some = _some(coming.cells, seed)
    turns = sum(cell.most_turns for cell in some)
    wanted = LARGE_SAMPLE if differ else SAMPLE
    played = min(coming.n, wanted, max(1, MOST_TURNS_PLAYED // max(1, turns)))
    reply = _reply_of(coming.scenario.defaults.reply_words)
    results = []
    batches = BatchSettings.of(batch)
    async with Models(
        names=models, offered=coming.scenario.models, calls=False, batch=batches
    ) as priced:
        speakers = open_speakers(coming, priced, model, speaker_models or {})
        for cell in some:
            opened = speakers[cell.index]
            stand_ins = {
                role: StandIn(m.name, priced.price(m), reply) for role, m in opened.items()
            }
            with tempfile.TemporaryDirectory() as folder:
                results.append(
                    await run(
                        _only(coming.scenario, cell),
                        n=played,
                        speaker_models=stand_ins,
                        population=coming.population,
                        speaker_populations=coming.populations,
                        seed=seed,
                        target=StandInTarget(),
                        examiner=examiner,
                        out=Path(folder) / "estimate.db",
                    )
                )
    cells = coming.scenario.design.size(coming.scenario.conditions)
    scale = n / played * cells / len(results)
    costs = [result.cost_usd for result in results if result.cost_usd is not None]
    return Estimate(
        n * cells,
        round(scale * sum(result.calls for result in results)),
        round(scale * sum(result.prompt_tokens for result in results)),
        round(scale * sum(result.completion_tokens for result in results)),
        scale * sum(costs) if len(costs) == len(results) else None,
        len(coming.cells),
        len(results),
        coming.left_out,
        coming.warnings,
        None if batches is None else max(math.ceil(r.calls / played) for r in results),
    )


def _some(cells: Sequence[Cell], seed: int) -> Sequence[Cell]:
    """Return the cells that are played: all, or some of many, drawn by the seed."""
    if len(cells) <= MOST_CELLS_PLAYED:
        return cells
    drawn = generator(seed, "estimate/cells").choice(len(cells), MOST_CELLS_PLAYED, replace=False)
    return [cells[index] for index in sorted(drawn)]


def _only(scenario: Scenario, cell: Cell) -> Scenario:
    """Return a scenario with one of its cells: each may have other models, at other prices."""
    conditions = {
        condition: {label: levels[label]}
        for condition, levels in scenario.conditions.items()
        for label in [cell.levels[condition]]
    }
    scenario = all_applying(scenario)
    fields = {"conditions": conditions, "contrasts": {}, "nuisance": []}
    return scenario.model_copy(update={**fields, "design": scenario.design.of_cell(cell.levels)})


def all_applying(scenario: Scenario) -> Scenario:
    """Return a scenario in which all outcomes apply, as nobody can know which do not."""
    outcomes = {
        label: outcome.model_copy(update={"applies_if": None})
        for label, outcome in scenario.outcomes.items()
    }
    return scenario.model_copy(update={"outcomes": outcomes})


def _reply_of(words: int | None) -> str:
    """Return a text of so many words; one or two short sentences for None."""
    usual = REPLY.split()
    if words is None:
        return REPLY
    return " ".join(usual[i % len(usual)] for i in range(words))


def _following(schema: Mapping[str, Any], reply: str) -> Any:
    """Return the plainest value that follows a schema, with a reply for each text."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _following(schema["anyOf"][0], reply)
    match schema.get("type"):
        case "object":
            return {key: _following(value, reply) for key, value in schema["properties"].items()}
        case "array":
            return [_following(schema["items"], reply)] * int(schema.get("maxItems", 3))
        case "integer" | "number" as kind:
            middle = (schema.get("minimum", 1) + schema.get("maximum", 1)) / 2
            return int(middle) if kind == "integer" else middle
        case "boolean":
            return False
    return reply
