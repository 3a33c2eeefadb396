"""Verbalized sampling of a bare prompt: no scenario, no persona, no run file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.errors import InputError, ModelError, ParseError, quote
from simulate.files.validation import said
from simulate.models import AnyModel, ModelNames, Models
from simulate.randomness import call_seed, uniform
from simulate.verbalized import (
    LATEST,
    METHODS,
    MIN_K,
    MethodName,
    MethodSpec,
    Pick,
    RecordedDraw,
    ReplyDistribution,
    Task,
    Weighting,
    WeightMode,
    known_version,
    recorded,
    storable,
)
from simulate.verbalized.wording import WordingName

if TYPE_CHECKING:
    from pydantic import ValidationError


async def verbalize(
    prompt: str,
    *,
    k: int | Literal["auto"] = 5,
    method: MethodName = "vs",
    rounds: int | None = None,
    wording: WordingName | None = None,
    below: float | None = None,
    template: str | None = None,
    model: AnyModel | None = None,
    models: ModelNames | None = None,
    temperature: float | None = None,
    seed: int = 0,
    tau: float | None = None,
    weight_mode: WeightMode = "elicited",
    min_k: int = MIN_K,
    prompt_version: int = LATEST,
    tell: Callable[[str], None] | None = None,
) -> ReplyDistribution:
    """Ask a model for a distribution of responses to a prompt.

    Args:
        prompt: what is asked, such as “Tell me a joke about coffee”.
        k: how many candidates; `auto` lets the model decide.
        method: how the distribution is obtained.
        rounds: over how many calls `vs-multi` spreads the candidates; by default 2.
        wording: how the model is asked to say how likely a candidate is; by default the
            method's own.
        below: ask for candidates from the tail only, each less likely than this, in (0, 1].
        template: a Jinja template in place of the shipped prompt of the method.
        model: a model or its SPEC; by default `SIMULATE_MODEL`, else the embedded model.
        models: names for models, as in `run`.
        temperature: of the model's sampling; by default the model's own.
        seed: of the model's sampling, where it takes one.
        tau: keep only candidates whose stated probability is at least this, in [0, 1]; None keeps
            all. It cuts what was answered, where `below` says what is asked for.
        weight_mode: `elicited` weighs by what was stated, `softmax` by exp(what was stated),
            `uniform` gives each candidate the same weight.
        min_k: how many candidates are kept, the likeliest, where fewer reach `tau`; ≥ 1.
        prompt_version: of the shipped prompts.
        tell: is told once, in a sentence, what the endpoint refuses, what is odd about its
            answers, what the method draws before the reply, and that `min_k` kept candidates
            below `tau`.

    Raises:
        InputError: an argument is out of its range, or `tau` or `softmax` was asked for and no
            probabilities were stated.
        ParseError: what the model wrote cannot be read, even when asked again.
        ModelError: no reply came.
    """
    if not prompt.strip():
        raise InputError("the prompt is empty")
    if (plain := storable(prompt)) != prompt:
        raise InputError(f"the prompt is no text in UTF-8: {quote(plain)}; give it in UTF-8")
    weighting = Weighting(tau, weight_mode, min_k)
    spec = method_spec(
        method=method, k=k, rounds=rounds, wording=wording, below=below, template=template
    )

    def pick(choice: Pick) -> RecordedDraw:
        u = uniform(seed, f"{choice.what}:verbalize")
        drawn = recorded(choice.distribution, choice.settings, choice.what, u)
        if tell is not None:
            likely = drawn.chances[drawn.chosen]
            tell(f"{choice.what}, drawn with the chance {likely:.2f}: {drawn.candidate.text}")
        return drawn

    task = Task(prompt_version=known_version(prompt_version))
    if wrong := spec.unfit(None):
        raise InputError(wrong)
    async with Models(names=models, tell=tell) as opened:
        asked = Asked(
            None,
            opened.chat(model),
            [{"role": "user", "content": prompt}],
            lambda ask: call_seed(seed, "verbalize", ask=ask),
            temperature=temperature,
            pick=pick,
        )
        opened.check_given()
        try:
            distribution, _ = await obtain(METHODS[spec.name](spec, task), asked)
        except CallsFailedError as failure:
            kind = ParseError if failure.by_model else ModelError
            raise kind(str(failure)) from None
    weighed = weighting.apply(distribution)
    if tell is not None and weighed.relaxed:
        tell(weighed.relaxed)
    return weighed.distribution


def method_spec(*, method: str, template: str | None = None, **options: object) -> MethodSpec:
    """Return a method with its options, as they are named on the command line.

    Raises:
        InputError: an option is out of its range, or the method does not take it.
    """
    from pydantic import ValidationError

    try:
        return MethodSpec.model_validate({"name": method, "prompt": template, **options})
    except ValidationError as error:
        raise InputError(_problem(error)) from None


def _problem(error: ValidationError) -> str:
    """Say on one line what is wrong with the first option that is."""
    problem = error.errors()[0]
    if not problem["loc"]:
        return said(problem)
    name = "method" if problem["loc"][0] == "name" else problem["loc"][0]
    got = "" if problem["type"] == "value_error" else f", got {problem['input']!r}"
    return f"{name}: {said(problem)}{got}"
