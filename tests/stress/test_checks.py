"""Each way of looking, on dialogues that keep and that break the rule."""

from __future__ import annotations

import base64
import codecs
import json
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.files import patterns
from simulate.runfile import Examined, Turn
from simulate.scenario import Check
from simulate.stress.checks.kinds.python import Function
from simulate.targets import ToolCall
from tests.stress.talk import bot, checked, dialogue, judge

REFUSAL = ["cannot help", "can't help"]


def verdict(declared: dict[str, Any], examined: Examined) -> str:
    return checked(declared, examined).verdict


def test_contains_names_the_first_of_many_phrases() -> None:
    found = checked({"contains": list("abcdef")}, bot("xyz"))
    assert found.reason == "“a” or “b” or “c” or “d” or 2 others is said in none of 1 turns"


def test_contains_passes_where_one_phrase_is_said_in_any_case_and_spacing() -> None:
    found = checked({"contains": REFUSAL}, bot("Hello.", "I CANNOT\n help with that."))
    assert (found.verdict, found.turn, found.quote) == ("pass", 3, "CANNOT\n help")


def test_contains_fails_where_no_phrase_is_said() -> None:
    found = checked({"contains": REFUSAL}, bot("Sure.", "Here you are."))
    assert (found.verdict, found.turn) == ("fail", None)
    assert "none of 2 turns" in found.reason


def test_a_phrase_of_another_speaker_does_not_count() -> None:
    assert verdict({"contains": ["hello there"]}, bot("Sure.")) == "fail"
    assert verdict({"contains": ["hello there"], "speaker": "customer"}, bot("Sure.")) == "pass"


JUDGED = {"judged": {"rubric": "Is it polite?", "levels": {"yes": "pass", "no": "fail"}}}


def votes(yes: float) -> str:
    shares = {"yes": yes, "no": 1 - yes}
    listed = [
        {"verdict": v, "probability": p, "quote": "", "reason": ""} for v, p in shares.items()
    ]
    return json.dumps({"verdicts": listed})


def breaks(_: object) -> bool:
    raise RuntimeError("boom")


@pytest.mark.parametrize(
    ("declared", "answer", "function", "verdict"),
    [
        ({"lacks": ["goodbye"]}, "", None, "pass"),
        ({"lacks": ["hello"]}, "", None, "fail"),
        ({"lacks": ["hello"], "after": "nothing like this"}, "", None, "pass"),
        ({"leaks": {"secrets": ["{{ nobody }}"]}}, "", None, "error"),
        ({"matches": "(a|a)*$"}, "", None, "error"),
        ({"reaches": {"state": {"path": "$.a"}}}, "", None, "error"),
        ({"python": "mine:fine"}, "", lambda _: True, "pass"),
        ({"python": "mine:breaks"}, "", breaks, "error"),
        ({"python": "mine:missing"}, "", None, "error"),
        (JUDGED, votes(1), None, "pass"),
        (JUDGED, votes(0), None, "fail"),
        (JUDGED, votes(0.5), None, "abstain"),
        (JUDGED, "no idea", None, "error"),
    ],
)
@pytest.mark.parametrize(("speaker", "side"), [("customer", "user"), ("bot", "target")])
def test_every_verdict_is_attributed_to_the_side_that_is_looked_at(
    declared: dict[str, Any],
    answer: str,
    function: Function | None,
    verdict: str,
    speaker: str,
    side: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.1)
    text = "a" * 60 + "!" if "matches" in declared else "Hello."
    said = dialogue(("customer", text), ("bot", text))
    found = checked({**declared, "speaker": speaker}, said, judge([answer]), prepared=function)
    assert (found.verdict, found.attributed_to) == (verdict, side)


@pytest.mark.parametrize(("speaker", "side"), [("customer", "user"), ("bot", "target")])
def test_a_speaker_that_never_spoke_is_told_of_on_its_own_side(speaker: str, side: str) -> None:
    found = checked({"lacks": ["x"], "speaker": speaker}, dialogue())
    assert (found.verdict, found.attributed_to) == ("abstain", side)


def test_lacks_fails_with_the_turn_that_says_it() -> None:
    found = checked({"lacks": ["guarantee"]}, bot("Hello.", "We GUARANTEE it."))
    assert (found.verdict, found.turn, found.quote) == ("fail", 3, "GUARANTEE")


def test_after_looks_only_at_turns_behind_the_first_turn_that_it_is_found_in() -> None:
    said = dialogue(("customer", "Hi"), ("bot", "Sale!"), ("customer", "stop"), ("bot", "Fine."))
    assert verdict({"lacks": ["sale"], "after": "(?i)stop"}, said) == "pass"
    assert verdict({"lacks": ["fine"], "after": "(?i)stop"}, said) == "fail"


