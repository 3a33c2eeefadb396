"""A target that is reached by a wrong path, or with a wrong key, is no finding about it."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from simulate.engine import run
from simulate.errors import EndpointError, RunFileError, TargetReplyError, TargetTimeoutError
from simulate.models import ChatRequest, ScriptedModel
from simulate.runfile import RunReader, open_run
from simulate.targets import TargetReply
from tests.conftest import Command
from tests.made_runs import exported
from tests.stress.bot import Bot, BotServer
from tests.stress.customer import answer, customer
from tests.stress.inside import Inside
from tests.targets.service import Service, says

PLANTED = Path(__file__).parent.parent / "stress" / "planted.yaml"
HELLO = "Hello."


class Asked(ScriptedModel):
    """The customer, who counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(self._said, name="customer")
        self.calls = 0

    def _said(self, request: ChatRequest) -> Any:
        self.calls += 1
        return answer(request)


class Breaking(Inside):
    """A bot that answers the probe, and then fails at some of a user's messages.

    Args:
        error: makes the error of the n-th message, from 0; None where it is answered.
        name: the target's.
    """

    def __init__(self, error: Callable[[int], Exception | None], name: str = "inside") -> None:
        super().__init__(Bot())
        self.error, self.name = error, name
        self.users = itertools.count()

    def answered(self, session: str, message: str) -> TargetReply:
        if message != HELLO and (error := self.error(next(self.users))) is not None:
            raise error
        return super().answered(session, message)


def no_reply(number: int) -> Exception:
    """Return the same error in other words: what it quotes, and numbers, differ."""
    return TargetReplyError(
        f"target inside: reply “$.a” finds nothing in what came: “{{'id': {number}}}” "
        f"(HTTP 200 OK, {number} ms, session 7{number}-ab)"
    )


def play(target: Any, out: Path, model: Any = None, **settings: Any) -> Any:
    options: dict[str, Any] = {"n": 12, "seed": 3, **settings}
    return asyncio.run(run(PLANTED, model=model or customer(), target=target, out=out, **options))


def statuses(path: Path) -> list[str]:
    with open_run(path) as file:
        return [status for _, status in file.planned()]


