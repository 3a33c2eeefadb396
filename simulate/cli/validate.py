"""`--validate`: ask judges about dialogues that people have labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.cli.stderr import say
from simulate.errors import InputError
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.models.named import NamedModels
    from simulate.scenario import Scenario
    from simulate.stress.judge_validation import Validation


def validate_judges(
    loaded: Scenario,
    pairs: Sequence[str],
    model: str | None,
    seed: int,
    *,
    names: NamedModels,
    share_human_data: str | None,
    as_json: bool,
) -> None:
    """Ask judges, played by a model, about dialogues that people have labelled."""
    from simulate.engine.labelled import asking, labelled_told, read_labelled
    from simulate.models import Models
    from simulate.report.validation_table import print_validation
    from simulate.stress.checks.kinds.judged import Judge
    from simulate.stress.judge_validation import LABELS, validate_judge
    from simulate.synchronous import run_to_end
    from simulate.terminal.safe_console import SafeConsole

    async def each(name: str, path: str) -> Validation:
        check = loaded.checks.get(name)
        if check is None or not isinstance(check.rule, Judge):
            asking_judges = [n for n, c in loaded.checks.items() if isinstance(c.rule, Judge)]
            judged = ", ".join(asking_judges) or "none"
            raise InputError(
                f"--validate {name}: no check of scenario {loaded.name} that a model judges has "
                f"this name; there are: {judged}"
            )
        labelled = read_labelled(path, LABELS)
        async with Models(
            tell=say, names=names, offered=loaded.models, share_human_data=share_human_data
        ) as models:
            judge = models.chat(model)
            models.share([labelled_told(path)])
            return await validate_judge(
                check.rule,
                labelled,
                asking(judge, seed),
                description=loaded.description,
                version=loaded.prompt_version,
            )

    found: dict[str, Validation] = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or not path:
            raise InputError(f"--validate {pair}: write CHECK=FILE")
        found[name] = run_to_end(each(name, path))
    if as_json:
        print_json({name: each.to_dict() for name, each in found.items()})
        return
    for name, each_found in found.items():
        print_validation(name, each_found, SafeConsole())
