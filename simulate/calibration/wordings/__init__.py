"""Which wording of the prompts that ask for distributions is better, for a scenario and a model.

A wording is a version of the shipped prompts, or a template of the user's own. Each is a cell of
one run, with the same personas and random numbers. They are compared by criteria in an order that
is fixed beforehand: validity, calibration to known truths, the next human act, the outcome's
distance from humans, language, tokens; see `criteria` and `statistics.ordered_criteria`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulate.calibration.wordings.criteria import checked_margins
from simulate.calibration.wordings.deciding import decided
from simulate.calibration.wordings.next_act import DIALOGUES
from simulate.calibration.wordings.playing import Prepared, estimated, played, prepared
from simulate.calibration.wordings.result import WordingRow, Wordings
from simulate.calibration.wordings.truths import FEWEST, REPEATS
from simulate.engine import Listener
from simulate.limits import MOST_DIALOGUES, check_number
from simulate.models import AnyModel, ModelNames
from simulate.population import Population
from simulate.runfile import open_run
from simulate.scenario import Scenario
from simulate.synchronous import twin

__all__ = [
    "REPEATS",
    "Prepared",
    "WordingRow",
    "Wordings",
    "checked_margins",
    "decided",
    "estimated",
    "played",
    "prepared",
    "wordings",
    "wordings_sync",
]


async def wordings(
    scenario: str | Path | Scenario,
    templates: Sequence[str],
    *,
    reference: str | None = None,
    language: str | None = None,
    outcome: str | None = None,
    cell: str | None = None,
    margins: Mapping[str, float] | None = None,
    repeats: int = REPEATS,
    dialogues: int = DIALOGUES,
    n: int | None = None,
    model: AnyModel | None = None,
    models: ModelNames | None = None,
    population: str | Path | Population | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    listener: Listener | None = None,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> Wordings:
    """Play a scenario with each of some wordings, and decide which is better.

    Args:
        scenario: a shipped scenario's name, a path, or a scenario.
        templates: 2 to 10 wordings: `1` or `2` for a version of the shipped prompts, or the path
            of a Jinja file, which stands in place of the prompt of the users' method.
        reference: a REF of human outcomes; by default what the scenario compares with.
        language: a REF of how humans talk; by default the reference, where it has texts.
        outcome: which outcome is compared; by default the first that the scenario compares.
        cell: which cell of the scenario is played, where it has several.
        margins: criterion to margin, where it is not the usual one.
        repeats: how often each known truth is asked with each wording, ≥ 2.
        dialogues: how many human dialogues are walked through for the next act, at most, where the
            reference has some.
        n: dialogues of each wording; by default what the scenario says.
        model: a model or its SPEC; see `run` for it and those that follow.
        models: names for models.
        population: who is simulated; of `IMPORTER:PATH`, those on the select side alone.
        seed: of every random choice.
        out: the run file.
        resume: go on with it.
        listener: is told what happens in the run.
        tell: is told, in a sentence, which truth is asked about.
        settings: further options of `simulate.run`, such as `budget_tokens`.

    Raises:
        InputError: a file or an argument is wrong.
        StatisticsError: the run was stopped, so that dialogues are still to do.
        RunStoppedError: the budget is reached amid known truths.
        RunFileError, EndpointError: see `run`.
    """
    checked_margins(margins)
    check_number("repeats", repeats, FEWEST, MOST_DIALOGUES)
    coming = prepared(
        scenario,
        templates,
        outcome=outcome,
        reference=reference,
        language=language,
        dialogues=dialogues,
        cell=cell,
        seed=seed,
        methods=settings.pop("methods", ()),
        population=population,
        allow_code=bool(settings.get("allow_code")),
        target=settings.get("target"),
    )
    result = await played(
        coming,
        repeats=repeats,
        tell=tell,
        n=n,
        model=model,
        models=models,
        seed=seed,
        out=out,
        resume=resume,
        listener=listener,
        **settings,
    )
    with open_run(result.path) as file:
        return decided(file, coming.against, margins)


wordings_sync = twin(wordings)
