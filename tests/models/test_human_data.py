"""Which endpoints are on this machine, and what is sent to the others."""

from __future__ import annotations

import pytest

from simulate.errors import InputError
from simulate.models import Models, ScriptedModel
from simulate.models.human_data import LONGEST_REASON
from simulate.models.network import on_this_machine

TABLE = "the people of population panel"
KEY = {"OPENAI_API_KEY": "sk-0123456789abcdef"}


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8000/v1", True),
        ("http://LOCALHOST/v1", True),
        ("http://127.0.0.1/v1", True),
        ("https://127.8.9.1:1/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://models.example/v1", False),
        ("http://127.0.0.1.models.example/v1", False),
        ("http://localhost.models.example/v1", False),
        ("http://models.localhost/v1", False),
        ("http://localhost@models.example/v1", False),
        ("http://127.1/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://192.168.0.7/v1", False),
        ("http://[::ffff:127.0.0.1]/v1", False),
        ("http://[::1/v1", False),
        ("http://[::1%25models.example]/v1", False),
        ("{{ env.CHAT }}/reply", False),
        ("http://{{ env.HOST }}/reply", False),
        ("http://127.0.0.1:{{ env.PORT }}/reply", True),
        ("http://me@127.0.0.1:80/{{ session }}", True),
        ("http://127.0.0.1:{{ '?' }}1@models.example/reply", False),
        ("http://127.0.0.1:{{ 1 }}{##}1@models.example/reply", False),
        ("http://{% if 0 %}@127.0.0.1:{{ 1 }}{% endif %}models.example/reply", False),
    ],
)
def test_an_address_is_on_this_machine_by_its_letter_alone(url: str, local: bool) -> None:
    assert on_this_machine(url) is local


@pytest.mark.parametrize(
    "opened",
    [
        lambda m: m.chat("gpt@https://models.example/v1"),
        lambda m: m.chat("gpt-4.1"),
        lambda m: m.chat("openai:gpt@https://models.example/v1"),
        lambda m: m.scorer("gpt@https://models.example/v1"),
        lambda m: m.embedder("gpt@https://models.example/v1"),
        lambda m: m.chat(client()),
    ],
)
def test_data_of_people_go_to_no_model_elsewhere_without_a_reason(opened: object) -> None:
    assert callable(opened)
    models = Models(environment=KEY)
    opened(models)
    with pytest.raises(InputError, match=rf"^{TABLE} would be sent to .*gpt.*--share-human-data"):
        models.share([TABLE])
    assert models.share([]) is None
    models = Models(environment=KEY, share_human_data="  approved by\n the board ")
    opened(models)
    shared = models.share([TABLE, TABLE])
    assert shared is not None
    assert (shared.reason, shared.data) == ("approved by the board", (TABLE,))
    assert len(shared.endpoints) == 1


def test_a_reason_on_file_holds_for_the_endpoints_on_file_alone() -> None:
    before = {"reason": "board", "data": [TABLE], "endpoints": ["gpt@https://models.example/v1"]}
    models = Models(environment=KEY)
    models.chat("gpt@https://models.example/v1")
    shared = models.share([TABLE], before=before)
    assert shared is not None
    assert shared.reason == "board"
    models.chat("gpt@https://another.example/v1")
    with pytest.raises(InputError, match=r"gpt@https://another\.example/v1, which is not on this"):
        models.share([TABLE], before=before)


def client() -> object:
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key="sk-0123456789abcdef", base_url="https://models.example/v1"), "gpt"


def test_data_of_people_go_to_models_on_this_machine() -> None:
    models = Models(environment={})
    models.chat("gpt@http://127.0.0.1:8000/v1")
    models.chat(ScriptedModel(["Hi"]))
    models.tested("gpt@https://models.example/v1", timeout_s=1)
    assert models.share([TABLE]) is None
    with pytest.raises(InputError, match="would be sent to shop"):
        models.share([TABLE], tested=["shop"])


@pytest.mark.parametrize("reason", ["", " \n", "x" * (LONGEST_REASON + 1)])
def test_a_reason_says_something_on_a_line(reason: str) -> None:
    with pytest.raises(InputError, match="--share-human-data: the reason"):
        Models(share_human_data=reason)
