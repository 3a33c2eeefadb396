"""A walk through human dialogues as an ordinary run: a scenario and a population made in memory.

A persona of the population is one *move*: a turn of a human dialogue, under one wording of what was
said before. Its talk is given, up to what the other one said last; then the model states the
distribution of the next act, of the next text, or of an outcome, each in a cell of its own. What
happened is nowhere in the run: neither the next turn nor an act nor an outcome is an attribute of a
persona, so that none can reach a prompt. So a walk is resumed, budgeted and audited as any run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from simulate.calibration.moves import Move, Persons
from simulate.calibration.situation import Situation
from simulate.errors import InputError, ScenarioError
from simulate.files.validation import first_problem
from simulate.population import Population, TableRow
from simulate.population.table_row import TalkTurn
from simulate.reference.human_talks import HumanTurn
from simulate.scenario import Scenario
from simulate.scenario.cell import FEW, MOST_LISTED
from simulate.verbalized import METHODS, MethodSpec

SPEAKER, PARTNER = "speaker", "partner"
"""Who is forecast, whatever role it is, and who is not."""
POPULATION_QUERY = "population-query"
"""Asks about many such people, and knows neither person nor talk."""
OPENING = "(The conversation begins. You speak first.)"

Asks = Literal["act", "text", "outcome"]
"""What a cell asks for."""
ASKS: tuple[Asks, ...] = ("act", "text", "outcome")
ORIGINAL = "original"
RENAMED = "renamed"
PARAPHRASED = "paraphrased"


@dataclass(frozen=True)
class History:
    """One wording of what was said.

    Attributes:
        name: `original`, `renamed` or `paraphrased`.
        names: what instructions and questions call things.
        turns: key of a dialogue to its turns, for any but the original history; a dialogue that is
            not there is not walked through so.
    """

    name: str
    names: Mapping[str, str]
    turns: Mapping[str, Sequence[HumanTurn]] = field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    """A walk that can be played.

    Attributes:
        scenario: what is asked.
        population: one persona for each move and history.
        calls: how many model calls it takes, without repairs.
        moves: how many turns are forecast, each history once.
    """

    scenario: Scenario
    population: Population
    calls: int
    moves: int

    @property
    def n(self) -> int:
        """Dialogues per cell."""
        return len(self.population.personas)


def walk_of(
    situation: Situation,
    levels: Mapping[str, Sequence[str]],
    moves: Sequence[Move],
    histories: Sequence[History],
    persons: Persons,
    acts_known: Callable[[Move], bool] = lambda _: True,
    methods: Sequence[str] = ("vs",),
    k: int = FEW,
    asks: Sequence[Asks] = ASKS,
) -> Walk:
    """Return the walk through some moves.

    Args:
        situation: what the person is told.
        levels: the acts that are asked for, by role; a role without is not asked.
        moves: what is forecast.
        histories: under which wordings of what was said before.
        persons: puts people in words.
        acts_known: tells whether it is known which act a move is; else it is not asked for.
        methods: how distributions are obtained; `POPULATION_QUERY` for the question about people.
        k: how many texts, and how many answers of an outcome that has too many to list.
        asks: what is forecast.

    Raises:
        InputError: there is no such method, k does not fit it, or nothing is left to forecast.
    """
    cells = dict(_cells(situation, levels, methods, k, asks))
    if not cells:
        raise InputError(
            f"nothing of {', '.join(asks) or 'what is asked for'} can be forecast: a text takes a "
            "method that lists several, an act annotated turns, and an outcome a situation that "
            "has one"
        )
    scenario = _scenario(situation, levels, cells, histories)
    rows = list(_rows(situation, moves, histories, persons, acts_known))
    population = Population(
        population="human-moves",
        description="Turns of human dialogues, each with what had been said before.",
        source=situation.source,
        personas=rows,
    )
    calls = sum(
        _calls(cell, levels.get(str(row.attributes["role"]), ()))
        * _asked(situation, levels, cell, row)
        for cell in cells.values()
        for row in rows
    )
    return Walk(scenario, population, calls, len(moves))


def _calls(cell: Mapping[str, Any], acts: Sequence[str]) -> int:
    """Return how many calls one question of a cell takes."""
    spec = MethodSpec.model_validate(cell["method"])
    return spec.at_most(len(acts) if cell["asks"] == "act" and acts else None).calls


def _asked(
    situation: Situation, levels: Mapping[str, object], cell: Mapping[str, Any], row: TableRow
) -> int:
    """Return how much is asked of a move in a cell."""
    role = row.attributes["role"]
    match cell["asks"]:
        case "act":
            return int(role in levels and row.attributes["asked_act"] is True)
        case "outcome":
            return sum(outcome.of == role for outcome in situation.outcomes.values())
        case _:
            return 1


def _cells(
    situation: Situation,
    levels: Mapping[str, object],
    methods: Sequence[str],
    k: int,
    asks: Sequence[Asks],
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Iterate over the cells: label, and what is asked in it by which method."""
    for method in dict.fromkeys(methods):
        people = method == POPULATION_QUERY
        name = "vs" if people else method
        try:
            lists, states = METHODS[name].verbalizes, METHODS[name].states
            kinds: dict[Asks, int] = {"act": MOST_LISTED if states else k, "outcome": k}
            if not levels:
                del kinds["act"]
            if not situation.outcomes:
                del kinds["outcome"]
            if lists and not people:
                kinds["text"] = k
            for what, listed in kinds.items():
                spec: dict[str, Any] = {"name": name, "k": listed} if lists else {"name": name}
                MethodSpec.model_validate(spec)
                if what in asks:
                    yield f"{method}.{what}", {"asks": what, "method": spec, "people": people}
        except ValidationError as error:
            raise InputError(f"--method {method}: {first_problem(error)}") from None


