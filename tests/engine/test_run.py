import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulate import run_sync, verbalize_sync
from simulate.engine import (
    DialogueEnded,
    Event,
    RunResult,
    RunStarted,
    TurnTaken,
    make_plan,
    run,
    with_methods,
)
from simulate.errors import EndpointError, InputError, RunFileError
from simulate.models import ChatModel, ChatReply, ChatRequest, ScriptedModel, StopReason
from simulate.runfile import open_run
from simulate.scenario import Scenario, load_scenario
from simulate.verbalized import RecordedDraw
from tests.endpoint import Body, Serve, refusal, usual_text
from tests.made_runs import exported

TALK: dict[str, Any] = {
    "scenario": "talk",
    "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": "vs"}},
    "turns": {"maximum": 2},
}
DISTRIBUTION = {
    "responses": [{"text": t, "probability": p} for t, p in [("Yes.", 0.5), ("No.", 0.25)]]
}
AMOUNT = {"kind": "amount", "support": [0, 2]}


def talk(**changes: Any) -> Scenario:
    return Scenario.model_validate({**TALK, **changes})


def answers(request: ChatRequest) -> Any:
    return DISTRIBUTION if request.schema is not None else "Hello."


def simulated(folder: Path, scenario: Scenario | None = None, **options: Any) -> RunResult:
    options = {"n": 2, "model": ScriptedModel(answers), "out": folder / "a.db", **options}
    return asyncio.run(run(scenario or talk(), **options))


def played(folder: Path, scenario: Scenario | None = None, **options: Any) -> dict[str, Any]:
    """Simulate one dialogue and return its export."""
    simulated(folder, scenario, n=1, **options)
    [dialogue] = exported(folder / "a.db")
    return dialogue


def test_a_run_completes_all_dialogues_of_all_cells(tmp_path: Path) -> None:
    result = simulated(tmp_path, load_scenario("donation"), model=endpoint_like())
    assert (result.completed, result.failed, result.left) == (4, 0, 0)


def endpoint_like() -> ScriptedModel:
    """Return a scripted model that answers as the tests' endpoint does."""

    def compute(request: ChatRequest) -> str:
        body: Body = {"model": "m", "messages": list(request.messages)}
        if request.schema is not None:
            form = {"type": "json_schema", "json_schema": {"schema": request.schema}}
            body["response_format"] = form
        return usual_text(body)

    return ScriptedModel(compute)


def test_speakers_take_turns_up_to_their_maximum(tmp_path: Path) -> None:
    spoken = [t["speaker"] for t in played(tmp_path)["turns"]]
    assert spoken == ["bot", "ada", "bot", "ada"]


def test_who_is_named_first_starts(tmp_path: Path) -> None:
    dialogue = played(tmp_path, talk(turns={"maximum": 1, "first": "ada"}))
    assert [t["speaker"] for t in dialogue["turns"]] == ["ada", "bot"]


def test_a_stop_phrase_ends_the_dialogue_in_any_case(tmp_path: Path) -> None:
    dialogue = played(tmp_path, talk(turns={"maximum": 5, "stop": ["HELLO"]}))
    assert len(dialogue["turns"]) == 1


def test_a_candidate_that_ends_the_talk_ends_it_when_it_is_drawn(tmp_path: Path) -> None:
    def leaving(request: ChatRequest) -> Any:
        if request.schema is None:
            return "Hello."
        return {"responses": [{"text": "Bye.", "ends": True, "probability": 1}]}

    scenario = talk(turns={"maximum": 5, "may_end": ["ada"]})
    dialogue = played(tmp_path, scenario, model=ScriptedModel(leaving))
    assert [t["text"] for t in dialogue["turns"]] == ["Hello.", "Bye."]


def test_an_assistant_draws_nothing_and_a_user_keeps_its_candidates(tmp_path: Path) -> None:
    bot, ada = played(tmp_path)["turns"][:2]
    assert (bot["candidates"], bot["chosen"]) == (None, None)
    assert [c["text"] for c in ada["candidates"]] == ["Yes.", "No."]
    assert ada["text"] == ada["candidates"][ada["chosen"]]["text"]


def test_a_user_who_answers_directly_has_no_candidates(tmp_path: Path) -> None:
    speakers = {**TALK["speakers"], "ada": {"plays": "user", "method": "direct"}}
    assert played(tmp_path, talk(speakers=speakers))["turns"][1]["candidates"] is None


