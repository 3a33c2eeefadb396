"""Read dialogues from a run file: from rows of its tables to the records of the read model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from simulate.errors import quote
from simulate.population import Persona
from simulate.randomness import uniform
from simulate.runfile.column_rules import BRANCH, DRAW, OUTCOME, TURN, check_row
from simulate.runfile.computed_values import drawn_parts, possible_values
from simulate.runfile.corruption import DAMAGE, reading
from simulate.runfile.dialogue import (
    NEXT,
    UNMEASURED,
    Branch,
    Dialogue,
    OutcomeValue,
    Spent,
    Turn,
    ValueCandidate,
)
from simulate.runfile.json_columns import (
    checked,
    draw_from,
    load,
    load_texts,
    load_tool_calls,
    load_value,
    read_chances,
)
from simulate.runfile.query import Queryable
from simulate.runfile.verdicts import verdicts_of
from simulate.scenario import (
    DOES_NOT_APPLY,
    Answer,
    Cell,
    Outcome,
    Scenario,
    template_values,
    with_answers,
)
from simulate.scenario.computing import Fold, fold_of
from simulate.scenario.reserved_names import JUDGE
from simulate.verbalized import DrawSettings, RecordedDraw, tail_draw

_COLUMNS = f"""SELECT d.id, d.key, d.cell, d.persona, d.replicate, d.status, d.fault, d.error,
    {", ".join(f"d.{name}" for name in Spent._fields)} FROM"""
DIALOGUES = f"{_COLUMNS} dialogue d"
ANY_DIALOGUE = f"{_COLUMNS} main.dialogue d WHERE d.id = ?"
"""One dialogue, of the plan or a branch."""
PERSONAS = "SELECT speaker, persona FROM speaker_persona WHERE dialogue = ? ORDER BY speaker"

MOST_REMEMBERED = 10_000
Chains = dict[tuple[int, str], list[tuple[Any, ...]]]
"""Rows of the table `draw`, in order, by turn (-1 for none) and outcome (empty for none)."""


class DialogueReader:
    """Reads the dialogues of a run.

    Args:
        run: the run file.
        scenario: of the run.
        cells: of the run, by their index.
        persona: returns a persona by its id.
        seed: of the run.
        draws_on_file: whether the file holds the chances of draws; else they follow from the
            scenario's settings.
    """

    def __init__(
        self,
        run: Queryable,
        scenario: Scenario,
        cells: Sequence[Cell],
        persona: Callable[[str], Persona],
        seed: int,
        *,
        draws_on_file: bool,
    ) -> None:
        self.rows = run.rows
        self.scenario = scenario
        self.cells = cells
        self.persona = persona
        self.seed = seed
        self.draws_on_file = draws_on_file
        # Dialogues give few different answers.
        self._answer = lru_cache(MOST_REMEMBERED)(
            lambda name, text: scenario.outcomes[name].answer(text)
        )

    def read(self, row: tuple[Any, ...]) -> Dialogue:
        """Return a dialogue; `row` is of `DIALOGUES`."""
        number, key, index, persona, replicate, status, fault, error, *spent = row
        cell = self.cells[index]
        chains = self.chains(number)
        turns = self.turns(number, cell, persona, replicate, chains)
        return Dialogue(
            number,
            key,
            cell,
            self.persona(persona),
            replicate,
            status,
            fault,
            error,
            turns,
            self._outcomes(number, cell, persona, turns[0] if turns else None, chains),
            verdicts_of(self, number),
            self.state(number),
            Spent(*spent),
            {name: self.persona(pid) for name, pid in self.rows(PERSONAS, (number,))},
            self._branch(number, turns),
            self._asked(number) if cell.order_varies else (),
        )

    def turns(
        self, number: int, cell: Cell, persona: str, replicate: int, chains: Chains
    ) -> tuple[Turn, ...]:
        """Return the turns of a dialogue, in order, each with its chain of draws."""
        sql = """SELECT t.position, speaker, text, messages, tool_calls, latency_s, ends, parse,
            candidates, chosen, u, below, source FROM turn t
            LEFT JOIN target_turn g ON (g.dialogue, g.position) = (t.dialogue, t.position)
            LEFT JOIN tail_turn l ON (l.dialogue, l.position) = (t.dialogue, t.position)
            LEFT JOIN given_turn v ON (v.dialogue, v.position) = (t.dialogue, t.position)
            WHERE t.dialogue = ? ORDER BY t.position"""
        found: list[Turn] = []
        for row in self.rows(sql, (number,)):
            with reading("turn", dialogue=number, position=row[0]):
                check_row(TURN, row)
                if row[0] != len(found):
                    raise ValueError(f"position {len(found)} was expected")
                found.append(self._turn(row, cell, persona, replicate, chains))
        for turn, outcome in chains:
            with reading("draw", dialogue=number, turn=turn, outcome=outcome):
                if not -1 <= turn < len(found):
                    raise ValueError(f"there are {len(found):,} turns")
        return tuple(found)

    def _turn(
        self, row: tuple[Any, ...], cell: Cell, persona: str, replicate: int, chains: Chains
    ) -> Turn:
        position, speaker, text, messages, tools, latency_s, ends, parse, *rest = row
        candidates, chosen, u, below, source = rest
        draws: tuple[RecordedDraw, ...] = ()
        threshold = None
        settings = cell.speakers[speaker]
        if candidates is not None:
            draws = self._chain(
                chains.get((position, ""), []),
                draw_from("reply", candidates, chosen, u, parse=parse, text=text),
                settings.method.draw_settings,
            )
            known = self.draws_on_file or any(d.what == "tail" for d in draws)
            if settings.tail is not None and not known:
                tail_u = uniform(self.seed, f"tail:{speaker}", persona, replicate, position)
                draws = (tail_draw(settings.tail.share, tail_u), *draws)
            of_reply = [d for d in draws if d.what not in ("tail", NEXT)]
            threshold = settings.method.drawn(of_reply).below
        return Turn(
            position,
            speaker,
            text,
            _messages(text, messages, ends, draws, settings.sends),
            load_tool_calls(tools) if tools else (),
            None if latency_s == UNMEASURED else latency_s,
            bool(ends),
            parse,
            draws,
            below,
            source is not None,
            below or threshold,
        )

    def chains(self, number: int) -> Chains:
        """Return the rows of `draw` of a dialogue, by turn and outcome, in order."""
        sql = """SELECT turn, outcome, what, candidates, chances, chosen, u FROM draw
            WHERE dialogue = ? ORDER BY turn, outcome, number"""
        found: Chains = {}
        for row in self.rows(sql, (number,)):
            with reading("draw", dialogue=number, turn=row[0], outcome=row[1]):
                check_row(DRAW, row)
            found.setdefault((row[0], row[1]), []).append(row[2:])
        return found

    def _chain(
        self, rows: Iterable[tuple[Any, ...]], last: RecordedDraw, settings: DrawSettings
    ) -> tuple[RecordedDraw, ...]:
        """Return a chain of draws; settings are for files that do not hold the last chances."""
        earlier: list[RecordedDraw] = []
        for what, candidates, chances, chosen, u in rows:
            if candidates is None:
                flattened = read_chances(chances, len(last.distribution))
                return (*earlier, checked(replace(last, what=what, flattened=flattened)))
            earlier.append(draw_from(what, candidates, chosen, u, chances=chances))
        if not self.draws_on_file and not settings.as_stated:
            last = replace(last, flattened=last.distribution.chances(settings))
        return (*earlier, last)

    def _outcomes(
        self,
        number: int,
        cell: Cell,
        persona: str,
        first: Turn | None,
        chains: Chains,
        names: Iterable[str] | None = None,
    ) -> dict[str, OutcomeValue]:
        """Return the outcomes of a dialogue that are on file; `names` of them, or all."""
        sql = "SELECT name, value, parse, candidates, chosen, u FROM outcome WHERE dialogue = ?"
        stored = {name: rest for name, *rest in self.rows(sql, (number,))}
        found: dict[str, OutcomeValue] = {}
        for name in self.scenario.outcomes if names is None else names:
            if name in stored:
                chain = chains.get((-1, name), [])
                read = self.outcome(name, number, cell, persona, stored[name], chain, first)
                possible = self._possible(name, number, cell, persona, lambda parts: found)
                found[name] = replace(read, possible=possible) if possible else read
        return found

    def _possible(
        self,
        name: str,
        number: int,
        cell: Cell,
        persona: str,
        measured: Callable[[list[str]], Mapping[str, OutcomeValue]],
    ) -> Callable[[], tuple[ValueCandidate, ...] | None] | None:
        """Return what computes the values that a computed outcome could have had.

        None of an outcome that is not computed, or whose parts were not drawn independently.
        """
        outcomes = self.scenario.outcomes
        if outcomes[name].computed is None or outcomes[name].applies_if:
            return None
        drawn = drawn_parts(name, outcomes, cell)
        if drawn is None:
            return None

        @cache
        def possible() -> tuple[ValueCandidate, ...] | None:
            try:
                folds = self._folds(name, number, cell, persona)
                return possible_values(name, folds, measured(drawn))
            except DAMAGE:  # an expression has no value for an answer that was not drawn
                return None

        return possible

    def _folds(self, name: str, number: int, cell: Cell, persona: str) -> dict[str, Fold]:
        """Return how an outcome is computed in a dialogue, and its parts that are computed."""
        outcomes = self.scenario.outcomes
        own = {who: self.persona(pid) for who, pid in self.rows(PERSONAS, (number,))}
        whole = self.persona(persona)
        found: dict[str, Fold] = {}
        left = [name]
        while left:
            label = left.pop()
            rule = outcomes[label].computed
            if rule is not None and label not in found:
                values = template_values(cell, whole, rule.speaker or JUDGE, own)
                outcome = with_answers(outcomes[label], label, cell, whole)
                found[label] = fold_of(outcome, outcomes, values)
                left += rule.parts
        return found

    def one_outcome(
        self,
        name: str,
        number: int,
        cell: Cell,
        persona: str,
        replicate: int,
        stored: Sequence[Any],
        *,
        has_chains: bool,
    ) -> OutcomeValue:
        """Return an outcome of a dialogue, reading no more of the dialogue than it needs.

        `has_chains` says whether the dialogue has rows in the table `draw`.
        """
        outcome = self.scenario.outcomes[name]
        chains = self.chains(number) if has_chains else {}
        of_turn = self._of_turn(outcome)
        turns = self.turns(number, cell, persona, replicate, chains) if of_turn else ()
        first = turns[0] if turns else None
        chain = chains.get((-1, name), [])
        found = self.outcome(name, number, cell, persona, stored, chain, first)

        def measured(parts: list[str]) -> Mapping[str, OutcomeValue]:
            return self._outcomes(number, cell, persona, None, chains, parts)

        possible = self._possible(name, number, cell, persona, measured)
        return replace(found, possible=possible) if possible else found

    def outcome(
        self,
        name: str,
        number: int,
        cell: Cell,
        persona: str,
        stored: Sequence[Any],
        chain: list[tuple[Any, ...]],
        first: Turn | None,
    ) -> OutcomeValue:
        """Return a measured outcome.

        An outcome that is answered or matched by the one turn of a task is a function of that
        turn, so it was drawn with it, and each candidate of the turn has a value too.
        """
        with reading("outcome", dialogue=number, name=name):
            check_row(OUTCOME, stored)
            text, parse, candidates, chosen, u = stored
            outcome = self.scenario.outcomes[name]
            value = None if text is None else load_value(text)
            applies = not (outcome.may_not_apply and value == DOES_NOT_APPLY)
            if applies and value is not None and not outcome.is_value(value):
                raise ValueError(f"value is {quote(repr(value), 40)}, and must be {outcome.form}")
            draws: tuple[RecordedDraw, ...] = ()
            answers: Iterable[Answer] = ()
            if candidates is not None:
                last = draw_from(name, candidates, chosen, u, parse=parse)
                draws = self._chain(chain, last, cell.draws_of(outcome))
                answers = (self._answer(name, text) for text in last.distribution.texts)
            elif (
                self._of_turn(outcome)
                and first is not None
                and first.distribution
                and not first.given
            ):
                draws = first.draws
                outcome = with_answers(outcome, name, cell, self.persona(persona))
                answers = (outcome.read_from(first.speaker, t) for t in first.distribution.texts)
            return OutcomeValue(
                name, value if applies else None, parse, draws, tuple(answers), applies
            )

    def _of_turn(self, outcome: Outcome) -> bool:
        """Tell whether an outcome is a function of the one turn of a task, and of nothing else."""
        of_turn = outcome.answered or (outcome.matched and self.scenario.is_task)
        return bool(of_turn) and not outcome.applies_if

    def _asked(self, number: int) -> tuple[str, ...]:
        sql = "SELECT what FROM step WHERE dialogue = ? AND kind = 'ask' ORDER BY number"
        return tuple(name for (name,) in self.rows(sql, (number,)))

    def _branch(self, number: int, turns: Sequence[Turn]) -> Branch | None:
        sql = """SELECT p.key, r.key, b.turn, b.chosen FROM branch b
            LEFT JOIN main.dialogue p ON p.id = b.parent
            LEFT JOIN main.dialogue r ON r.id = b.root
            WHERE b.dialogue = ?"""
        row = next(self.rows(sql, (number,)), None)
        if row is None:
            return None
        with reading("branch", dialogue=number):
            check_row(BRANCH, row)
            found = Branch(*row)
            taken = next((turn.draw for turn in turns if turn.index == found.turn), None)
            if taken is None or taken.chosen != found.chosen:
                raise ValueError(f"turn {found.turn} does not take candidate {found.chosen}")
        return found

    def state(self, dialogue: int) -> Any:
        """Return a target's state after a dialogue; None where there is none."""
        sql = "SELECT state FROM target_state WHERE dialogue = ?"
        row = next(self.rows(sql, (dialogue,)), None)
        if row is None:
            return None
        with reading("target_state", dialogue=dialogue):
            return load(row[0])


def _messages(
    text: str, on_file: str | None, ends: int, draws: Sequence[RecordedDraw], sends: str
) -> tuple[str, ...]:
    """Return the single messages of a turn: none where the speaker leaves without a word.

    A speaker that only `sends` an empty message had words.
    """
    if on_file is not None:
        return tuple(load_texts(on_file, text))
    words = draws[-1].candidate.text if draws else sends == "empty"
    return (text,) if text or words or not ends else ()
