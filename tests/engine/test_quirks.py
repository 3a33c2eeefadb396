"""Odd endpoints and odd answers, each from the socket to the distribution, over both ways.

What each part makes of many more is tested where the part is; here is one of each kind.
"""

import asyncio
import json
from typing import Any

import pytest

from simulate.engine import verbalize
from simulate.errors import ModelError, ParseError, SimulateError
from simulate.verbalized import ReplyDistribution
from tests.endpoint import Body, Serve, completion
from tests.ways import WAYS, WayName

PAIR = '{"responses": [{"text": "Yes.", "probability": 0.6}, {"text": "No.", "probability": 0.4}]}'
Read = list[tuple[str, float | None]]
USUAL: Read = [("Yes.", 0.6), ("No.", 0.4)]


def verbalized(serve: Serve, way: WayName, answer: Any, **options: Any) -> ReplyDistribution:
    """Ask an endpoint that always gives one answer."""
    endpoint = serve(lambda body, n: answer(body, n) if callable(answer) else answer)

    async def whole() -> ReplyDistribution:
        model = WAYS[way]("mock", endpoint.url, backoff_s=0.001, retries=2)
        try:
            return await verbalize("Would you?", k=2, model=model, **options)
        finally:
            await model.aclose()

    return asyncio.run(whole())


def read(distribution: ReplyDistribution) -> Read:
    return [(c.text, c.probability) for c in distribution.candidates]


def told(text: str) -> str:
    """Return the pair with another text in the place of the first, as JSON writes it in ASCII."""
    return PAIR.replace('"Yes."', text)


READ: dict[str, tuple[Any, Read]] = {
    # Endings
    "ending in capitals": (completion(PAIR, finish_reason="STOP"), USUAL),
    "eos": (completion(PAIR, finish_reason="eos_token"), USUAL),
    "no ending": (completion(PAIR, finish_reason=None), USUAL),
    # Text is what the JSON says
    "escaped emoji and a trailing comma": (
        told('"Sure \\ud83d\\ude00"').replace("}]", "},]"),
        [("Sure 😀", 0.6), ("No.", 0.4)],
    ),
    "escaped slash and a comment": (
        "// so:\n" + told('"and\\/or \\\\ \\"x\\""'),
        [('and/or \\ "x"', 0.6), ("No.", 0.4)],
    ),
    "a fence inside a text": (
        told(json.dumps('```json\n{"responses": [{"text": "evil", "probability": 1}]}\n```')),
        [('```json\n{"responses": [{"text": "evil", "probability": 1}]}\n```', 0.6), ("No.", 0.4)],
    ),
    "LaTeX": (
        told(r'"2 \times 3 is \frac{12}{2}"'),
        [(r"2 \times 3 is \frac{12}{2}", 0.6), ("No.", 0.4)],
    ),
    # Reasoning and markup
    "think": ("<think>Hm {}</think>\n" + PAIR, USUAL),
    "words before think": ("Well. <think>Hm [1]</think>\n" + PAIR, USUAL),
    "magistral": ("[THINK]Hm[/THINK]" + PAIR, USUAL),
    "harmony": (
        "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>"
        + PAIR
        + "<|return|>",
        USUAL,
    ),
    "a token at the end": (PAIR + "<|im_end|>", USUAL),
    # Plain readings
    "an envelope": ('{"data": ' + PAIR + "}", USUAL),
    "JSON in a string": (json.dumps(PAIR), USUAL),
    "other names": (
        PAIR.replace("responses", "Results").replace('"text"', '"Text"'),
        USUAL,
    ),
    "JSON lines": (
        '{"text": "Yes.", "probability": 0.6}\n{"text": "No.", "probability": 0.4}',
        USUAL,
    ),
    "numbers of other scripts": (
        PAIR.replace("0.6", '"６０％"').replace("0.4", '"40 percent"'),
        USUAL,
    ),
    "a decimal comma": (PAIR.replace("0.6", '"0,6"'), USUAL),
    "curly quotes": (PAIR.replace('"responses"', "“responses”"), USUAL),
    "a line before it": ("Here are two replies:\n" + PAIR, USUAL),
    "a tool call": (
        completion(
            None,
            finish_reason="tool_calls",
            message={
                "tool_calls": [
                    {"id": "1", "type": "function", "function": {"name": "a", "arguments": PAIR}}
                ]
            },
        ),
        USUAL,
    ),
    "where reasoning belongs": (completion("", message={"reasoning_content": PAIR}), USUAL),
    # Usage
    "no usage": (completion(PAIR, usage=None), USUAL),
    "usage in words": (completion(PAIR, usage={"input_tokens": "7", "output_tokens": 3.0}), USUAL),
}

REFUSED: dict[str, tuple[Any, type[SimulateError], str]] = {
    "half a reply": (
        completion(PAIR, finish_reason="model_context_window_exceeded"),
        ModelError,
        "cut off",
    ),
    "aborted": (completion(PAIR, finish_reason="abort"), ModelError, "abort"),
    "an ending nobody knows": (completion(PAIR, finish_reason="whatever"), ModelError, "whatever"),
    "recitation": (
        completion(PAIR, finish_reason="content_filter: RECITATION"),
        ParseError,
        "RECITATION",
    ),
    "the provider's error": (
        {"choices": [{"error": {"code": 502, "message": "The host went away"}, "message": {}}]},
        ModelError,
        "The host went away",
    ),
    "a cut text with closers": (
        '{"responses": [{"text": "end it with }]} or so and the',
        ParseError,
        "cut off|broken",
    ),
    "quotes that have two readings": ('["Yes," she said, "but no", "b"]', ParseError, "is broken"),
    "a brace in quotes": ('{"}', ParseError, "no JSON|cut off|broken"),
    "two texts": ('{"answer": 0.5, "message": "1", "probability": 1}', ParseError, "answer"),
    "a number of another scale": (
        PAIR.replace("probability", "nll"),
        ParseError,
        "nll|probability",
    ),
    "a range": (PAIR.replace("0.6", '"0.5-0.7"'), ParseError, "not a number"),
    "a bound": (PAIR.replace("0.4", '"<0.01"'), ParseError, "not a number"),
    "a field twice": (
        PAIR.replace('"text": "No."', '"text": "No.", "text": "So."'),
        ParseError,
        "twice",
    ),
    "two lists": (PAIR + PAIR.replace("Yes", "Never"), ParseError, "more than one"),
    "only reasoning": (completion("", message={"reasoning_content": "Hm."}), ParseError, "reason"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("quirk", READ)
def test_a_plain_answer_is_read_however_it_comes(serve: Serve, quirk: str, way: WayName) -> None:
    answer, expected = READ[quirk]
    assert read(verbalized(serve, way, answer)) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("quirk", REFUSED)
def test_what_nobody_said_is_no_reply(serve: Serve, quirk: str, way: WayName) -> None:
    answer, error, why = REFUSED[quirk]
    with pytest.raises(error, match=why):
        verbalized(serve, way, answer)


@pytest.mark.parametrize("way", WAYS)
def test_percentages_are_judged_by_the_whole_distribution(serve: Serve, way: WayName) -> None:
    with pytest.raises(ParseError, match="percent"):
        verbalized(serve, way, PAIR, wording="percentage")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_is_asked_for_again(serve: Serve, way: WayName) -> None:
    bodies: list[Body] = []

    def answer(body: Body, n: int) -> Any:
        bodies.append(body)
        return "I would rather not." if n == 0 else PAIR

    assert read(verbalized(serve, way, answer)) == USUAL
    assert len(bodies[1]["messages"]) == len(bodies[0]["messages"]) + 2
