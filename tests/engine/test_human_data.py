"""Tables of people, and the talks that they had, leave the machine for a reason on file only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import RunResult, run
from simulate.errors import InputError, RunFileError
from simulate.models import ScriptedModel
from simulate.population import Population
from simulate.report.supplement import supplement
from simulate.runfile import open_run
from simulate.runfile.meta import shared_data_told
from simulate.scenario import Scenario
from tests.endpoint import Serve
from tests.proxy import Proxy

ELSEWHERE = "m@http://models.example/v1"
TALK = [{"speaker": "ada", "text": "Hello."}]
SAID = ScriptedModel([{"responses": [{"text": "Hi.", "probability": 1}]}])


def scenario(bot: dict[str, Any] | None = None, given: bool = False) -> Scenario:
    steps: list[dict[str, Any]] = [{"given": "persona"}] if given else []
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {
                "ada": {"plays": "user", "method": "direct"},
                "bot": {"plays": "assistant", **(bot or {})},
            },
            "turns": {"maximum": 2},
            "steps": [*steps, {"say": 2}],
        }
    )


def people(**said: Any) -> Population:
    rows = [{"id": "p", "attributes": {"age": 30}, "talk": TALK}]
    return Population.model_validate({"population": "panel", "personas": rows, **said})


def played(out: Path, population: Population, **settings: Any) -> RunResult:
    given = {"model": ELSEWHERE, "n": 1, "out": out, **settings}
    asked = given.pop("scenario", scenario())
    return asyncio.run(run(asked, population=population, **given))


def test_a_table_of_people_is_refused_before_a_call(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^the people and their talks of population panel would"):
        played(tmp_path / "a.db", people())
    assert not (tmp_path / "a.db").exists()


def test_the_reason_is_on_file_and_holds_when_the_run_goes_on(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.db"
    with Proxy(serve().port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        played(out, people(), share_human_data="board, 7 May")
        played(out, people(), n=2, resume=True)
        with pytest.raises(RunFileError, match="was “board, 7 May” when it was begun"):
            played(out, people(), n=3, resume=True, share_human_data="another")
        played(tmp_path / "b.db", people(invented=True))
    with open_run(out) as file:
        assert file.meta["shared"]["reason"] == "board, 7 May"
        told = shared_data_told(file.meta)
        assert told is not None
        assert told in str(supplement(file).to_dict())
    with open_run(tmp_path / "b.db") as file:
        assert "shared" not in file.meta


def test_a_system_under_test_hears_a_talk_only_where_it_is_given(tmp_path: Path) -> None:
    bot = {"plays": "target", "target": "http://shop.example/chat"}
    out = tmp_path / "a.db"
    with pytest.raises(InputError, match=r"would be sent to http://shop.example/chat"):
        played(out, people(), scenario=scenario(bot, given=True), model=SAID)
    told = scenario({**bot, "instructions": "They are {{ persona.age }}."})
    written = [{"given": [{"speaker": "ada", "text": "I am {{ persona.age }}."}]}, {"say": 2}]
    said = scenario(bot).changed(scenario(bot).model_dump() | {"steps": written})
    known = told.model_dump()
    known["speakers"]["ada"]["facts"] = {"age": {"value": "{{ persona.age }}"}}
    known["speakers"]["bot"]["instructions"] = "They are {{ facts.age }}."
    body = {"age": "{{ persona.age }}"}
    reads = scenario({**bot, "target": {"kind": "http", "url": bot["target"], "body": body}})
    for each in (told, said, told.changed(known), reads):
        with pytest.raises(InputError, match=r"would be sent to http://shop.example/chat"):
            played(out, people(), scenario=each, model=SAID)