def of_target(file: RunReader) -> list[tuple[str, int]]:
    return [(failure.fault, failure.dialogues) for failure in file.failures()]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Write a target file."""

    def write(url: str, **fields: Any) -> Path:
        path = tmp_path / "bot.yaml"
        path.write_text(yaml.safe_dump({"kind": "http", "url": url, **fields}), "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("route", "fields", "said"),
    [
        ("nowhere", {}, "HTTP 404"),
        ("chat", {"reply": "$.answer"}, "finds nothing in what came"),
        ("locked", {}, "HTTP 401"),
        ("chat", {"state": {"url": "STATE"}}, "HTTP 404"),
    ],
)
def test_a_target_that_does_not_answer_the_probe_ends_the_run_before_any_call(
    tmp_path: Path, file: Callable[..., Path], route: str, fields: dict[str, Any], said: str
) -> None:
    model, out = Asked(), tmp_path / "a.db"
    routes = {"chat": says({"reply": "Yes."}), "locked": says({"error": "key"}, status=401)}
    with Service(**routes) as service:
        state = {"state": {"url": f"{service.url}/nowhere"}} if "state" in fields else {}
        path = file(f"{service.url}/{route}", **fields | state)
        with pytest.raises(EndpointError, match=said) as raised:
            play(str(path), out, model)
    assert f"simulate target try {path}" in str(raised.value)
    assert "--no-probe" in str(raised.value)
    assert (model.calls, out.exists()) == (0, False)


def test_without_a_probe_the_same_target_is_a_finding_in_every_dialogue(
    tmp_path: Path, file: Callable[..., Path]
) -> None:
    with Service(chat=says({"reply": "Yes."})) as service:
        target = str(file(f"{service.url}/chat", reply="$.answer"))
        result = play(target, tmp_path / "a.db", probe=False)
    assert (result.completed, result.failed) == (0, 12)


def test_what_the_probe_did_is_on_file_and_in_no_dialogue(tmp_path: Path) -> None:
    target = Inside(Bot())
    result = play(target, tmp_path / "a.db")
    first = next(iter(target.bot.chats.values()))
    assert (first.heard, result.completed) == ([HELLO], 12)
    assert len(target.opened) == len(set(target.opened)) == 13
    assert sorted(target.opened) == sorted(target.closed)
    with open_run(tmp_path / "a.db") as run_file:
        [probed] = run_file.meta["probed"]
        assert all(HELLO not in turn.text for n in range(12) for turn in run_file.dialogue(n).turns)
    assert (probed["target"], probed["sent"]) == ("inside", HELLO)
    assert "order number" in probed["came"][0]["text"]


def test_a_target_that_speaks_first_greets_in_the_probe(tmp_path: Path) -> None:
    text = PLANTED.read_text("utf-8").replace("first: customer", "first: bot")
    (tmp_path / "greets.yaml").write_text(text, "utf-8")
    people = PLANTED.with_name("customers.yaml")
    (tmp_path / "customers.yaml").write_text(people.read_text("utf-8"), "utf-8")
    out = tmp_path / "a.db"
    settings: dict[str, Any] = {"model": customer(), "target": Inside(Bot()), "n": 2, "out": out}
    asyncio.run(run(tmp_path / "greets.yaml", **settings))
    with open_run(out) as run_file:
        came = run_file.meta["probed"][0]["came"]
    assert [each["text"].partition("\n")[0] for each in came] == [
        "Welcome to the Lantern shop.",
        "Could you tell me your order number?",
    ]


def test_a_target_that_fails_now_and_then_is_probed_twice(tmp_path: Path) -> None:
    class Once(Inside):
        def answered(self, session: str, message: str) -> TargetReply:
            if message == HELLO and len(self.opened) == 1:
                raise TargetTimeoutError("target inside: its turn is not over after 60 s")
            return super().answered(session, message)

    assert play(Once(Bot()), tmp_path / "a.db").completed == 12


def test_a_resumed_run_is_probed_again(tmp_path: Path) -> None:
    play(Inside(Bot()), tmp_path / "a.db", n=4)
    play(Inside(Bot()), tmp_path / "a.db", n=6, resume=True)
    play(Inside(Bot()), tmp_path / "a.db", n=6, resume=True)  # nothing is left
    with open_run(tmp_path / "a.db") as run_file:
        assert len(run_file.meta["probed"]) == 2


def test_a_run_is_probed_once_before_its_workers_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Any
) -> None:
    with BotServer(Bot()) as server:
        spec = f"{server.base}/chat"
        result = play(spec, tmp_path / "a.db", serve().spec, n=8, processes=2)
    assert result.completed == 8
    hellos = [chat.heard for chat in server.bot.chats.values() if HELLO in chat.heard]
    assert hellos == [[HELLO]]


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_a_run_whose_first_five_dialogues_are_not_answered_stops(
    tmp_path: Path, concurrency: int
) -> None:
    model, out = Asked(), tmp_path / "a.db"
    with pytest.raises(EndpointError, match="So ended all of the first 5 dialogues") as raised:
        play(Breaking(no_reply), out, model, concurrency=concurrency)
    assert f"--out {out} --resume" in str(raised.value)
    assert model.calls == 5
    assert statuses(out) == ["running"] * 5 + ["planned"] * 7
    with open_run(out) as run_file:
        assert run_file.failures() == []
        assert run_file.meta["unanswered"]["dialogues"] == [0, 1, 2, 3, 4]


def test_the_dialogues_that_stopped_a_run_go_on_when_the_target_answers(tmp_path: Path) -> None:
    model, out = Asked(), tmp_path / "a.db"
    with pytest.raises(EndpointError):
        play(Breaking(no_reply), out)
    result = play(Inside(Bot()), out, model, resume=True)
    play(Inside(Bot()), tmp_path / "whole.db")
    assert (result.completed, result.failed) == (12, 0)
    assert exported(out) == exported(tmp_path / "whole.db")
    assert result.calls == model.calls + 5  # no turn of a user is paid twice


def test_a_target_that_is_still_broken_stops_the_run_again(tmp_path: Path) -> None:
    model, out = Asked(), tmp_path / "a.db"
    for resume in (False, True):
        with pytest.raises(EndpointError, match="first 5"):
            play(Breaking(no_reply), out, model, resume=resume)
    assert model.calls == 5


def differing(number: int) -> Exception:
    kind = TargetReplyError if number % 2 else TargetTimeoutError
    return kind("target inside: no")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(lambda number: no_reply(number) if number == 2 else None, id="the third"),
        pytest.param(differing, id="differently"),
    ],
)
def test_a_bot_that_fails_otherwise_than_all_alike_is_a_finding(
    tmp_path: Path, error: Callable[[int], Exception | None]
) -> None:
    for at_once in (1, 8):
        result = play(Breaking(error), tmp_path / f"{at_once}.db", concurrency=at_once)
        assert (result.completed + result.failed, result.left) == (12, 0)
        with open_run(tmp_path / f"{at_once}.db") as run_file:
            assert {fault for fault, _ in of_target(run_file)} == {"target"}


def test_without_a_probe_a_target_that_answers_nobody_fails_in_every_dialogue(
    tmp_path: Path,
) -> None:
    result = play(Breaking(no_reply), tmp_path / "a.db", probe=False)
    assert (result.completed, result.failed) == (0, 12)


def test_other_dialogues_begin_as_soon_as_one_is_answered(tmp_path: Path) -> None:
    """Not only when the first ones have ended."""
    order: list[str] = []

    class Slow(Inside):
        def answered(self, session: str, message: str) -> TargetReply:
            order.append(session)
            return super().answered(session, message)

    target = Slow(Bot())
    play(target, tmp_path / "a.db", concurrency=8)
    first = list(dict.fromkeys(order))[1:6]  # after the probe
    sixth = order.index(list(dict.fromkeys(order))[6])
    assert any(session in first for session in order[sixth:])


def served(service: Service, reply: str, file: Callable[..., Path]) -> str:
    """Return a target file of a bot that the probe finds in order."""
    return str(file(f"{service.url}/chat", reply=reply))


async def picky(request: web.Request) -> web.StreamResponse:
    """Answer a greeting in one place, and everything else in another."""
    body = await request.json()
    return web.json_response({"greeting" if body["message"] == HELLO else "said": "Yes."})


def test_a_stopped_run_goes_on_with_the_target_file_that_is_mended(
    tmp_path: Path, file: Callable[..., Path]
) -> None:
    out = tmp_path / "a.db"
    with Service(chat=picky) as service:
        with pytest.raises(EndpointError, match="first 5"):
            play(served(service, "$.greeting", file), out)
        with pytest.raises(RunFileError, match="begun with another"):
            play(served(service, "$['greeting','said']", file), out, resume=True, seed=4)
        result = play(served(service, "$['greeting','said']", file), out, resume=True)
        assert (result.completed, result.failed) == (12, 0)
        with pytest.raises(RunFileError, match="begun with another scenario"):
            play(served(service, "$.said", file), out, resume=True, n=14)
        with open_run(out) as run_file:
            target = run_file.scenario.speakers["bot"].target
    assert target is not None
    assert not isinstance(target, str)
    assert target.model_dump()["reply"] == "$['greeting','said']"


def test_of_two_versions_the_one_that_answers_nobody_stops_the_run(
    tmp_path: Path, file: Callable[..., Path]
) -> None:
    out = tmp_path / "a.db"
    with Service(chat=picky) as service, BotServer(Bot()) as server:
        baseline = f"{server.base}/chat"
        with pytest.raises(EndpointError, match="first 5"):
            play(served(service, "$.greeting", file), out, baseline=baseline, n=20)
        assert statuses(out).count("completed") <= 5
        mended = served(service, "$['greeting','said']", file)
        with pytest.raises(RunFileError, match="begun with another"):
            play(mended, out, baseline=f"{baseline}/", n=20, resume=True)
        result = play(mended, out, baseline=baseline, n=20, resume=True)
    assert (result.completed, result.failed) == (40, 0)


def test_a_run_that_is_interrupted_amid_its_first_dialogues_keeps_no_failure_of_them(
    tmp_path: Path,
) -> None:
    out = tmp_path / "a.db"

    async def interrupted() -> Any:
        stop = asyncio.Event()

        def third(number: int) -> Exception:
            if number == 2:
                stop.set()
            return no_reply(number)

        target = Breaking(third)
        return await run(
            PLANTED, model=customer(), target=target, out=out, n=12, stop=stop, concurrency=1
        )

    result = asyncio.run(interrupted())
    assert (result.failed, result.left) == (0, 12)


def test_the_command_ends_with_2_and_one_line(
    tmp_path: Path, file: Callable[..., Path], command: Command, serve: Any
) -> None:
    endpoint = serve()
    words = [PLANTED, "--model", endpoint.spec, "-n", 12, "--out", tmp_path / "a.db"]
    with Service(chat=says({"answer": "Yes."})) as service:
        words += ["--target", file(f"{service.url}/chat")]
        for name in ("run", "stress"):
            code, out, err = command(name, *words)
            assert (code, out) == (2, "")
            assert "--no-probe" in err.splitlines()[-1]
        assert endpoint.bodies == []
        code, _, _ = command("stress", *words, "--dry-run")
        assert (code, len(service.requests)) == (0, 4)
        code, out, _ = command("stress", *words, "--no-probe", "--json")
    assert code == 0
    assert '"failed": 12' in out