def _scenario(
    situation: Situation,
    levels: Mapping[str, Sequence[str]],
    cells: Mapping[str, Any],
    histories: Sequence[History],
) -> Scenario:
    roles = situation.roles
    told = {name: role.instructions for name, role in roles.items()}
    people = {name: role.people for name, role in roles.items()}
    outcomes = dict(_outcomes(situation, levels))
    asked = [name for name, outcome in outcomes.items() if "computed" not in outcome]
    data = {
        "scenario": "human-walk",
        "title": "A walk through dialogues that people had",
        "source": situation.source,
        "speakers": {
            SPEAKER: {
                "plays": "user",
                "length": situation.length,
                "instructions": _by_role(told),
            },
            PARTNER: {"plays": "assistant"},
        },
        "turns": {"first": PARTNER, "maximum": 1, "counts": "all", "may_end": [SPEAKER]},
        "steps": [{"given": "persona"}],
        "variables": {"names": {each.name: dict(each.names) for each in histories}},
        "conditions": {
            "forecast": {name: _level(cell, people, asked) for name, cell in cells.items()}
        },
        "outcomes": outcomes,
    }
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(
            f"situation {situation.situation}: the walk that it makes: {first_problem(error)}"
        ) from None


def _level(
    cell: Mapping[str, Any], people: Mapping[str, str], outcomes: Sequence[str]
) -> dict[str, Any]:
    speaker: dict[str, Any] = {"method": cell["method"]}
    steps: list[dict[str, Any]] = [{"given": "persona"}]
    if cell["people"]:
        speaker |= {"instructions": _by_role(people), "stands_for": "people"}
        steps = [{"ask": outcomes}]
    if cell["asks"] == "text":
        steps.append({"say": 1})
    return {
        "speakers": {SPEAKER: speaker},
        "variables": {"asks": cell["asks"], "people": cell["people"]},
        "steps": steps,
    }


def _outcomes(
    situation: Situation, levels: Mapping[str, Sequence[str]]
) -> Iterable[tuple[str, dict[str, Any]]]:
    """Iterate over the outcomes; each applies in the cells and to the role that it is asked of."""
    # Something that is always known, and costs nothing, since an expression needs an outcome.
    yield "begun", {"kind": "yesno", "matched": {"pattern": "."}}
    for number, (role, acts) in enumerate(levels.items()):
        yield from _asked_if(
            f"act-{role}",
            f"asks_act_{number}",
            f"variables.asks == 'act' and persona.asked_act and persona.role == {role!r}",
            {"kind": "choice", "levels": list(acts)},
            "{% if variables.people %}Such a person has sent {{ persona.sent }} messages so far, "
            "and sends the next one. What does that message begin with?{% else %}What does your "
            "next message begin with?{% endif %}",
        )
    for number, (name, outcome) in enumerate(situation.outcomes.items()):
        yield from _asked_if(
            name,
            f"asks_outcome_{number}",
            f"variables.asks == 'outcome' and persona.role == {outcome.of!r}",
            outcome.model_dump(include={"kind", "unit", "support", "levels"}, exclude_none=True),
            f"{{% if variables.people %}}{_with_names(outcome.people)}"
            f"{{% else %}}{_with_names(outcome.question)}{{% endif %}}",
        )


def _asked_if(
    name: str, flag: str, condition: str, kind: dict[str, Any], question: str
) -> Iterable[tuple[str, dict[str, Any]]]:
    yield flag, {"kind": "yesno", "computed": {"expression": f"begun >= 0 and {condition}"}}
    asked = {
        "speaker": SPEAKER,
        "method": "as-in-talk",
        "question": question,
        "frame": '{{ "none" if variables.people else "private-report" }}',
        "by": "a researcher",
    }
    yield name, {**kind, "asked": asked, "applies_if": {flag: ["yes"]}}


def _by_role(texts: Mapping[str, str]) -> str:
    """Return a template that is one text for a persona of one role, and another for the other."""
    (first, one), (_, other) = texts.items()
    return (
        f"{{% if persona.role == {first!r} %}}{_with_names(one)}"
        f"{{% else %}}{_with_names(other)}{{% endif %}}"
    )


def _with_names(template: str) -> str:
    """Return a template of a situation as one of the scenario: names are those of the history."""
    return f"{{% set names = variables.names[persona.history] %}}{template}"


def _rows(
    situation: Situation,
    moves: Sequence[Move],
    histories: Sequence[History],
    persons: Persons,
    acts_known: Callable[[Move], bool],
) -> Iterable[TableRow]:
    first = next(iter(situation.roles))
    for move in moves:
        talk = move.talk
        for history in histories:
            turns = talk.turns if history.name == ORIGINAL else history.turns.get(talk.key)
            if turns is None:
                continue
            said = [
                TalkTurn(speaker=SPEAKER if t.speaker == move.role else PARTNER, text=t.text)
                for t in turns[: move.turn]
            ]
            if move.role == first or said[0].speaker == SPEAKER:
                said.insert(0, TalkTurn(speaker=PARTNER, text=OPENING))
            yield TableRow(
                id=f"{talk.key}/{move.turn}/{history.name}",
                attributes={
                    "reference": talk.reference,
                    "dialogue": talk.id,
                    "turn": move.turn,
                    "role": move.role,
                    "person": move.person,
                    "history": history.name,
                    "asked_act": acts_known(move),
                    "sent": sum(t.speaker == move.role for t in turns[: move.turn]),
                },
                prose=persons.prose(talk, move.role),
                talk=said,
            )