def test_cells_meet_the_same_random_numbers(tmp_path: Path) -> None:
    levels = {"a": {"variables": {"x": 1}}, "b": {"variables": {"x": 2}}}
    simulated(tmp_path, talk(conditions={"level": levels}), n=20)
    drawn: dict[str, list[Any]] = {"a": [], "b": []}
    for dialogue in exported(tmp_path / "a.db"):
        drawn[dialogue["cell"]["level"]].append([t["chosen"] for t in dialogue["turns"]])
    assert drawn["a"] == drawn["b"]
    assert len({str(d) for d in drawn["a"]}) > 1


def test_cells_alternate_in_the_plan() -> None:
    plan = make_plan(load_scenario("donation"), None, 3, 0)
    assert [d.cell for d in plan.dialogues] == [0, 1, 0, 1, 0, 1]


def test_replicates_share_a_persona() -> None:
    plan = make_plan(talk(defaults={"replicates": 2}), None, 4, 0)
    assert [(d.persona, d.replicate) for d in plan.dialogues] == [
        ("anyone-0001", 0),
        ("anyone-0001", 1),
        ("anyone-0002", 0),
        ("anyone-0002", 1),
    ]


def test_a_dialogue_is_known_by_what_it_is_before_it_runs() -> None:
    keys = [d.key for d in make_plan(load_scenario("donation"), None, 2, 0).dialogues]
    assert len(set(keys)) == 4
    assert keys == [d.key for d in make_plan(load_scenario("donation"), None, 2, 0).dialogues]
    assert keys != [d.key for d in make_plan(load_scenario("donation"), None, 2, 1).dialogues]


def test_methods_restrict_the_levels() -> None:
    scenario = with_methods(load_scenario("donation"), ["vs"])
    assert [c.levels for c in scenario.cells()] == [{"method": "vs"}]


def test_a_method_that_is_no_level_is_set_for_every_user() -> None:
    scenario = with_methods(talk(), ["direct", "vs"])
    assert [c.speakers["ada"].method.name for c in scenario.cells()] == ["direct", "vs"]


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="there is no such method; there are: direct, vs"):
        with_methods(load_scenario("donation"), ["magic"])


def asking(question: str = "How much?") -> dict[str, Any]:
    return {"gift": {**AMOUNT, "asked": {"speaker": "ada", "question": question}}}


def test_an_asked_outcome_is_drawn_from_a_distribution(tmp_path: Path) -> None:
    gift = played(tmp_path, talk(outcomes=asking()), model=endpoint_like())["outcomes"]["gift"]
    assert len(gift["candidates"]) == 5
    assert gift["value"] in [c["value"] for c in gift["candidates"]]


def test_a_judged_outcome_is_read_from_the_transcript(tmp_path: Path) -> None:
    seen: list[str] = []

    def judge(request: ChatRequest) -> Any:
        seen.append(request.messages[-1]["content"])
        return {"value": "yes"}

    rule = {"kind": "yesno", "judged": {"question": "Did {{ variables.who }} agree?"}}
    scenario = talk(outcomes={"agreed": rule}, variables={"who": "Ada"})
    dialogue = played(tmp_path, scenario, speaker_models={"judge": ScriptedModel(judge)})
    assert dialogue["outcomes"]["agreed"]["value"] is True
    assert "Did Ada agree?" in seen[0]
    assert 'bot: "Hello."' in seen[0]


def test_a_matched_outcome_needs_no_call(tmp_path: Path) -> None:
    rule = {"kind": "yesno", "matched": {"pattern": "Yes", "speaker": "ada"}}
    result = simulated(tmp_path, talk(outcomes={"agreed": rule}), n=1)
    assert result.calls == 4


def test_an_answer_outside_the_support_is_asked_again_and_then_fails_with_the_reason(
    tmp_path: Path,
) -> None:
    def generous(request: ChatRequest) -> Any:
        return {"value": 5} if request.schema else "Hello."

    speakers = {**TALK["speakers"], "ada": {"plays": "user"}}
    scenario = talk(speakers=speakers, outcomes=asking())
    error = played(tmp_path, scenario, model=ScriptedModel(generous))["error"]
    assert error.startswith("user model: the answer 5 is outside the support")
    assert error.endswith("(asked 3 times)")


def test_a_failed_parse_fails_its_dialogue_and_no_other(tmp_path: Path) -> None:
    def sometimes(request: ChatRequest) -> Any:
        if request.schema is None:
            return f"Hello {request.seed}."
        said = request.messages[0]["content"]
        bad = int(said.removeprefix("Hello ").removesuffix(".")) % 3 == 0
        return "I cannot say." if bad else DISTRIBUTION

    scenario = talk(turns={"maximum": 1, "opening": "Go."})
    result = simulated(tmp_path, scenario, n=30, model=ScriptedModel(sometimes))
    assert result.completed + result.failed == 30
    assert 0 < result.failed < 30