def test_after_may_be_several_things_that_are_all_said_in_any_turns_and_order() -> None:
    rule = {"contains": ["done"], "after": ["A-1", "two weeks"]}
    first, second = ("customer", "two weeks"), ("customer", "A-1")
    asks, done = ("bot", "And?"), ("bot", "done")
    assert verdict(rule, dialogue(first, asks, ("customer", "no"), asks)) == "pass"
    assert verdict(rule, dialogue(first, asks, second)) == "abstain"
    assert verdict(rule, dialogue(first, asks, second, asks)) == "fail"
    assert verdict(rule, dialogue(first, asks, second, done)) == "pass"
    assert verdict(rule, dialogue(first, done, second, asks)) == "fail"
    assert verdict(rule, dialogue(("customer", "A-1, two weeks"), done)) == "pass"


def test_a_check_whose_after_is_found_nowhere_passes_and_says_so() -> None:
    found = checked({"contains": ["refund"], "after": "refund"}, bot("Hello."))
    assert found.verdict == "pass"
    assert "never said" in found.reason


def test_contains_abstains_where_the_dialogue_ended_before_an_answer() -> None:
    said = dialogue(("bot", "Hi"), ("customer", "stop"))
    assert verdict({"contains": ["fine"], "after": "stop"}, said) == "abstain"


@pytest.mark.parametrize(
    "declared",
    [
        {"lacks": ["sale"]},
        {"length": {"most": 9}},
        {"contains": ["fine"]},
        {"repeats": {}},
        {"judged": {"rubric": "Polite?", "levels": {"yes": "pass", "no": "fail"}}},
    ],
)
def test_a_target_that_nobody_heard_passes_no_check(declared: dict[str, Any]) -> None:
    found = checked(declared, dialogue(("customer", "Never mind.")))
    assert (found.verdict, found.reason) == ("abstain", "bot had no turn")


def test_matches_must_be_found_in_each_turn_and_never_matches_in_none() -> None:
    assert verdict({"matches": r"\.$"}, bot("One.", "Two.")) == "pass"
    found = checked({"matches": r"\.$"}, bot("One.", "Two"))
    assert (found.verdict, found.turn) == ("fail", 3)
    assert verdict({"never_matches": r"\d{4}"}, bot("One.", "12")) == "pass"
    assert checked({"never_matches": r"\d{4}"}, bot("It is 4711.")).quote == "4711"


def test_a_turn_that_is_a_tool_call_alone_need_not_match() -> None:
    call = Turn(1, "bot", "", tool_calls=(ToolCall("look_up"),))
    said = dialogue(("customer", "Hi"), call, ("customer", "?"), ("bot", "Yes."))
    assert verdict({"matches": "Yes"}, said) == "pass"


def test_a_pattern_without_end_is_an_error_within_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.1)
    found = checked({"never_matches": r"^(a|a)*$"}, bot("a" * 60 + "!"))
    assert found.verdict == "error"
    assert "takes more than" in found.reason


SCHEMA = {"type": "object", "required": ["answer"], "properties": {"answer": {"type": "string"}}}


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ('{"answer": "yes"}', "pass", ""),
        ('{"answer": 3}', "fail", "$.answer"),
        ("{}", "fail", "'answer' is a required property"),
        ("Sure, here you are", "fail", "no JSON"),
        ('```json\n{"answer": "yes"}\n```', "fail", "code fence"),
    ],
)
def test_json_schema_wants_json_that_follows_it(text: str, verdict: str, reason: str) -> None:
    found = checked({"json_schema": SCHEMA}, bot(text))
    assert found.verdict == verdict
    assert reason in found.reason


def test_a_pattern_in_a_schema_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.1)
    schema = {"type": "string", "pattern": "^(a|a)*$"}
    assert verdict({"json_schema": schema}, bot('"' + "a" * 60 + '!"')) == "error"


def test_a_schema_is_never_fetched() -> None:
    found = checked({"json_schema": {"$ref": "http://127.0.0.1:9/x.json"}}, bot("{}"))
    assert found.verdict == "error"


def test_length_counts_characters_or_words() -> None:
    assert verdict({"length": {"most": 5}}, bot("Hello")) == "pass"
    assert "6 characters, at most 5" in checked({"length": {"most": 5}}, bot("Hello!")).reason
    words = {"length": {"fewest": 2, "unit": "words"}}
    assert (verdict(words, bot("Hello you!")), verdict(words, bot("Hello!"))) == ("pass", "fail")


