"""A frozen plan in the form of a preregistration: the questions that registries ask, answered.

The headings are those that forms such as AsPredicted and the OSF's have in common. What a plan does
not say is named, and left blank.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulate.comparison.planned_power import planned_power
from simulate.report.document import (
    Block,
    Document,
    Items,
    Paragraph,
    Verbatim,
    facts,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.plan_table import power_notes
from simulate.report.supplement.stated import (
    course,
    exclusions_table,
    factors_table,
    levels,
    outcomes_table,
    planned_analysis,
    questions,
    turn_rules,
)
from simulate.scenario.frozen import DEPOSIT, Frozen
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import number


def preregistration(frozen: Frozen) -> Document:
    """Return a frozen plan as a preregistration."""
    scenario = frozen.scenario
    title = scenario.title or scenario.scenario
    lead: tuple[Block, ...] = (
        Paragraph(scenario.description or title),
        facts(("frozen plan (SHA-256)", frozen.sha256)),
        Paragraph(DEPOSIT),
        Paragraph(
            "The dialogues are simulated: no person will be observed. What is to be found out is "
            "about the models that answer."
        ),
    )
    sections = (
        section("Study", _blank("authors, affiliations and contact, and when this was deposited")),
        section("Data so far", _blank("whether any of the planned dialogues were run, or seen")),
        section("Hypotheses", *_hypotheses(frozen)),
        section(
            "Design",
            factors_table(scenario),
            *levels(scenario),
            course(scenario),
            turn_rules(scenario),
        ),
        section("Outcomes", outcomes_table(scenario), *questions(scenario)),
        section("Analyses", *planned_analysis(scenario), *_rules()),
        section("Exclusions", *_exclusions(frozen)),
        section("Sample size and power", *_size(frozen)),
        section("Models and people", *_played_by(frozen)),
        section("Anything else", _blank("secondary and exploratory analyses, and all that is new")),
        section("The plan, word for word", Verbatim("Frozen plan (YAML)", (("", frozen.text),))),
    )
    return Document(f"Preregistration: {title}", lead, sections)


def _blank(what: str) -> Paragraph:
    return Paragraph(what, "blank")


def _hypotheses(frozen: Frozen) -> Iterator[Block]:
    planned = {each.name: each for each in frozen.comparisons}
    if planned:
        yield Items(
            tuple(f"{name} ({' − '.join(e.labels)}): {e.meaning}" for name, e in planned.items())
        )
        yield _blank("which sign each difference is expected to have, and why")
    else:
        yield _blank("the hypotheses; the plan states no contrast")


def _rules() -> Iterator[Block]:
    yield Items(
        (
            "A dialogue counts with the distribution over values that was stated for it; means and "
            "shares are over these.",
            "Each persona counts once in a cell. Cells that met the same personas are paired by "
            "persona; of others the difference is that of independent groups (Welch). Intervals "
            "are of 95 %, tests two-sided; p-values are adjusted by Holm over the planned "
            "contrasts of an outcome, and over all other differences.",
            f"An interval or a p-value is given only with {FEWEST_PERSONAS} personas or more.",
            "Not finding a difference is not read as there being none; that needs a margin.",
        )
    )
    yield _blank("analyses beyond these, such as models with covariates")


def _exclusions(frozen: Frozen) -> Iterator[Block]:
    yield exclusions_table(frozen.scenario)
    yield Paragraph(
        "Dialogues that fail, and outcomes that are missing, are counted and are no values; "
        "nothing is imputed."
    )


def _size(frozen: Frozen) -> Iterator[Block]:
    plan, scenario = frozen.plan, frozen.scenario
    analysis = scenario.analysis.model_dump(mode="json", exclude_defaults=True)
    yield facts(
        ("dialogues in each cell", f"{plan.n:,}"),
        ("cells", f"{len(plan.cells):,}: {', '.join(plan.cells)}"),
        ("dialogues of one persona in a cell", f"{scenario.defaults.replicates:,}"),
        ("seed", str(plan.seed)),
        *(
            (field.replace("_", " "), ", ".join(f"{n}: {said}" for n, said in each.items()))
            for field in ("smallest_effect", "sd", "correlation")
            if (each := analysis.get(field))
        ),
    )
    yield Paragraph(
        "No result decides when a run ends, and one that is held to this plan cannot grow beyond "
        "these dialogues. Whoever stops it before says so."
    )
    powers = planned_power(scenario, plan.n)
    rows = [
        (each.contrast, each.outcome, *map(number, (each.effect, each.power, each.detectable)))
        for each in powers
    ]
    if rows:
        yield new_table(("contrast", "outcome", "effect", "power", "detects"), rows, "llrrr")
        yield Items(tuple(power_notes(powers, plan.n)))
    if not rows or any(each.power is None for each in powers):
        yield _blank("the smallest effect that matters, and the power for it")


def _played_by(frozen: Frozen) -> Iterator[Block]:
    plan, scenario = frozen.plan, frozen.scenario
    people = [("the first user", plan.population)] if plan.population else []
    people += list(plan.populations.items())
    if people:
        rows = [(whose, each.name, each.sha256) for whose, each in people]
        yield new_table(("personas of", "population", "SHA-256 of what it says of people"), rows)
    models = {
        (name, speaker.model)
        for cell in scenario.cells()
        for name, speaker in cell.speakers.items()
        if speaker.model
    }
    if models:
        yield new_table(("speaker", "model that the scenario names"), sorted(models))
    yield _blank("the model that the run is given, with its version and settings")
    prompts = list(plan.prompts.items())
    yield new_table(("shipped prompt", "SHA-256 of its text"), prompts)
