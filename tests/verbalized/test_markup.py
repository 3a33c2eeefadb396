import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.verbalized.markup import without_markup
from tests.yardstick import within

HARMONY = (
    "<|channel|>analysis<|message|>Hm.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>Hello.<|return|>"
)


@pytest.mark.parametrize(
    "text",
    [
        HARMONY,
        HARMONY.removesuffix("<|return|>"),
        f"<|start|>assistant{HARMONY}",
        "<|channel|>analysis<|message|>Hm.<|end|>Hello.",
        "<|channel|>final<|message|>Hello.",
        "<|channel|>final Hello.<|end|>",
        "<|start|>assistant<|message|>Hello.<|end|><|start|>user<|message|>Hi<|end|>",
        HARMONY.replace(
            "<|start|>",
            "<|start|>assistant<|channel|>commentary to=functions.f "
            "<|constrain|>json<|message|>{}<|call|><|start|>",
        ),
        "analysisWe should greet.assistantfinalHello.",
        "assistantanalysisWe should greet.assistantfinalHello.",
        'commentary to=functions.say json{"x": 1}assistantfinalHello.',
        'assistantcommentary to=functions.say json{"x": 1}assistantfinalHello.',
        "assistantfinalHello.",
        "finalHello.",
        "/think>\n\nHello.",
        "<answer>Hello.</answer>",
        "<think>Hm.</think>Hello.",
        "\n<think>\n<think>Hm.</think>\n\nHello.",
        "<think>a</think> <think>b</think> Hello.",
        "<think>Hm, `</b>`</think>Hello.",
        "<Thinking>Hm.</Thinking>Hello.",
        "Hm, what now?</think>\n\nHello.",
        "[THINK]Hm.[/THINK]Hello.",
        "Hm.[/THINK]Hello.",
        "<thought>Hm.</thought>Hello.",
        "<reasoning>Hm.</reasoning>\n<answer>Hello.</answer>",
        "<thinking>a<reflection>b</reflection>c</thinking><output>Hello.</output>",
        "<seed:think>Hm.</seed:think>Hello.",
        "◁think▷Hm.◁/think▷Hello.",
        "<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>Hello.<|end_of_solution|>",
        "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>",
        "<|channel>thought\nHm.<channel|>Hello.<turn|>",
        "Hm.\n[BEGIN FINAL RESPONSE]\nHello.\n[END FINAL RESPONSE]\n<|end|>",
        "Here is my thought process:\nHm.\n\nHere is my response:\nHello.",
        "Hello.\n<think>\nHm, and then",
        "Hello. <think>",
        *(f"Hello.{end}" for end in ("<|im_end|>", "<|eot_id|>", "</s>", "<|endoftext|>")),
        *(f"Hello.{end}" for end in ("<end_of_turn>", "<|end|>", "[/INST]", "<eos>", "<turn|>")),
        "Hello.<|im_end|>\n<|im_start|>user\nHi!<|im_end|>",
        "Hello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi!",
        "Hello.</s>\n[INST] Hi!",
        "<s>Hello.</s>",
        "<|assistant|>\nHello.<|user|>\nHi!",
        "<|im_start|>assistant\nHello.",
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello.",
        "<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nHi!",
        "<｜Assistant｜><think>Hm.</think>Hello.<｜end▁of▁sentence｜>",
        "<|start_of_role|>assistant<|end_of_role|>Hello.<|end_of_text|>",
        "<|start_of_role|>assistant<|end_of_role|>Hello.<|start_of_role|>user<|end_of_role|>Hi!",
        "<|think|>Hm.<|/think|>Hello.",
        "<ds_think>Hm.</ds_think>Hello.",
        "Hello.<|im_end",
        "assistant\n\nHello.",
        "[/INST] Hello.",
        'Hello. <tool_call>{"name": "look"}</tool_call>',
    ],
)
def test_what_is_left_is_what_was_said(text: str) -> None:
    assert without_markup(text) == "Hello."


def test_what_stands_before_reasoning_was_said_too() -> None:
    assert without_markup("Sure. <think>Hm.</think>Hello.") == "Sure. Hello."
    assert without_markup("Sure.\n<think>Hm.</think>\nHello.") == "Sure.\n\nHello."


