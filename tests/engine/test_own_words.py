import json
from pathlib import Path
from typing import Any

import pytest

from simulate.models import ChatRequest, ScriptedModel
from tests.engine.test_run import AMOUNT, played, talk


def saying(bot: str, ada: str) -> ScriptedModel:
    """Return a model that says one thing as the bot, and another as the user."""

    def answer(request: ChatRequest) -> Any:
        if request.schema is None:
            return bot
        return {"responses": [{"text": ada, "probability": 1}]}

    return ScriptedModel(answer)


def test_labels_and_markup_reach_nobody_and_the_turns_are_marked(tmp_path: Path) -> None:
    model = saying("<think>Hm.</think>Bot: Hello.<|im_end|>", "**Ada:** Hi.<|eot_id|>")
    bot, ada = played(tmp_path, model=model)["turns"][:2]
    assert (bot["text"], bot["parse"]) == ("Hello.", "repaired")
    assert (ada["text"], ada["parse"]) == ("Hi.", "repaired")


def test_clean_code_of_an_assistant_stays_and_is_not_marked(tmp_path: Path) -> None:
    code = "Run this:\n```yaml\nuser: bob\n```\n**Note:** `<think>` is a tag."
    bot = played(tmp_path, model=saying(code, "Hi."))["turns"][0]
    assert (bot["text"], "parse" in bot) == (code, False)


@pytest.mark.parametrize("text", ["Ada: Hello.\nBot: Hi!", "Hello.\nUser: Hi!\nAssistant: Yes?"])
def test_an_answer_that_speaks_for_both_becomes_no_turn(tmp_path: Path, text: str) -> None:
    dialogue = played(tmp_path, model=saying(text, "Hi."))
    assert (dialogue["status"], dialogue["turns"]) == ("failed", [])
    assert "somebody else speaks in the reply" in dialogue["error"]


def stated(value: float) -> str:
    return json.dumps({"responses": [{"value": value, "probability": 1}]})


def test_reasoning_reaches_no_outcome(tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> str:
        if "How much?" in request.messages[-1]["content"]:
            return f"<think>Perhaps {stated(2)}?</think>{stated(1)}"
        return "Hello."

    talked = talk(
        speakers={"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        outcomes={"x": AMOUNT | {"asked": {"speaker": "ada", "question": "How much?"}}},
    )
    dialogue = played(tmp_path, talked, model=ScriptedModel(answer))
    assert dialogue["outcomes"]["x"]["value"] == 1