class Fussy:
    """A model that does not finish its replies within the token limit, or breaks."""

    name = "fussy"
    concurrency = 4

    def __init__(self, finish: StopReason = "stop", error: Exception | None = None) -> None:
        self.finish = finish
        self.error = error

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self.error is not None:
            raise self.error
        return ChatReply("Hel", self.finish)

    async def aclose(self) -> None:
        pass


def test_a_reply_that_is_cut_off_never_becomes_a_turn(tmp_path: Path) -> None:
    dialogue = played(tmp_path, model=Fussy(finish="length"))
    assert (dialogue["status"], dialogue["turns"]) == ("failed", [])
    assert "cut off at the token limit" in dialogue["error"]


def test_a_reply_with_a_lone_surrogate_is_stored_with_a_replacement_character(
    tmp_path: Path,
) -> None:
    model = ScriptedModel(lambda r: DISTRIBUTION if r.schema else "Hi \ud800.")
    assert played(tmp_path, model=model)["turns"][0]["text"] == "Hi \ufffd."


def test_a_fault_of_our_own_is_named_as_such(tmp_path: Path) -> None:
    dialogue = played(tmp_path, model=Fussy(error=ZeroDivisionError("oops")))
    assert dialogue["status"] == "failed"
    assert dialogue["error"].startswith("simulate: ZeroDivisionError: oops")


def donation(path: Path, model: str | ChatModel, **options: Any) -> RunResult:
    return asyncio.run(run("donation", model=model, out=path, seed=7, **options))