@pytest.mark.parametrize(
    "text",
    [
        "<think>never ends",
        "<|channel|>analysis<|message|>Hm.",
        'commentary to=functions.say json{"x": 1}',
        "<|channel|>analysis<|message|>Hm.<|end|>",
        "analysisWe should greet.",
        "[THINK]Hm.",
        "<think>a</think><think>b",
        "Here's my thought process:\nHm.",
        "<|im_start|>user\nHi!",
        '[TOOL_CALLS][{"name": "look"}]',
    ],
)
def test_nothing_but_reasoning_or_a_turn_of_somebody_else_is_no_reply(text: str) -> None:
    assert without_markup(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I <think> so.",
        "Use `<think>` and `</think>` for it.",
        "```xml\n<think>\nHm\n</think>\n```",
        "```\nHello.<|im_end|>\n<|im_start|>user\n```\nlike this",
        "The token `<|im_end|>` ends a turn.",
        "`<|channel|>final<|message|>` is what harmony writes.",
        "<p>Now <s>10</s> 8 dollars</p> <- a price",
        "<s>10</s> 8 dollars",
        "I <3 you [Tuesday], if a < b and [I] agree",
        "<answer>42</answer> and <answer>43</answer>",
        "I write <answer>42</answer>",
        "analysis is what I do",
        "final answer: no",
        "commentary to you: no",
        "\n  <b>Hello.</b>  ",
    ],
)
def test_words_that_look_like_markup_stay(text: str) -> None:
    assert without_markup(text) is text


SAID = r'{"responses": [{"text": "I <think> so </think>\n<think> ok <|im_end|> \" </s>", "p": 1}]}'


@pytest.mark.parametrize(
    "before",
    [
        "",
        '<think>{"responses": []}</think>\n',
        "I could answer {this}.</think>\n",
        "[THINK]{[/THINK]",
        HARMONY.partition("Hello.")[0],
        "<|im_start|>assistant\n",
        "<s>",
    ],
)
@pytest.mark.parametrize(
    "after", ["", "<|im_end|>", "</s>", "<|im_end|>\n<|im_start|>user\n{", "\n<think>{}</think>"]
)
def test_in_json_only_what_stands_around_it_is_markup(before: str, after: str) -> None:
    assert without_markup(before + SAID + after, in_json=True) == SAID


@pytest.mark.parametrize("before", ["", "<think>Hm.</think>", "Sure: "])
def test_harmony_in_a_string_of_json_was_said(before: str) -> None:
    said = '{"text": "it writes <|channel|>final<|message|>, they say"}'
    assert without_markup(before + said, in_json=True).endswith(said)


def test_words_before_reasoning_before_json_are_left_to_its_reader() -> None:
    assert without_markup('Okay. <think>{"a": 1}</think>{"b": 2}', in_json=True) == 'Okay. {"b": 2}'


WORDS = st.text(st.characters(exclude_characters="<[◁`", exclude_categories=["Cs"]))
MARKS = (
    *("<think>", "</think>", "[THINK]", "[/THINK]", "<|im_end|>", "<|eot_id|>", "<eos>"),
    *("<|im_start|>assistant\n", "<|channel|>analysis<|message|>", "<|end|>", "[/INST]"),
    *("<|channel|>final<|message|>", "<|start|>assistant", "<end_of_turn>", "◁think▷"),
    *("◁/think▷", "<thought>", "</thought>", "<|assistant|>", "<|endoftext|>", "<eod>"),
)


@given(WORDS)
def test_a_text_without_markup_is_the_very_same(text: str) -> None:
    if not text.lstrip().startswith(("assistant\n", "analysis")):
        assert without_markup(text) is text
        assert without_markup(text, in_json=True) is text


@given(st.lists(st.one_of(st.sampled_from([*MARKS, "a", "b c", " ", "\n"]), WORDS), max_size=12))
def test_no_markup_is_left_at_either_end(pieces: list[str]) -> None:
    left = without_markup("".join(pieces))
    marks = tuple(mark.strip() for mark in MARKS)
    assert not left.startswith(marks)
    assert not left.endswith(marks)
    assert without_markup(left) == left


@pytest.mark.parametrize(
    "noise",
    [
        *("<think>", "</think>", "<think></think>", "[THINK]", "<|im_end|>", "\n ", " ", "```"),
        *("<|channel|>analysis<|message|>", "<|", '"<|im_end|>', "<think ", "`<think>", "</s> "),
        *("<thi<think></think>nk>", "<s>", "\\", "<|start|>assistant", "[BEGIN FINAL RESPONSE]"),
    ],
)
def test_noise_is_read_in_linear_time(noise: str) -> None:
    text = "<" + noise * (100_000 // len(noise))
    with within(120):
        without_markup(text)
        without_markup(text, in_json=True)
