"""A prompt that an endpoint cuts silently is noticed, and an honest count never is one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.models import ChatRequest, Noticed, Usage
from simulate.models.journal import Journal
from simulate.models.prompt_cut import PromptCut
from tests.endpoint import Body, Serve, completion
from tests.ways import Way

Messages = list[dict[str, str]]
Count = Callable[[Messages], Usage]


def talk(lengths: Iterable[int], request: int = 200) -> Iterator[Messages]:
    """Yield the prompts of a conversation, which each message of so many bytes makes longer."""
    said = [{"role": "system", "content": "You are Ada."}]
    for i, length in enumerate(lengths):
        said.append({"role": "user" if i % 2 else "assistant", "content": f"{i}".ljust(length)})
        yield [*said, {"role": "user", "content": "?" * request}]


def tokens(messages: Messages, ratio: float, overhead: int) -> int:
    return round(overhead + ratio * sum(len(m["content"]) for m in messages))


def found(prompts: Iterable[Messages], count: Count) -> int | None:
    """Return the ceiling that is noticed; how often, must be once."""
    cut = PromptCut()
    told = [c for prompt in prompts if (c := cut.ceiling(prompt, count(prompt))) is not None]
    assert len(told) < 2
    return told[0] if told else None


RATIOS = st.floats(0.15, 1.5)
LENGTHS = st.lists(st.integers(0, 6000), max_size=60)


@given(st.lists(LENGTHS, max_size=4), RATIOS, st.integers(0, 5000), st.floats(0, 1))
def test_an_honest_count_is_never_a_cut(
    talks: list[list[int]], ratio: float, overhead: int, cached: float
) -> None:
    def count(prompt: Messages) -> Usage:
        whole = tokens(prompt, ratio, overhead)
        return Usage(whole, int(cached * whole))

    prompts = [prompt for each in talks for prompt in talk(each)]
    assert found(prompts, count) is None


@given(st.lists(st.tuples(st.integers(0, 6000), RATIOS), max_size=60), st.integers(0, 5000))
def test_texts_of_several_languages_in_one_conversation_are_no_cut(
    messages: list[tuple[int, float]], overhead: int
) -> None:
    counts = iter(
        round(overhead + sum(length * ratio for length, ratio in messages[: n + 1]))
        for n in range(len(messages))
    )
    assert found(talk([length for length, _ in messages]), lambda p: Usage(next(counts))) is None


@given(LENGTHS, RATIOS, st.booleans())
def test_a_count_of_only_what_no_cache_holds_is_no_cut(
    lengths: list[int], ratio: float, says_cached: bool
) -> None:
    before = 0

    def count(prompt: Messages) -> Usage:
        nonlocal before
        whole = tokens(prompt, ratio, 10)
        fresh, before = Usage(whole - before, before if says_cached else 0), whole
        return fresh

    assert found(talk(lengths[:1] + [min(n, 300) for n in lengths[1:]]), count) is None


@given(
    st.lists(st.integers(40, 900), min_size=250, max_size=250),
    st.floats(0.15, 1.0),
    st.integers(0, 1500),
    st.sampled_from([2048, 4096]),
)
def test_prompts_that_are_cut_at_a_context_are_noticed(
    lengths: list[int], ratio: float, overhead: int, context: int
) -> None:
    whole = [p for p in talk(lengths) if tokens(p, ratio, overhead) < 2 * context]
    cut = [p for p in whole if tokens(p, ratio, overhead) > context]
    grown = tokens(cut[-1], 1, 0) - tokens(cut[0], 1, 0) if cut else 0
    if len(cut) >= 5 and grown > 640:
        assert found(whole, lambda p: Usage(min(tokens(p, ratio, overhead), context))) == context


@given(st.lists(st.integers(80, 320), min_size=200, max_size=200), st.sampled_from([2048, 4096]))
def test_prompts_whose_oldest_turns_are_dropped_are_noticed(
    lengths: list[int], context: int
) -> None:
    def count(prompt: Messages) -> Usage:
        sizes = [len(m["content"]) for m in prompt]
        counted = 4 * len(prompt) + 0.25 * sum(sizes)
        for oldest in sizes[1:]:
            if round(counted) <= context:
                break
            counted -= 4 + 0.25 * oldest
        return Usage(round(counted))

    cut = found([p for p in talk(lengths) if tokens(p, 0.25, 0) < 3 * context], count)
    if tokens(list(talk(lengths))[-1], 0.25, 0) > 2 * context:
        assert cut == pytest.approx(context, rel=0.03)


def test_prompts_that_are_all_longer_than_the_context_are_noticed_too() -> None:
    assert found(talk([20_000, *[400] * 10]), lambda p: Usage(4096)) == 4096


@pytest.mark.parametrize("counted", [0, 1, 100])
def test_a_count_that_says_nothing_is_no_cut(counted: int) -> None:
    assert found(talk([400] * 200), lambda p: Usage(counted)) is None


def test_a_cut_is_told_once(serve: Serve, way: Way) -> None:
    def behaviour(body: Body, number: int) -> Any:
        counted = min(tokens(body["messages"], 0.25, 40), 2048)
        return completion("Yes.", usage={"prompt_tokens": counted, "completion_tokens": 3})

    told: list[Noticed] = []

    async def go() -> None:
        model = way("mock", serve(behaviour).url)
        model.share(model.connection.limit, Journal(on_noticed=told.append))
        for prompt in talk([900] * 16):
            await model.complete(ChatRequest(prompt))
        await model.aclose()

    asyncio.run(go())
    [noticed] = told
    assert "seems to cut prompts at about 2,048 tokens" in noticed.told


def test_many_conversations_take_bounded_memory() -> None:
    cut = PromptCut()
    for i in range(3000):
        for prompt in talk([2000 + i, 2000, 2000]):
            cut.ceiling(prompt, Usage(tokens(prompt, 0.3, 0)))
    assert len(cut._near_ceiling) <= 1000