def test_transcripts_are_the_same_at_any_concurrency(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve()
    exports = []
    for at_once in (1, 64):
        path = tmp_path / f"{at_once}.db"
        donation(path, endpoint.spec, n=6, concurrency=at_once)
        exports.append([json.dumps(d) for d in exported(path)])
    assert exports[0] == exports[1]


def test_a_resumed_run_ends_as_if_nothing_had_happened(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve()
    donation(tmp_path / "whole.db", endpoint.spec, n=4)
    undisturbed = len(endpoint.bodies)

    async def interrupted() -> RunResult:
        stop = asyncio.Event()

        def listener(event: Event) -> None:
            if isinstance(event, TurnTaken) and event.position == 7:
                stop.set()

        return await run(
            "donation",
            model=endpoint.spec,
            out=tmp_path / "parts.db",
            seed=7,
            n=4,
            concurrency=3,
            listener=listener,
            stop=stop,
        )

    endpoint.bodies.clear()
    first = asyncio.run(interrupted())
    assert first.left > 0
    donation(tmp_path / "parts.db", endpoint.spec, n=4, resume=True)
    assert exported(tmp_path / "parts.db") == exported(tmp_path / "whole.db")
    assert undisturbed <= len(endpoint.bodies) <= undisturbed + 3


def test_resuming_a_finished_run_calls_nobody(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve()
    donation(tmp_path / "a.db", endpoint.spec, n=2)
    endpoint.bodies.clear()
    again = donation(tmp_path / "a.db", endpoint.spec, n=2, resume=True)
    assert (endpoint.bodies, again.completed) == ([], 4)


@pytest.mark.parametrize(
    ("changes", "what"),
    [({"seed": 8}, "seed"), ({"n": 1}, "n "), ({"methods": ["vs"]}, "scenario")],
)
def test_a_run_is_not_resumed_as_another(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    scenario = load_scenario("donation")
    simulated(tmp_path, scenario, model=endpoint_like())
    with pytest.raises(RunFileError, match=f"begun with another .*{what}"):
        simulated(tmp_path, scenario, model=endpoint_like(), resume=True, **changes)


def test_a_run_is_not_resumed_with_another_model(tmp_path: Path) -> None:
    simulated(tmp_path)
    with pytest.raises(RunFileError, match=r"model of .* \(there scripted, here other\)"):
        simulated(tmp_path, model=ScriptedModel(answers, name="other"), resume=True)


def test_what_an_endpoint_refuses_is_learnt_once_and_kept_for_the_resumed_run(
    tmp_path: Path, serve: Serve
) -> None:
    def behaviour(body: Body, number: int) -> Any:
        return refusal("Unsupported parameter: 'seed'", param="seed") if "seed" in body else None

    endpoint = serve(behaviour)
    donation(tmp_path / "a.db", endpoint.spec, n=3, concurrency=6)
    assert sum("seed" in body for body in endpoint.bodies) == 1
    with open_run(tmp_path / "a.db") as file:
        assert list(file.refusals()[endpoint.spec]) == ["seed"]


def test_a_wrong_key_stops_the_run_and_leaves_no_empty_file(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal("bad key", 401))
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        donation(tmp_path / "a.db", endpoint.spec, n=5)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_expires_loses_nothing_and_the_run_can_be_resumed(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve(lambda body, n: refusal("expired", 401) if n == 50 else None)
    with pytest.raises(EndpointError, match="expired"):
        donation(tmp_path / "a.db", endpoint.spec, n=4)
    assert donation(tmp_path / "a.db", endpoint.spec, n=4, resume=True).completed == 8


def test_one_refused_request_fails_one_dialogue(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(lambda body, n: refusal("no thanks") if n == 60 else None)
    result = donation(tmp_path / "a.db", endpoint.spec, n=5)
    assert (result.completed, result.failed) == (9, 1)


def test_no_more_calls_are_open_than_allowed(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(delay_s=0.003)
    donation(tmp_path / "a.db", endpoint.spec, n=4, concurrency=3)
    assert endpoint.most_at_once == 3


def test_retries_are_counted(tmp_path: Path, serve: Serve) -> None:
    endpoint = serve(lambda body, n: web.Response(status=503) if n == 20 else None)
    events: list[Event] = []
    donation(tmp_path / "a.db", endpoint.spec, n=1, listener=events.append)
    assert sum(e.retries for e in events if isinstance(e, TurnTaken)) == 1


def test_the_events_account_for_every_call_and_token(tmp_path: Path) -> None:
    events: list[Event] = []
    result = simulated(
        tmp_path, load_scenario("donation"), model=endpoint_like(), listener=events.append
    )
    taken = [e for e in events if isinstance(e, TurnTaken | DialogueEnded)]
    assert sum(e.calls for e in taken) == result.calls
    assert sum(e.usage.prompt_tokens for e in taken) == result.prompt_tokens
    assert sum(e.usage.completion_tokens for e in taken) == result.completion_tokens
    assert isinstance(events[0], RunStarted)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"n": 0}, "n is 0"),
        ({"n": 2.5}, r"n is 2\.5, it must be a whole number"),
        ({"concurrency": 0}, "concurrency is 0"),
        ({"resume": True, "out": None}, "--out RUN --resume"),
        ({"speaker_models": {"eve": "embedded"}}, "no such speaker"),
    ],
)
def test_an_argument_out_of_range_is_refused(
    tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        simulated(tmp_path, **options)


def test_the_models_are_named_without_secrets(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    endpoint = serve()
    spec = endpoint.spec.replace("http://", "http://user:hunter2@")
    donation(tmp_path / "a.db", spec, n=1)
    content = (tmp_path / "a.db").read_bytes()
    assert b"sk-very-secret" not in content
    assert b"hunter2" not in content


def test_a_listener_that_fails_ends_no_run_and_no_dialogue(tmp_path: Path) -> None:
    def listener(event: Event) -> None:
        told.append(event)
        if isinstance(event, TurnTaken):
            raise OSError("the disk is full")

    told: list[Event] = []
    with pytest.warns(UserWarning, match="unwatched: .*OSError: the disk is full"):
        result = donation(tmp_path / "a.db", endpoint_like(), n=1, listener=listener)
    assert (result.completed, result.failed) == (2, 0)
    assert sum(isinstance(event, TurnTaken) for event in told) == 1


def test_a_synchronous_run_works_inside_a_running_loop(tmp_path: Path) -> None:
    async def notebook() -> RunResult:
        return run_sync(talk(), n=1, model=ScriptedModel(answers), out=tmp_path / "a.db")

    assert asyncio.run(notebook()).completed == 1


def test_a_bare_prompt_is_verbalized_with_k_in_its_range() -> None:
    distribution = verbalize_sync("Tea?", k=2, model=ScriptedModel([DISTRIBUTION]))
    assert distribution.texts == ("Yes.", "No.")
    with pytest.raises(InputError, match="k: "):
        verbalize_sync("Tea?", k=0, model=ScriptedModel([DISTRIBUTION]))


def test_a_dialogue_that_goes_on_holds_no_draws(tmp_path: Path) -> None:
    held: list[int] = []

    def counting(request: ChatRequest) -> Any:
        held.append(sum(isinstance(each, RecordedDraw) for each in gc.get_objects()))
        return answers(request)

    gc.collect()
    simulated(tmp_path, talk(turns={"maximum": 8}), n=1, model=ScriptedModel(counting))
    assert held[-1] <= held[0] + 1