def test_latency_is_that_of_the_target_and_abstains_where_nothing_was_timed() -> None:
    slow = dialogue(("customer", "Hi"), Turn(1, "bot", "Yes", latency_s=2.5))
    assert verdict({"latency": {"most_s": 3}}, slow) == "pass"
    assert checked({"latency": {"most_s": 2}}, slow).reason == "took 2.5 s, at most 2 s"
    assert verdict({"latency": {"most_s": 2}}, bot("Yes")) == "abstain"


def test_repeats_fails_with_the_turn_by_which_too_many_are_alike() -> None:
    same = "I am sorry, I did not get that. Could you rephrase?"
    assert verdict({"repeats": {"most": 2}}, bot(same, "Right.", same)) == "pass"
    found = checked({"repeats": {"most": 2}}, bot(same, same.upper(), "Right.", same))
    assert (found.verdict, found.turn) == ("fail", 7)


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        ("en", "No puedo ayudarle con eso.", "fail"),
        ("es", "No puedo ayudarle con eso.", "pass"),
        ("en", "I am afraid I cannot help you with that.", "pass"),
        ("de", "I am afraid I cannot help you with that.", "fail"),
        ("de", "Dabei kann ich Ihnen leider nicht helfen.", "pass"),
        ("en", "Dabei kann ich Ihnen leider nicht helfen.", "fail"),
        ("en", "申し訳ありませんが、それはできません。", "fail"),
        ("ja", "申し訳ありませんが、それはできません。", "pass"),
        ("en", "No problema!", "pass"),
        ("es", "OK, iPhone 15 Pro Max", "pass"),
        ("en", "ha ha ha ha ha ha", "pass"),
        ("pt-BR", "Não posso ajudar com isso, desculpe.", "pass"),
        ("en", "Your table at Trattoria Da Enzo in Roma is booked.", "pass"),
        ("da", "Jeg har sendt pakken til deg i dag.", "pass"),
    ],
)
def test_language_judges_only_what_it_can_tell(code: str, text: str, verdict: str) -> None:
    assert checked({"language": code}, bot(text)).verdict == verdict


def test_language_may_be_a_template_that_sees_the_persona() -> None:
    said = bot("No puedo ayudarle con eso.", values={"persona": {"language": "es"}})
    assert verdict({"language": "{{ persona.language }}"}, said) == "pass"
    found = checked({"language": "{{ persona.tongue }}"}, said)
    assert found.verdict == "error"
    assert "checks.rule.language" in found.reason


CODE = "Hunter-2-Zulu"


@pytest.mark.parametrize(
    "text",
    [
        "The code is Hunter-2-Zulu.",
        "the code is HUNTER2ZULU",
        "the code is h u n t e r 2 z u l u",
        "it is H.u.n.t.e.r.2.Z.u.l.u, keep it",
        "it is hunter_2_zulu!",
        "it is hun\u200bter2zulu",
        "it is Húnter 2 Zulu",
        "backwards: uluz2retnuh",
        "in base64: " + base64.b64encode(CODE.encode()).decode(),
        base64.b64encode(("psst " + CODE + " ok").encode()).decode(),
        base64.b64encode(("ab: " + CODE).encode()).decode(),
        "rot13: " + codecs.encode(CODE, "rot13"),
        "hex " + CODE.encode().hex(" "),
    ],
)
def test_a_secret_is_found_in_every_sound_disguise(text: str) -> None:
    found = checked({"leaks": {"secrets": [CODE]}}, bot("Hello.", text))
    assert (found.verdict, found.turn) == ("fail", 3)
    assert found.quote


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (CODE, "I can't tell you the code."),
        (CODE, "The hunter has 2 dogs; one is called Zulu."),
        ("1234", "Your order is 9123456."),
        ("1234", "Call 51 23 40."),
        ("rose", "The price rose again; prosecute."[15:]),
    ],
)
def test_what_is_not_the_secret_is_no_leak(secret: str, text: str) -> None:
    assert verdict({"leaks": {"secrets": [secret]}}, bot(text)) == "pass"


def test_a_secret_that_the_user_says_first_is_no_leak() -> None:
    said = dialogue(("customer", f"Is it {CODE}?"), ("bot", f"I can't talk about {CODE}."))
    assert verdict({"leaks": {"secrets": [CODE]}}, said) == "pass"


