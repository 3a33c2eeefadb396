"""Limits of what a run can show, each said only where it holds."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.comparison.result import Comparison
from simulate.report.document import Items, Section, section
from simulate.report.supplement.gathered import CANNED, EMBEDDED, Gathered, kind_of
from simulate.report.supplement.origin import NO_PERSON
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.safe_text import counted


def limits(known: Gathered) -> Section:
    """Return the limits of the run."""
    return section("Limits", Items(tuple(limits_told(known))))


def limits_told(known: Gathered) -> Iterator[str]:
    """Yield a sentence for each limit that holds of this run."""
    yield NO_PERSON
    if known.populations:
        yield (
            "Personas are portrayals by a model of people with some attributes; what they say of "
            "groups of people is the model's portrayal of these groups."
        )
    yield from _of_models(known)
    yield from _of_what_was_played(known)
    yield from _of_size(known)
    if known.run.frozen is None:
        yield (
            "No plan was frozen before the run: nothing here distinguishes an analysis that was "
            "planned from one that was chosen after the results were seen."
        )
    if known.scenario.exclude and len(known.cells) > 1:
        yield (
            f"Dialogues were left out by what was measured in them "
            f"({', '.join(known.scenario.exclude)}). Where a condition changes who is left out, "
            "cells differ in the people who are left, too, and a difference between them is no "
            "effect of the condition alone: see how many each cell lost, and all dialogues by "
            "`simulate summary --with-excluded`."
        )
    compared = [each.outcome for each in known.compared if isinstance(each, Comparison)]
    if not compared:
        yield (
            "No human data were compared: how far the outcomes are from those of people is not "
            "known."
        )
    elif left := [name for name in known.scenario.outcomes if name not in compared]:
        yield f"Compared with human data: {', '.join(compared)}. Not compared: {', '.join(left)}."


def _of_models(known: Gathered) -> Iterator[str]:
    kinds = {model: kind_of(model) for model in known.models}
    if EMBEDDED in kinds:
        yield (
            "The embedded model is tiny (135 million parameters): it shows that a procedure works, "
            "and says nothing of people."
        )
    if canned := [model for model, kind in kinds.items() if kind in CANNED]:
        yield f"{', '.join(canned)}: canned answers; no language model was asked there."
    if len(kinds) == 1:
        yield "One model spoke for everybody: nothing is known of other models."
    if changed := [model for model, by in known.answered.items() if len(by) > 1]:
        yield f"What answered {', '.join(changed)} changed amid the run; see Model as served."
    if set(kinds.values()) - {EMBEDDED, *CANNED}:
        yield (
            "What the models were trained on is not known from this file; they may have read "
            "published studies with the same questions, and their results."
        )
    if known.judges:
        yield (
            f"Judged by a model, with no human judge beside it in this file: "
            f"{', '.join(known.judges)}."
        )


def _of_what_was_played(known: Gathered) -> Iterator[str]:
    cells = known.cells
    users = [s for cell in cells for s in cell.speakers.values() if s.plays == "user"]
    if any(user.method.states for user in users):
        yield (
            "Probabilities are those that the model states of its own replies; that they are right "
            "is not shown by stating them."
        )
    if any(not u.method.draw_settings.as_stated or u.tail for u in users if u.method.verbalizes):
        yield (
            "In some cells replies were drawn otherwise than by their stated probabilities (see "
            "Methods and draws): what was said there is no sample of what is thought likely."
        )
    if not known.scenario.nuisance:
        yield (
            "No condition is declared as a nuisance, such as another wording: how far the outcomes "
            "hang on the wording of prompts and questions is not known."
        )
    given = known.run.given_turns()
    if given:
        yield f"{counted(given, 'turn')} were given, and not generated in this run."
    declared = [people for _, people, _ in known.populations if people.attributes]
    if declared:
        names = ", ".join(dict.fromkeys(people.population for people in declared))
        yield (
            f"Personas of {names} are drawn from distributions of single attributes, joined by "
            "what correlations are declared and by nothing else; no such person need exist."
        )
    if known.targets:
        yield "An external system is as it was on these days, with what it remembered then."


def _of_size(known: Gathered) -> Iterator[str]:
    people = len(known.run.personas)
    if people < FEWEST_PERSONAS:
        yield (
            f"{counted(people, 'persona')}: too few for an interval, which needs {FEWEST_PERSONAS}."
        )
    if all(each.replicates <= 1 for each in known.sizes) and known.sizes:
        yield (
            "Each persona was run once in a cell: how much of the variance lies between personas, "
            "and how much between reruns of one, cannot be told apart."
        )
    totals = known.totals
    if totals.failed:
        yield (
            f"{totals.failed:,} of {counted(totals.dialogues, 'dialogue')} failed, and need not "
            "be like the others."
        )
    if excluded := len(known.run.rules_of_dialogues()):
        yield (
            f"{excluded:,} of {counted(totals.completed, 'completed dialogue')} are left out by "
            "rule, for what was measured in them: who stays may differ from cell to cell, and "
            "differences are between those who stay (`simulate summary --with-excluded` counts "
            "all)."
        )
    if missing := totals.left:
        yield f"The run is not finished: {counted(missing, 'dialogue')} are missing."
