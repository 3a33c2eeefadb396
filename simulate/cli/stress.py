"""`simulate stress`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.figure_options import FigureOptions
from simulate.cli.interruptible import interruptible
from simulate.cli.options import AsJson, ModelOptions, speaker_models, with_options
from simulate.cli.stderr import say
from simulate.cli.stress_options import ReportOptions, ShrinkOptions, StressOptions, Validate

if TYPE_CHECKING:
    from simulate.models.named import NamedModels
    from simulate.stress.analysis import Analysis
    from simulate.stress.api import StressResult
    from simulate.stress.cases.regression import Kept


@with_options
def stress(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A scenario's name or path; or a run file, whose report is made again."
        ),
    ],
    options: StressOptions,
    reports: ReportOptions,
    shrinking: ShrinkOptions,
    drawing: FigureOptions,
    endpoints: ModelOptions,
    validate: Validate = None,
    as_json: AsJson = False,
) -> None:
    """Stress-test a chatbot with diverse users: how often do they see it fail?

    Example: `simulate stress support-refund --target bot.yaml -n 300 --max-failure-rate 0.05`
    """
    from simulate.cli.stress_results import conclude
    from simulate.report.stress_figures import failure_rates
    from simulate.stress.gate import gates_of
    from simulate.synchronous import run_to_end

    by = reports.by
    drawing.check()
    names = endpoints.names()
    if validate:
        from simulate.cli.validate import validate_judges
        from simulate.scenario import load_scenario

        judge = speaker_models(options.speaker_model).get("judge")
        validate_judges(
            load_scenario(scenario),
            validate,
            judge or options.model,
            options.seed,
            names=names,
            share_human_data=options.share_human_data,
            as_json=as_json,
        )
        return
    if options.dry_run:
        from simulate.cli.estimate import print_estimate
        from simulate.stress.api import estimate_stress

        print_estimate(
            run_to_end(estimate_stress(scenario, models=names, **options.plan())),
            as_json=as_json,
            shared=options.share_prefix,
        )
        return
    result: StressResult | None = None
    if _is_run_file(scenario):
        analysis = _analysed(Path(scenario))
    else:
        from simulate.stress.api import stress_test

        result = run_to_end(
            interruptible(stress_test, scenario, models=names, **options.settings())
        )
        analysis = result.analysis
    gates = gates_of(analysis, reports.max_failure_rate, by)
    kept: list[Kept] = []
    problems: list[str] = []
    if shrinking.shrink:
        # What a run of this moment names, the user has let run already.
        trusted = options.allow_code or result is not None
        kept, problems = run_to_end(
            _kept(analysis.run, options, shrinking, names, allow_code=trusted)
        )
    drawing.write(lambda width: failure_rates(analysis, width))
    ours = None if result is None else scenario
    conclude(analysis, gates, ours, result, kept, problems, reports, as_json=as_json)


def _is_run_file(name: str) -> bool:
    """Tell whether a name is that of an SQLite file.

    Raises:
        InputError: it is named like a run file, and there is none.
    """
    if name.endswith(".db") and not Path(name).exists():
        from simulate.errors import InputError

        raise InputError(f"run file {name} is not there")
    from simulate.files.writing import is_database

    return is_database(Path(name))


def _analysed(path: Path) -> Analysis:
    from simulate.errors import InputError
    from simulate.runfile import open_run
    from simulate.runfile.corruption import DAMAGE, damaged
    from simulate.stress.analysis import analyse

    with open_run(path) as file:
        if not file.scenario.checks:
            raise InputError(f"run file {path}: its scenario declares no checks")
        try:
            return analyse(file)
        except DAMAGE as error:
            raise damaged(path, error) from error


async def _kept(
    path: Path,
    options: StressOptions,
    shrinking: ShrinkOptions,
    names: NamedModels,
    *,
    allow_code: bool,
) -> tuple[list[Kept], list[str]]:
    from simulate.models import Models
    from simulate.runfile import open_run
    from simulate.stress.cases.regression import keep

    with open_run(path) as file:
        async with Models(
            tell=say,
            names=names,
            offered=file.scenario.models,
            share_human_data=options.share_human_data,
        ) as models:
            judge = models.chat(options.model)
            models.share(file.human_data, before=file.meta.get("shared"))
            return await keep(
                file,
                shrinking.cases,
                target=options.target,
                judge=judge,
                allow_code=allow_code,
                max_calls=shrinking.max_calls,
                models=models,
                authorised=options.authorised,
            )
