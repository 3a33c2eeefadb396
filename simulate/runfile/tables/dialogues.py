"""The table `dialogues`: a row for each dialogue that began, with all that it measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from simulate.population import Persona
from simulate.runfile.dialogue import Dialogue, OutcomeValue, Spent, Verdict
from simulate.runfile.exclusions import rule_of
from simulate.runfile.meta import populations_of_speakers
from simulate.runfile.tables.column import Column, Table
from simulate.runfile.tables.measured import Measure, measures
from simulate.runfile.tables.people import attribute_columns
from simulate.runfile.tables.recorded import RecordedRun, identity
from simulate.scenario.applicability import MISSING as MISSING_ANSWER
from simulate.scenario.design import Factor, FactorKind

DialogueColumn = Column[Dialogue]

_KINDS: dict[FactorKind, str] = {
    "within": "each persona meets all levels",
    "between": "assigned to each persona at random",
    "stratum": "the group that the persona is in, which nobody assigned",
    "random": "a random factor, drawn for each persona",
}

UNKNOWN = OutcomeValue("", None)
MISSING = "not measured, the answer could not be used, or the outcome does not apply"
SPENT = {
    "calls": "Model calls that were answered",
    "prompt_tokens": "Tokens that models read",
    "cached_tokens": "Those of them that a cache held",
    "completion_tokens": "Tokens that models wrote",
}


def dialogues(run: RecordedRun) -> Table[Dialogue]:
    """Return the table."""
    columns: list[DialogueColumn] = [
        *identity(run, lambda d: d),
        *_factors(run),
        Column("number", "Its place in the plan, from 0", lambda d: d.id, "integer"),
        Column("status", "How far it is", lambda d: d.status, "category",
               levels=("running", "completed", "failed")),
        Column("fault", "Whose failure it is", lambda d: d.fault, missing="it did not fail"),
        Column("error", "Why it failed", lambda d: d.error, missing="it did not fail"),
        *_excluded(run),
        Column("prompt_version", "Version of the prompts", lambda d: d.cell.prompt_version,
               "integer"),
        Column("replicate", "The n-th dialogue of the same cell and persona, from 0",
               lambda d: d.replicate, "integer"),
        Column("persona", "The persona's id", lambda d: d.persona.id),
        *_branch(run),
        *attribute_columns(run, run.meta.get("population"), "persona", lambda d: d.persona),
        *_others(run),
        Column("turns", "Turns, those that were given included", lambda d: len(d.turns), "integer"),
        *_outcomes(run),
        *_checks(run),
        *(
            Column(name, label, _spent(name), "integer", unit="tokens" if "tok" in name else None)
            for name, label in SPENT.items()
        ),
        Column("cost_usd", "What its calls cost", lambda d: d.spent.cost_usd, "number",
               "a price is not known", "USD"),
    ]  # fmt: skip
    return Table.of("dialogues", "a dialogue that began", columns, lambda d: (d,))


def _branch(run: RecordedRun) -> Iterator[DialogueColumn]:
    if run.with_branches:
        none = "it is no branch"
        yield Column(
            "parent",
            "The dialogue that it branches off",
            lambda d: d.branch and d.branch.parent,
            missing=none,
        )
        yield Column(
            "root",
            "The dialogue of the plan that it goes back to",
            lambda d: d.branch and d.branch.root,
            missing=none,
        )


def _factors(run: RecordedRun) -> Iterator[DialogueColumn]:
    scenario = run.scenario
    for factor in scenario.factors:
        stratum = factor.kind == "stratum"
        what = _KINDS[factor.kind]
        if factor.kind == "between" or factor.kind == "random":
            what += f", with a probability of {factor.probability:.4g} each"
        if factor.name in scenario.nuisance:
            what += "; a nuisance, which should not matter"
        yield _factor(factor, what, "design.strata" if stratum else "conditions")


def _factor(factor: Factor, what: str, field: str) -> DialogueColumn:
    return Column(
        f"cell_{factor.name}",
        f"The level of {factor.name}: {what}",
        lambda d: d.cell.levels.get(factor.name),
        "category",
        levels=factor.levels,
        source=f"{field}.{factor.name}",
        original=f"cell.{factor.name}",
    )


def _excluded(run: RecordedRun) -> Iterator[DialogueColumn]:
    rules = run.scenario.exclude

    if rules:
        yield Column(
            "excluded",
            "The first rule that leaves it out of every analysis",
            lambda d: rule_of(run.scenario, d),
            "category",
            "no rule leaves it out",
            levels=tuple(rules),
            source="exclude",
            question="; ".join(f"{name}: {rule.why}" for name, rule in rules.items()),
        )


def _others(run: RecordedRun) -> Iterator[DialogueColumn]:
    """Iterate over the columns of speakers that have a persona of their own."""
    for speaker, population in populations_of_speakers(run.meta).items():

        def person(d: Dialogue, speaker: str = speaker) -> Persona | None:
            return d.personas.get(speaker)

        def persona_id(d: Dialogue, speaker: str = speaker) -> str | None:
            found = d.personas.get(speaker)
            return None if found is None else found.id

        yield Column(
            f"persona_of_{speaker}",
            f"The id of {speaker}'s persona",
            persona_id,
            missing="it is not drawn yet",
            original=f"personas.{speaker}",
        )
        yield from attribute_columns(run, population, f"persona_of_{speaker}", person)


def _outcomes(run: RecordedRun) -> Iterator[DialogueColumn]:
    for measure in measures(run.scenario):
        yield from _outcome(measure)


def _outcome(measure: Measure) -> Iterator[DialogueColumn]:
    """Iterate over the columns of one outcome: drawn, as a number, expected, whether it applies."""
    name, unit, source = measure.name, measure.outcome.unit, measure.source

    def measured(d: Dialogue) -> OutcomeValue:
        return d.outcomes.get(name, UNKNOWN)

    yield Column(
        f"outcome_{name}",
        f"{name}: the value that was drawn",
        lambda d: measure.cell(measured(d).value),
        measure.kind,
        MISSING,
        unit,
        measure.levels,
        measure.numbers,
        source,
        measure.question,
        f"outcome.{name}",
    )
    if measure.numbers:
        yield Column(
            f"outcome_{name}_number",
            f"{name}: the number of the level that was drawn",
            lambda d: measure.number(measured(d).value),
            "number",
            MISSING,
            source=source,
        )
    if measure.countable and measure.drawn:
        mean = "the probability of yes" if measure.kind == "yes/no" else "the mean"
        yield Column(
            f"outcome_{name}_expected",
            f"{name}: {mean} over all candidates, by their chances to be drawn",
            lambda d: measure.expected(measured(d)),
            "number",
            MISSING,
            unit,
            source=source,
        )
    if measure.outcome.may_not_apply:
        yield Column(
            f"outcome_{name}_applies",
            f"{name}: whether it applies",
            lambda d: applies(measured(d)),
            "yes/no",
            "the value is missing",
            source=source,
            original=f"applies.{name}",
        )


def applies(measured: OutcomeValue) -> int | None:
    """Return 1 where an outcome applies, 0 where it does not; None where it is missing."""
    return None if measured.answer == MISSING_ANSWER else int(measured.applies)


def _checks(run: RecordedRun) -> Iterator[DialogueColumn]:
    found = [name for (name,) in run.rows("SELECT DISTINCT name FROM verdict ORDER BY name")]
    for name in dict.fromkeys([*run.scenario.checks, *found]):
        yield _check(name)


def _check(name: str) -> DialogueColumn:
    return Column(
        f"check_{name}",
        f"What the check {name} says",
        lambda d: next((v.verdict for v in d.verdicts if v.check == name), None),
        "category",
        "the dialogue was not checked",
        levels=get_args(Verdict),
        source=f"checks.{name}",
        original=f"check.{name}",
    )


def _spent(name: str) -> Any:
    at = Spent._fields.index(name)
    return lambda d: d.spent[at]
