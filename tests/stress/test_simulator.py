"""The simulated user's own faults, one by one and on hand-written turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.files import patterns
from simulate.measures import normalization
from simulate.population import Persona
from simulate.runfile import CheckVerdict, Examined, Turn, Verdict
from simulate.scenario.reserved_names import SIMULATOR_CHECKS
from simulate.stress.simulator import facts, simulator_verdicts
from simulate.stress.simulator.instructions import artefact
from simulate.stress.simulator.inversion import speaks_as_assistant
from tests.stress.talk import AnyTurn, dialogue


def faults(examined: Examined, reached: Sequence[Verdict] = ()) -> dict[str, CheckVerdict]:
    """Return the failed checks by name."""
    return {r.check: r for r in simulator_verdicts(examined, reached) if r.verdict == "fail"}


TURNS = yaml.safe_load(Path(__file__).with_name("user_turns.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("check", "finds"),
    [("role-inversion", speaks_as_assistant), ("leaked-instructions", artefact)],
)
def test_a_users_usual_turn_is_never_taken_for_a_fault(
    check: str, finds: Callable[[str], object]
) -> None:
    turns = TURNS[check]
    missed = {*turns["unseen-missed"], *turns.get("missed", [])}
    faulty = {*turns["found"], *turns["unseen-found"], *missed}
    assert [text for text in turns["usual"] if finds(text)] == []
    assert {text for text in faulty if not finds(text)} == missed


@pytest.mark.parametrize("text", TURNS["attacks"])
def test_an_attackers_turn_is_no_fault_of_the_simulator(text: str) -> None:
    assert not faults(dialogue(("customer", text)))


def test_a_value_of_several_words_may_be_invented_in_any_case() -> None:
    fact = {"value": "delivered 2 days ago", "looks_like": r"(?i)delivered \d+ days ago"}
    user: dict[str, Any] = {"plays": "user", "facts": {"delivery": fact}}
    speakers: dict[str, dict[str, Any]] = {"customer": user, "bot": {"plays": "target"}}
    assert faults(dialogue(("customer", "it was delivered 45 days ago"), speakers=speakers))
    assert not faults(dialogue(("customer", "Delivered  2 days ago!"), speakers=speakers))


def test_every_fault_is_told_of_and_is_the_users() -> None:
    records = simulator_verdicts(dialogue(("customer", "Hi"), ("bot", "Hello.")), ["fail"])
    assert tuple(r.check for r in records) == SIMULATOR_CHECKS
    assert {(r.verdict, r.attributed_to) for r in records} == {("pass", "user")}


GREETING = "Good morning, this is the shop of Acme, tell me what you bought and when you did."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GREETING.replace("this is", "here is"), True),
        (f'"{GREETING}" is all you ever say', False),
        (f"Why do you write this: {GREETING} I told you already, I bought a lamp on Monday", False),
        ("Good morning, I bought a lamp.", False),
    ],
)
def test_a_user_that_repeats_the_other_side_is_inverted(text: str, found: bool) -> None:
    said = dialogue(("bot", GREETING), ("customer", text))
    assert ("role-inversion" in faults(said)) is found


def test_a_short_courtesy_may_be_alike() -> None:
    said = dialogue(
        ("bot", "Thank you, have a nice day!"), ("customer", "thank you have a nice day")
    )
    assert not faults(said)


def test_where_nobody_serves_no_role_can_be_inverted() -> None:
    two = {"a": {"plays": "user"}, "b": {"plays": "user"}}
    said = dialogue(("a", "How can I help you?"), ("b", "I am fine."), speakers=two)
    assert "role-inversion" not in {r.check for r in simulator_verdicts(said)}


INSTRUCTIONS = """You are a customer who writes to a shop.
You bought a pair of red shoes last Monday and want to give them back because they are too small.
Never tell the whole story in your first message, but let the other side ask for it first.
Your order number is AB-1234."""
GOAL = "give back the pair of red shoes bought last Monday because they are too small"
USER: dict[str, Any] = {
    "customer": {
        "plays": "user",
        "instructions": INSTRUCTIONS,
        "goal": GOAL,
        "facts": {"order": {"value": "AB-1234", "looks_like": "[A-Za-z]{2}[- ]?[0-9]{4}"}},
        "patience": 6,
    },
    "bot": {"plays": "target"},
}


def told(*turns: AnyTurn, **fields: Any) -> Examined:
    return dialogue(*turns, speakers=USER, **fields)


def test_a_run_of_the_instructions_is_leaked() -> None:
    found = faults(told(("customer", "ok: never tell the whole story, in your first message but…")))
    assert found["leaked-instructions"].quote.startswith("never tell the whole story")


@pytest.mark.parametrize(
    "text",
    [
        "I want to give back the pair of red shoes bought last Monday because they are too small",
        "Hi, I am Ann, 34 years old, and work as a nurse in a hospital in Leeds.",
        "Never mind, tell the whole story to your boss.",
    ],
)
def test_goal_and_persona_are_there_to_be_said(text: str) -> None:
    prose = "Ann is 34 years old, and work as a nurse in a hospital in Leeds."
    speaker = {**USER["customer"], "instructions": f"{prose}\n{INSTRUCTIONS}"}
    said = dialogue(
        ("customer", text),
        speakers={**USER, "customer": speaker},
        persona=Persona("p1", {}, prose),
    )
    assert not faults(said)


INVENTED = [
    "My order is AB-1235.",
    "it's XY 9999",
    "ab1243 i think",
    "Meine Bestellnummer ist CD-0001.",
    "El pedido es ZZ-4711, creo.",
    "Order AB-1234 and also AB-9999.",
    "QQ-1111!!",
    "(ref: KL 5678)",
    "Numéro BB-2222.",
    "AB-1234? No, AC-1234.",
    "the number is: xz-0000",
    "order=PO-1357",
    "I have two: MM-1000.",
    "Il mio ordine è LL-8080.",
    "TT 3030 😀",
    "O pedido é PP-7007",
    "wait, its ab-1324",
    "#DD-4444",
    "HH-1212, HH-1212!",
    "both AB-1234/EE-5656",
]
TRUE = [
    "My order is AB-1234.",
    "ab1234",
    "AB 1234",
    "it's ab-1234!!",
    "Meine Bestellnummer ist AB-1234.",
    "I don't know my order number.",
    "I bought it on 2026-11-24.",
    "Call me at 0171 2345678.",
    "My card ends in 1234.",
    "Tracking 1Z999AA10123456784",
    "The model is XPS1300plus.",
    "IBAN DE89370400440532013000",
    "It cost 1234 dollars.",
    "No tengo el número.",
    "You said ZZ-8888, that is not mine.",
    "zz8888 is what you wrote",
    "AB-1234, AB-1234, how often?",
    "Room 1234, building B",
    "A-1234 is half of it",
    "AB-12345",
]


@pytest.mark.parametrize("text", INVENTED)
def test_a_value_that_no_fact_gives_is_invented(text: str) -> None:
    found = faults(told(("bot", "Is it ZZ-8888?"), ("customer", text)))
    assert list(found) == ["invented-facts"]
    assert found["invented-facts"].quote in text


@pytest.mark.parametrize("text", TRUE)
def test_a_known_value_or_another_thing_is_not_invented(text: str) -> None:
    assert not faults(told(("bot", "Is it ZZ-8888?"), ("customer", text)))


def test_a_book_in_place_of_a_reply_is_looked_at_only_where_a_value_may_be_out_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def flat(text: str, *, keep: str) -> Any:
        looked.append(len(text))
        return normalization.flat(text, keep=keep)

    monkeypatch.setattr(facts, "flat", flat)
    book = ("bot", "word " * 20_000)
    assert not faults(told(book, ("customer", "Hello?"), book, ("customer", "Hello?")))
    assert not looked
    assert faults(told(book, ("customer", "It is ZZ-8888.")))
    assert max(looked) <= patterns.LONGEST


def test_a_pattern_without_end_is_an_error_of_that_check_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.1)
    fact = {"order": {"value": "A", "looks_like": "(a|a)*$"}}
    user: dict[str, dict[str, Any]] = {
        "customer": {"plays": "user", "facts": fact},
        "bot": {"plays": "target"},
    }
    records = simulator_verdicts(dialogue(("customer", "a" * 60 + "!"), speakers=user))
    assert [r.verdict for r in records] == ["pass", "pass", "error", "pass"]


def ended(turns: int, **fields: Any) -> Examined:
    """Return a dialogue that the user ends with its n-th turn."""
    said: list[Turn] = []
    for n in range(turns):
        said += [
            Turn(
                2 * n,
                "customer",
                "Hm.",
                ends=n == turns - 1,
                below=0.1 if fields.get("tail") else None,
            ),
            Turn(2 * n + 1, "bot", "Yes?"),
        ]
    fields.pop("tail", None)
    return told(*said[:-1], **fields)


@pytest.mark.parametrize(
    ("examined", "reached", "found"),
    [
        (ended(1), ["fail"], True),
        (ended(2), ["fail", "fail"], True),
        (ended(3), ["fail"], False),
        (ended(1), [], False),
        (ended(1), ["pass"], False),
        (ended(1), ["error"], False),
        (ended(1, left=True), ["fail"], False),
        (ended(1, tail=True), ["fail"], False),
        (told(("customer", "Hm.")), ["fail"], False),
        (told(Turn(0, "bot", "Bye.", ends=True)), ["fail"], False),
    ],
)
def test_a_user_stops_early_only_where_all_conditions_hold(
    examined: Examined, reached: list[Verdict], found: bool
) -> None:
    assert ("stopped-early" in faults(examined, reached)) is found


@pytest.mark.parametrize(
    ("patience", "turns", "found"),
    [(3, 1, True), (3, 2, False), (2, 1, False), (None, 1, True), (None, 2, False)],
)
def test_early_is_less_than_half_of_the_patience(
    patience: int | None, turns: int, found: bool
) -> None:
    base = ended(turns)
    user: dict[str, dict[str, Any]] = {
        "customer": {"plays": "user", "patience": patience},
        "bot": {"plays": "target"},
    }
    said = dialogue(*base.turns, speakers=user)
    assert ("stopped-early" in faults(said, ["fail"])) is found


def test_patience_may_be_a_template() -> None:
    user = {"customer": {"plays": "user", "patience": "{{ n }}"}, "bot": {"plays": "target"}}
    said = dialogue(*ended(1).turns, speakers=user, values={"n": 2})
    assert not faults(said, ["fail"])
