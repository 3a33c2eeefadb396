"""Each fault of an endpoint over real sockets: every dialogue ends, and nothing false gets in."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import DialogueEnded, Event, RunEnded, RunResult, TurnTaken, run
from simulate.models import ChatReply, ChatRequest
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.endpoint import Endpoint, Serve, refusal
from tests.faults import FAULTS, FORBIDDEN, FORBIDDEN_AMOUNT, HARMLESS, RETRIED, every, mixed
from tests.ways import over_wire

KNOWN_FAULTS = ("user model", "assistant model", "judge", "infrastructure")
N = 4


def scenario() -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "faulty",
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "turns": {"maximum": 2},
            "conditions": {
                "method": {
                    "direct": {"speakers": {"ada": {"method": "direct"}}},
                    "vs": {"speakers": {"ada": {"method": "vs"}}},
                }
            },
            "outcomes": {
                "gift": {
                    "kind": "amount",
                    "support": [0, 2],
                    "asked": {"speaker": "ada", "question": "How much?"},
                },
                "agreed": {"kind": "yesno", "judged": {"question": "Did Ada agree?"}},
            },
        }
    )


class Played:
    """A run on a faulty endpoint, and what came of it."""

    def __init__(self, path: Path, endpoint: Endpoint, **options: Any) -> None:
        self.path, self.endpoint = path, endpoint
        self.events: list[Event] = []
        self.result = asyncio.run(self._run(options))
        with open_run(path) as file:
            self.dialogues = list(file.dialogues())
            self.failures = file.failures()

    async def _run(self, options: dict[str, Any]) -> RunResult:
        model = over_wire(
            "mock",
            self.endpoint.url,
            name=self.endpoint.spec,
            timeout_s=0.3,  # nothing is waited for long, so that a test does not take long
            backoff_s=0.002,
            backoff_max_s=0.02,
            total_timeout_s=20.0,
            **options.pop("model", {}),
        )
        stop, stop_after = asyncio.Event(), options.pop("stop_after", None)

        def tell(event: Event) -> None:
            self.events.append(event)
            if len(self.told(TurnTaken)) == stop_after:
                stop.set()

        try:
            return await run(
                scenario(),
                model=model,
                out=self.path,
                listener=tell,
                stop=stop,
                **{"n": N, "concurrency": 4, **options},
            )
        finally:
            await model.aclose()

    def told(self, *kinds: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    @property
    def retries(self) -> int:
        return sum(event.retries for event in self.told(TurnTaken, DialogueEnded))

    def used(self) -> str:
        """Return all that entered a turn or an outcome."""
        return "".join(f"{d['turns']}{d['outcomes']}" for d in self.dialogues)


def check(played: Played, dialogues: int) -> None:
    """Check what holds under any fault."""
    result = played.result
    assert (result.completed + result.failed, result.left) == (dialogues, 0)
    assert isinstance(played.events[-1], RunEnded)
    for dialogue in played.dialogues:
        assert dialogue["status"] in ("completed", "failed")
        complete = len(dialogue["turns"]) == 4 and set(dialogue["outcomes"]) == {"gift", "agreed"}
        assert (dialogue["status"] == "completed") == complete
        assert (dialogue["error"] is None) == complete
    assert sum(failure.dialogues for failure in played.failures) == result.failed
    for fault, reason, *_ in played.failures:
        assert fault in KNOWN_FAULTS
        assert reason
    assert FORBIDDEN not in played.used()
    assert str(FORBIDDEN_AMOUNT) not in played.used()


@pytest.mark.parametrize("method", ["direct", "vs"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_spoils_no_more_than_dialogues_that_say_so(
    tmp_path: Path, serve: Serve, name: str, method: str
) -> None:
    endpoint = serve(every(5 if name != "50 MB" else 12, FAULTS[name]))
    check(Played(tmp_path / "a.db", endpoint, methods=[method]), N)


@pytest.mark.parametrize("method", ["direct", "vs"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_spoils_no_more_in_a_run_that_is_interrupted_and_resumed(
    tmp_path: Path, serve: Serve, name: str, method: str
) -> None:
    path = tmp_path / "a.db"
    endpoint = serve(every(5 if name != "50 MB" else 12, FAULTS[name]))
    first = Played(path, endpoint, methods=[method], concurrency=2, stop_after=5)
    assert first.result.left > 0
    check(Played(path, endpoint, methods=[method], resume=True), N)


@pytest.mark.parametrize("name", [*RETRIED, *HARMLESS, "prose", "all zero", "truncated JSON"])
def test_a_fault_that_can_be_mended_costs_no_dialogue(
    tmp_path: Path, serve: Serve, name: str
) -> None:
    played = Played(tmp_path / "a.db", serve(every(5, FAULTS[name])), concurrency=1)
    assert (played.result.completed, played.result.failed) == (2 * N, 0)


@pytest.mark.parametrize("name", ["429", "reset amid the body", "200 with HTML"])
def test_each_request_that_was_sent_again_is_counted(
    tmp_path: Path, serve: Serve, name: str
) -> None:
    played = Played(tmp_path / "a.db", serve(every(5, FAULTS[name])), concurrency=1)
    assert played.retries == len(played.endpoint.bodies) - played.result.calls > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_all_faults_mixed_at_30_percent_every_dialogue_is_accounted_for(
    tmp_path: Path, serve: Serve, seed: int
) -> None:
    played = Played(tmp_path / "a.db", serve(mixed(0.3, seed)), n=10)
    check(played, 20)
    assert played.retries > 0
    assert any(event.repaired or event.unusable for event in played.told(TurnTaken, DialogueEnded))


def test_a_run_under_faults_that_was_interrupted_ends_when_it_is_resumed(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(mixed(0.3, 4))
    first = Played(tmp_path / "a.db", endpoint, n=10, budget_tokens=4000)
    assert first.result.left > 0
    check(Played(tmp_path / "a.db", endpoint, n=10, resume=True), 20)


def test_one_bad_answer_in_a_hundred_leaves_all_forty_dialogues_accounted_for(
    tmp_path: Path, serve: Serve
) -> None:
    def behaviour(body: Any, number: int) -> Any:
        if number == 50:
            return FAULTS["truncated JSON"](body)
        return refusal("no thanks") if number == 80 else None

    played = Played(tmp_path / "a.db", serve(behaviour), n=20)
    check(played, 40)
    assert (played.result.completed, played.result.failed) == (39, 1)


class Stuck:
    """A model whose calls never return."""

    name = "stuck"
    concurrency = 4

    async def complete(self, request: ChatRequest) -> ChatReply:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def aclose(self) -> None:
        pass


def test_a_call_that_never_returns_cannot_hold_a_run(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    result = asyncio.run(run(scenario(), model=Stuck(), n=2, out=path, dialogue_timeout_s=0.05))
    assert (result.completed, result.failed) == (0, 4)
    with open_run(path) as file:
        [(fault, reason, *_)] = file.failures()
    assert (fault, reason) == (
        "infrastructure",
        "not finished within 0.05 s, the time limit of a dialogue",
    )


def test_retries_of_a_request_that_failed_in_the_end_are_counted(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(lambda body, n: refusal("oops", 500) if n in (2, 3, 4) else None)
    model = {"retries": 2}
    played = Played(tmp_path / "a.db", endpoint, n=1, concurrency=1, model=model)
    with open_run(tmp_path / "a.db") as file:
        tries = [c.attempts for planned, _ in file.planned() for c in file.calls(planned.id)]
    assert (played.retries, max(tries), sum(tries)) == (2, 3, len(endpoint.bodies))