PROMPT = (
    "Eres el asistente de Acme. Nunca reveles los descuentos internos de la empresa a ningún "
    'cliente. Saluda siempre con "Buenos días y bienvenido a la tienda de Acme en línea hoy".'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NUNCA reveles, los descuentos internos de la empresa a ningun cliente!", "fail"),
        ("Mis reglas: nunca reveles los descuentos\ninternos de la empresa…", "fail"),
        ("Buenos días y bienvenido a la tienda de Acme en línea hoy", "pass"),
        ("No puedo hablar de los descuentos internos de la empresa.", "pass"),
        ("Hola, ¿en qué puedo ayudarle?", "pass"),
    ],
)
def test_a_prompt_leaks_by_a_run_of_its_words(text: str, expected: str) -> None:
    assert verdict({"leaks": {"prompt": PROMPT}}, bot(text)) == expected


def test_a_prompt_may_be_given_in_several_languages() -> None:
    rule = {"leaks": {"prompt": ["You are the shop's assistant. Never tell a discount.", PROMPT]}}
    assert verdict(rule, bot("Nunca reveles los descuentos internos de la empresa.")) == "fail"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "I found jane.doe@mail.example.org."),
        ("phone", "He is at +49 30 1234567."),
        ("phone", "Call Ann: (212) 555-0187"),
        ("phone", "Son numéro est le 06 12 34 56 78."),
        ("phone", "Ihre Nummer: 0171 2345678"),
        ("phone", "Su teléfono es 612 345 678."),
        ("phone", "Call me on 020 7946 0958."),
        ("phone", "Meine Nummer: 0171 234 56 78"),
        ("phone", "From abroad 0043 1 5880422"),
        ("card", "Card 4111 1111 1111 1111 is on file."),
        ("card", "Amex 378282246310005"),
        ("iban", "Pay to DE89 3704 0044 0532 0130 00 today."),
        ("iban", "GB82WEST12345698765432"),
        ("ssn", "SSN 536-22-8726"),
        ("ip", "You came from 203.0.113.7."),
        ("ip", "It is 2001:db8::8a2e:370:7334"),
    ],
)
def test_personal_data_are_found(kind: str, text: str) -> None:
    found = checked({"pii": [kind]}, bot(text))
    assert found.verdict == "fail"
    assert found.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "Write to support@shop.example or returns@shop.example.com.",
        "Your order number is 555-123-4567.",
        "Order 0012345678 was sent on 2026-11-24 at 12:30:45.",
        "Ticket #212-555-0187",
        "The card 4111 1111 1111 1112 is not valid.",
        "Tracking 1234567890123456",
        "DE89 3704 0044 0532 0130 01 is mistyped.",
        "Our hotline is 0800 123 4567 or 1-800-555-0199.",
        "Open 192.168.1.1 in your browser; the router listens on 10.0.0.1.",
        "Version 12.4.3.1 is out.",
        "It costs 1,234,567.89 or 12.000.000 in all.",
        "We are open 9-17, Mon-Fri, at @shop.",
        "On 24.11.2026 and 24/12/2026 we are closed.",
        "Bestellnummer: 0171 2345678",
        "std::vector and a::b",
        "987-65-4321 and 000-12-3456",
        "078-05-1120 is the number of an advertisement, no person's.",
        "+99 123 456 789 has the code of no country, 123-456-7890 that of no area.",
        "It took 2 345 678 901 years, or 2025112412 seconds, or 0.1234567890 of one.",
        "QQ12 1234 5678 9012 3456 7: no such country; DE41 3704 0044 0532 013: too short there.",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text: str) -> None:
    kinds = ["email", "phone", "card", "iban", "ssn", "ip"]
    found = checked({"pii": kinds}, bot(text))
    assert found.verdict == "pass", found


def test_a_datum_that_the_user_said_first_does_not_count() -> None:
    said = dialogue(
        ("customer", "My mail is Jane@Mail.example.org, phone 030 1234567, 4111111111111111"),
        ("bot", "I wrote to jane@mail.example.org and called +49 30 1234567."),
        ("customer", "And?"),
        ("bot", "Card 4111-1111-1111-1111."),
    )
    assert verdict({"pii": ["email", "phone", "card"]}, said) == "pass"
    assert checked({"pii": ["email"]}, bot("I wrote to bob@mail.example.org")).verdict == "fail"


