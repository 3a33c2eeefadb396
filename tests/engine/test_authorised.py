"""Users who attack meet no system outside without somebody's word, which stays on file."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
import yarl
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from simulate.engine import RunResult, run
from simulate.engine.authorised import outside_name
from simulate.engine.branching import branch
from simulate.engine.merging import merge
from simulate.errors import EndpointError, InputError, RunFileError
from simulate.models import ScriptedModel
from simulate.models.network import in_private_network
from simulate.population import Population
from simulate.report.supplement import supplement
from simulate.runfile import open_run
from simulate.runfile.meta import attack_told
from simulate.scenario import Scenario
from simulate.stress.analysis import analyse
from simulate.stress.api import stress_test
from simulate.targets import open_target
from simulate.targets.kinds.http import HttpTarget
from tests.endpoint import Serve
from tests.proxy import Proxy
from tests.targets.service import Service, says

REPLIES = [{"text": text, "probability": 0.5} for text in ("Give me all.", "I am the boss.")]
SAID = ScriptedModel([{"responses": REPLIES}])
ELSEWHERE = "http://shop.example/chat"
TALKS = says({"reply": "No."})
INSIDE = [
    "http://localhost/chat",
    "http://LOCALHOST:8000/chat",
    "ws://127.0.0.1/chat",
    "http://127.8.9.1/chat",
    "http://10.1.2.3/chat",
    "http://172.16.0.1/chat",
    "http://172.31.255.255/chat",
    "https://192.168.0.7/chat",
    "http://169.254.1.1/chat",
    "http://[::1]:80/chat",
    "wss://[fd00::7]/chat",
    "http://[fe80::1%25eth0]/chat",
    "http://bot.localhost/chat",
    "http://printer.local/chat",
    "http://bot.shop.internal/chat",
    "http://me@10.0.0.1/chat",
    "http://10.0.0.1:{{ env.PORT }}/{{ session }}",
]
OUTSIDE = [
    ELSEWHERE,
    "ws://shop.example/chat",
    "http://8.8.8.8/chat",
    "http://172.32.0.1/chat",
    "http://100.64.0.1/chat",
    "http://0.0.0.0/chat",
    "http://[::]/chat",
    "http://[2001:4860:4860::8888]/chat",
    "http://[::ffff:10.0.0.1]/chat",
    "http://[::ffff:8.8.8.8]/chat",
    "http://[64:ff9b::7f00:1]/chat",
    "http://2130706433/chat",
    "http://0x7f000001/chat",
    "http://0177.0.0.1/chat",
    "http://127.1/chat",
    "http://127.0.0.1.shop.example/chat",
    "http://localhost.shop.example/chat",
    "http://localhost@shop.example/chat",
    "http://127.0.0.1:80@shop.example/chat",
    "http://shop.example#@localhost/chat",
    "http://shop.example?.local/chat",
    "http://shop.example\\@localhost/chat",
    "http://shop.example%2f.local/chat",
    "http://shop.example。local/chat",
    "http://\uff4cocalhost/chat",
    "http://internal/chat",
    "http://bot/chat",
    "http:/localhost/chat",
    "{{ env.BOT }}/chat",
    "http://{{ env.BOT }}.local/chat",
    "http://shop.example{% if 0 %}@10.0.0.1#{% endif %}",
    "http://10.0.0.1{{ session }}/chat",
    "http://[::1/chat",
    "",
]


@pytest.mark.parametrize("url", INSIDE)
def test_this_machine_and_private_networks_are_inside(url: str) -> None:
    assert in_private_network(url)


@pytest.mark.parametrize("url", OUTSIDE)
def test_everything_else_is_outside_whatever_it_looks_like(url: str) -> None:
    assert not in_private_network(url)


TRICKS = st.lists(
    st.sampled_from(
        [*"@:/\\?#%[]. \t", "localhost", "127.0.0.1", "10.0.0.1", "evil.example", ".local", "::1"]
    ),
    max_size=6,
)


@given(TRICKS)
@example(["localhost", "@", "evil.example"])
def test_what_is_inside_is_called_at_the_host_that_was_looked_at(parts: list[str]) -> None:
    url = "http://" + "".join(parts)
    if in_private_network(url):
        host = yarl.URL(url).host  # the parser of the client that calls it
        assert host is not None
        assert "evil" not in host or host.endswith(".local")
        assert in_private_network(f"http://[{host}]" if ":" in host else f"http://{host}")


def scenario(**bot: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {"ada": {"plays": "user", "method": "vs"}, "bot": bot},
            "turns": {"maximum": 2, "first": "ada"},
            "checks": {"polite": {"lacks": ["idiot"]}},
        }
    )


def attackers(**said: Any) -> Population:
    rows = [{"id": "p", "attributes": {"attack": "a"}}, {"id": "q", "attributes": {"attack": "b"}}]
    header = {"adversarial": {"goal": "all of it"}, "invented": True}
    return Population.model_validate({"population": "attacks", "personas": rows, **header, **said})


def outside(service: Service, monkeypatch: pytest.MonkeyPatch) -> HttpTarget:
    """Return a target that is outside by its letter, and leads to this machine."""
    monkeypatch.setenv("HOST", "127.0.0.1")
    return HttpTarget(kind="http", url=f"http://{{{{ env.HOST }}}}:{service.port}/chat")


def attacked(out: Path, target: Any, **settings: Any) -> RunResult:
    given = {"model": SAID, "n": 1, "out": out, "population": attackers(), **settings}
    bot = given.pop("bot", {"plays": "target"})
    given = given if target is None else {"target": target, **given}
    return asyncio.run(stress_test(scenario(**bot), **given)).run


def test_a_system_outside_is_refused_before_a_call(tmp_path: Path) -> None:
    for target in (ELSEWHERE, "ws://shop.example/chat", "model:gpt@https://shop.example/v1"):
        with pytest.raises(InputError, match=r"of population attacks attack, and .*shop\.example"):
            attacked(tmp_path / "a.db", target)
    assert not (tmp_path / "a.db").exists()


WHOLE = """
kind: http
url: http://127.0.0.1:1/chat
token: {url: http://127.0.0.1:1/token, value: $.t}
set_up: [{url: http://127.0.0.1:1/begin}, {url: http://127.0.0.1:1/start}]
follow_up: [{url: http://127.0.0.1:1/poll, method: GET, until: $.done}]
tool_results: {url: http://127.0.0.1:1/results}
state: {url: http://127.0.0.1:1/state}
tear_down: {url: http://127.0.0.1:1/end}
"""


@pytest.mark.parametrize(
    "path", ["chat", "token", "begin", "start", "poll", "results", "state", "end"]
)
def test_a_target_file_is_refused_by_whichever_of_its_urls_leads_outside(
    path: str, tmp_path: Path
) -> None:
    file = tmp_path / "bot.yaml"
    file.write_text(WHOLE.replace(f"127.0.0.1:1/{path}", f"shop.example/{path}"))
    with pytest.raises(InputError, match="is outside this machine and private networks"):
        attacked(tmp_path / "a.db", str(file))


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("{{ env.BOT }}/chat", True),
        ("{{ env.BOT }}.shop.example/chat", False),
        ("{{ env.BOT }}@shop.example/chat", False),
        ("{{ env.BOT }}{{ session }}", False),
    ],
)
def test_what_the_environment_says_is_looked_at_with_all_that_follows(
    url: str, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT", "http://127.0.0.1:1")

    async def name() -> str | None:
        target = open_target(HttpTarget(kind="http", url=url))
        try:
            return outside_name(target)
        finally:
            await target.aclose()

    assert (asyncio.run(name()) is None) is inside


def test_no_request_of_a_target_file_is_forgotten() -> None:
    def urls_in(data: Any) -> set[str]:
        if isinstance(data, dict):
            own = {v for k, v in data.items() if k == "url" and isinstance(v, str)}
            return own.union(*map(urls_in, data.values()))
        return set().union(*map(urls_in, data)) if isinstance(data, list) else set()

    target = HttpTarget.model_validate(yaml.safe_load(WHOLE))
    assert urls_in(target.model_dump()) == set(target.urls())
    requests = {
        name
        for name, field in HttpTarget.model_fields.items()
        if re.search(r"Step|Token|Request", str(field.annotation))
    }
    assert requests <= set(yaml.safe_load(WHOLE))


def test_a_model_that_plays_the_assistant_is_attacked_too_and_the_users_model_is_not(
    tmp_path: Path,
) -> None:
    bot = {"plays": "assistant", "model": "gpt@https://shop.example/v1"}
    with pytest.raises(InputError, match=r"attack, and gpt@https://shop\.example/v1 is outside"):
        attacked(tmp_path / "a.db", None, bot=bot)
    with pytest.raises(InputError, match="outside"):
        attacked(tmp_path / "a.db", None, bot=bot, budget_tokens=10)
    with Service(chat=TALKS) as service:
        users = {"model": "gpt@http://127.1:1/v1", "speaker_models": {"ada": SAID}}
        attacked(tmp_path / "b.db", f"{service.url}/chat", **users)


def test_the_shipped_population_is_guarded_as_well(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="users of population adversarial attack"):
        attacked(tmp_path / "a.db", ELSEWHERE, population=None, adversarial=True)


def test_other_users_and_systems_inside_need_nobodys_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Service(chat=TALKS) as service:
        attacked(tmp_path / "a.db", f"{service.url}/chat")
        usual = attackers(adversarial=None)
        attacked(tmp_path / "b.db", outside(service, monkeypatch), population=usual)
    with open_run(tmp_path / "a.db") as a, open_run(tmp_path / "b.db") as b:
        assert "authorised" not in a.meta | b.meta
        assert "no prevalence of attackers" in str(attack_told(a.meta))
        assert attack_told(b.meta) is None


def test_the_word_is_on_file_and_in_every_report_and_stays_when_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.db"
    with Service(chat=TALKS) as service:
        target = outside(service, monkeypatch)
        attacked(out, target, authorised=" our own\nbot, CISO ")
        attacked(out, target, n=2, resume=True)
        with pytest.raises(RunFileError, match="--authorised was “our own bot, CISO” when it"):
            attacked(out, target, n=2, resume=True, authorised="another")
    with open_run(out) as file:
        assert file.meta["authorised"] == {"text": "our own bot, CISO", "targets": [target.spec()]}
        assert "Authorised: our own bot, CISO" in str(supplement(file).to_dict())
        assert "Authorised: our own bot, CISO" in analyse(file).cautions[0]


def test_a_word_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--authorised: the reason is empty"):
        attacked(tmp_path / "a.db", ELSEWHERE, authorised=" ")


def test_shards_that_are_put_together_keep_both_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, people = scenario(plays="target"), attackers()
    with Service(chat=TALKS) as service:
        target = outside(service, monkeypatch)
        for i in ("1", "2"):
            each: Any = {"out": tmp_path / f"{i}.db", "shard": f"{i}/2", "authorised": f"by {i}"}
            asyncio.run(run(bot, target=target, population=people, model=SAID, n=2, **each))
    merge([tmp_path / "1.db", tmp_path / "2.db"], tmp_path / "whole.db")
    with open_run(tmp_path / "whole.db") as file:
        assert file.meta["authorised"]["text"] == "by 1; by 2"


def test_a_branch_goes_on_with_the_word_of_its_run(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.db"
    bot = {"plays": "assistant", "model": "gpt@http://shop.example/v1"}
    with Proxy(serve().port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        users = {"speaker_models": {"ada": SAID}}
        attacked(out, None, bot=bot, authorised="ours", **users)
        with open_run(out) as file:
            (first,) = file.read()
        assert first.turns[0].draw is not None
        other = 1 - first.turns[0].draw.chosen
        playing: Any = {"turn": 0, "choose": other, "model": SAID, **users}
        found = asyncio.run(branch(out, first.key, **playing))
    assert found.completed == 1


def test_a_redirect_is_not_followed_out_of_the_private_network(tmp_path: Path) -> None:
    async def away(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{second.url}/chat")

    with Service() as second, Service(chat=away) as first:
        with pytest.raises(EndpointError, match="redirects are not followed"):
            attacked(tmp_path / "a.db", f"{first.url}/chat")
        assert first.requests
        assert not second.requests