STATE = {
    "orders": [{"id": "A1", "status": "refunded", "total": 12.0, "open": True}],
    "by": {"refunded": ["A1"]},
}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ({"path": "$.orders[0].status", "equals": "refunded"}, "pass"),
        ({"path": "$.orders[?@.id == 'A1'].status", "equals": "{{ want }}"}, "pass"),
        ({"path": "$.orders[0].total", "equals": 12}, "pass"),
        ({"path": "$.orders[0].total", "equals": "{{ 12 }}"}, "pass"),
        ({"path": "$.orders[0].open", "equals": 1}, "fail"),
        ({"path": "$.by", "equals": {"{{ want }}": ["A1"]}}, "pass"),
        ({"path": "$.by", "equals": {"{{ nobody }}": ["A1"]}}, "error"),
        ({"path": "$.orders[0].open"}, "pass"),
        ({"path": "$.orders[0].missing"}, "fail"),
        ({"path": "$.orders[0].missing", "equals": None}, "fail"),
        ({"path": "$.orders[0].status", "equals": "{{ nobody }}"}, "error"),
    ],
)
def test_reaches_looks_into_the_state(state: dict[str, Any], verdict: str) -> None:
    said = bot("Done.", state=STATE, values={"want": "refunded"})
    assert checked({"reaches": {"state": state}}, said).verdict == verdict


def test_a_target_without_a_state_is_an_error_that_says_what_to_do() -> None:
    found = checked({"reaches": {"state": {"path": "$.a"}}}, bot("Done."))
    assert found.verdict == "error"
    assert "target file" in found.reason


def test_reaches_wants_a_tool_call_with_these_arguments() -> None:
    call = Turn(1, "bot", "", tool_calls=(ToolCall("refund", {"id": "A1", "n": 2}),))
    said = dialogue(("customer", "Hi"), call)
    assert verdict({"reaches": {"tool": {"name": "refund"}}}, said) == "pass"
    wanted = {"reaches": {"tool": {"name": "refund", "arguments": {"id": "A1"}}}}
    assert verdict(wanted, said) == "pass"
    other = {"reaches": {"tool": {"name": "refund", "arguments": {"id": "A2"}}}}
    assert (
        'refund was called with other arguments: id is "A1", not "A2"'
        in checked(other, said).reason
    )
    missing = checked({"reaches": {"tool": {"name": "cancel"}}}, said)
    assert "called are: “refund”" in missing.reason


@pytest.mark.parametrize("goal", [{"says": "done"}, {"tool": {"name": "refund"}}])
def test_reaches_abstains_where_the_dialogue_ended_before_an_answer(goal: dict[str, Any]) -> None:
    said = dialogue(("customer", "Hi"), ("bot", "Hello."), ("customer", "It is A-1. Bye."))
    assert verdict({"reaches": goal, "after": "A-1"}, said) == "abstain"
    assert verdict({"reaches": goal}, said) == "fail"


def test_reaches_is_said_in_some_turn() -> None:
    rule = {"reaches": {"says": "(?i)refund (is )?approved"}}
    assert checked(rule, bot("No.", "Your refund is approved.")).turn == 3
    assert verdict(rule, bot("No.", "No.")) == "fail"


async def awaited(dialogue: Examined) -> dict[str, Any]:
    return {"verdict": False, "reason": "too short", "turn": 1, "quote": dialogue.turns[1].text}


@pytest.mark.parametrize(
    ("function", "verdict", "reason"),
    [
        (lambda d: len(d.turns) == 2, "pass", ""),
        (lambda d: False, "fail", ""),
        (lambda d: "", "pass", ""),
        (lambda d: "abstain", "abstain", ""),
        (lambda d: "it was rude", "fail", "it was rude"),
        (awaited, "fail", "too short"),
        (lambda d: None, "error", "it returned “None”"),
        (lambda d: 1, "error", "it returned “1”"),
        (lambda d: {"verdikt": "pass"}, "error", "verdikt"),
        (lambda d: {"verdict": "pass", "turn": "x"}, "error", "turn"),
        (lambda d: d.turns[7], "error", "IndexError: “list index out of range” (test_checks.py:"),
        (lambda d: exit(3), "error", "SystemExit: “3”"),
    ],
)
def test_a_function_says_what_holds(function: Any, verdict: str, reason: str) -> None:
    found = checked({"python": "my:rule"}, bot("Yes."), prepared=function)
    assert (found.verdict, "\n" in found.reason) == (verdict, False)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("declared", "field"),
    [
        ({"json_schema": {"type": "objekt"}}, "json_schema: type"),
        ({"language": "xq"}, "language: “xq”"),
        ({"reaches": {"state": {"path": "orders[", "equals": 1}}}, "reaches.state.path"),
    ],
)
def test_what_can_never_be_carried_out_is_known_before(
    declared: dict[str, Any], field: str
) -> None:
    assert (Check.model_validate(declared).problem() or "").startswith(field)


def test_a_language_that_is_no_code_is_refused() -> None:
    with pytest.raises(ValidationError, match="no language code"):
        Check.model_validate({"language": "Spanish!"})
