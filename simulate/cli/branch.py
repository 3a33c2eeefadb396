"""`simulate branch`: go on from a reply that was not drawn."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_FAILED_DIALOGUES, EXIT_INTERRUPTED
from simulate.cli.figure_options import FigureOptions
from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AsJson,
    ModelOptions,
    PlayingOptions,
    SpeakerModel,
    speaker_models,
    with_options,
)
from simulate.errors import InputError
from simulate.limits import MOST_DIALOGUES
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.engine.branching import BranchResult


@dataclass(frozen=True, slots=True)
class _Options(PlayingOptions):
    """Where the dialogue is left, and who plays what follows."""

    turn: Annotated[
        int | None, typer.Option(metavar="I", min=0, help="The turn that is left, from 0.")
    ] = None
    choose: Annotated[
        int | None, typer.Option(metavar="J", min=0, help="The candidate taken there, from 0.")
    ] = None
    explore: Annotated[
        bool,
        typer.Option(
            "--explore", help="Try the listed replies of each user turn: surprise and leverage."
        ),
    ] = False
    budget_calls: Annotated[
        int | None,
        typer.Option(metavar="N", help="With --explore: calls of all rollouts at most."),
    ] = None
    outcome: Annotated[
        str | None, typer.Option(help="With --explore: whose mean; default: the first with one.")
    ] = None
    n: Annotated[
        int | None,
        typer.Option("--n", "-n", min=1, max=MOST_DIALOGUES, help="Branches in all. Default: 1."),
    ] = None
    speaker_model: SpeakerModel = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many calls it takes at most; call nobody.")
    ] = False

    def check(self, figure: Path | None) -> None:
        """Refuse an option that says nothing here.

        Raises:
            InputError: it is of the other way to branch.
        """
        one = {"--turn": self.turn, "--choose": self.choose, "-n": self.n}
        many = {
            "--budget-calls": self.budget_calls,
            "--outcome": self.outcome,
            "--figure": figure,
        }
        wrong = [name for name, said in (one if self.explore else many).items() if said is not None]
        if wrong:
            how = "have no meaning with" if self.explore else "are for"
            raise InputError(f"{', '.join(wrong)} {how} --explore; leave them out")

    def playing(self) -> dict[str, Any]:
        given = PlayingOptions.playing(self)
        return given | {"speaker_models": speaker_models(self.speaker_model)}


@with_options
def branch(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    options: _Options,
    drawing: FigureOptions,
    endpoints: ModelOptions,
    dialogue: Annotated[
        str | None, typer.Argument(metavar="[DIALOGUE]", help="Its key, or its number from 0.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go on from a candidate that was not drawn: branches of a dialogue, into the same run file.

    Give the models as for `simulate run --resume`. The same command again goes on where it was
    interrupted; with a larger -n, or budget, it adds branches.

    Example: `simulate branch runs/donation.db 3 --turn 5 --choose 2 -n 20`

    What hangs on each turn: `simulate branch runs/donation.db 3 --explore --budget-calls 2000`
    """
    from simulate.synchronous import run_to_end

    options.check(drawing.figure)
    drawing.check()
    if options.explore:
        _explore(run, dialogue, options, drawing, endpoints, as_json=as_json)
        return
    if dialogue is None:
        raise InputError("name the DIALOGUE that is left; --explore alone takes the whole run")

    from simulate.engine.branching import branch as branched

    if options.turn is None or options.choose is None:
        raise InputError("say where the dialogue is left, and what is said there: --turn, --choose")
    n = options.n or 1
    at: dict[str, Any] = {"turn": options.turn, "choose": options.choose, "n": n}
    if options.dry_run:
        from simulate.engine.branch_estimate import calls_of_branches

        calls = run_to_end(calls_of_branches(run, dialogue, **at))
        _print_calls(n, calls, as_json=as_json)
        return
    result = run_to_end(
        interruptible(branched, run, dialogue, **at, models=endpoints.names(), **options.playing())
    )
    if as_json:
        print_json(
            {
                "run": str(result.path),
                "parent": result.parent,
                "turn": result.turn,
                "chosen": result.chosen,
                "branches": list(result.keys),
                "dialogues": {"completed": result.completed, "failed": result.failed},
                "seconds": round(result.seconds, 3),
            }
        )
    _print_ending(result)
    if result.left:
        raise typer.Exit(EXIT_INTERRUPTED)
    if result.failed:
        raise typer.Exit(EXIT_FAILED_DIALOGUES)


def _explore(
    run: Path,
    dialogue: str | None,
    options: _Options,
    drawing: FigureOptions,
    endpoints: ModelOptions,
    *,
    as_json: bool,
) -> None:
    from simulate.comparison.leverage import explore, foresee
    from simulate.report.leverage_table import print_leverage
    from simulate.runfile import open_run
    from simulate.synchronous import run_to_end
    from simulate.terminal.safe_console import SafeConsole

    if options.budget_calls is None:
        raise InputError("say how many calls the rollouts may take at most: --budget-calls N")
    if options.dry_run:
        with open_run(run, with_branches=True) as file:
            coming = run_to_end(foresee(file, dialogue, options.budget_calls)).to_dict()
        if as_json:
            print_json(coming)
        else:
            print(
                f"{coming['turns']:,} of {coming['turns_able']:,} turns that can be, at most "
                f"{coming['calls_at_most']:,} calls beside those that are asked again; pilot: "
                f"{coming['pilot_rollouts']} rollouts of each reply"
            )
        return
    found = run_to_end(
        interruptible(
            explore,
            run,
            dialogue,
            budget_calls=options.budget_calls,
            outcome=options.outcome,
            models=endpoints.names(),
            **options.playing(),
        )
    )
    if as_json:
        print_json(found.to_dict())
    else:
        print_leverage(found, SafeConsole())
    if found.stopped is not None:
        raise typer.Exit(EXIT_INTERRUPTED)
    drawing.write(lambda width: found.plot(width=width))


def _print_calls(branches: int, calls: int, *, as_json: bool) -> None:
    from simulate.terminal.safe_text import counted

    if as_json:
        print_json({"branches": branches, "calls_at_most": calls})
    else:
        print(
            f"{counted(branches, 'branch')}, at most {calls:,} calls, "
            "beside those that are asked again"
        )


def _print_ending(result: BranchResult) -> None:
    from simulate.terminal.safe_text import block, counted

    of = f"of dialogue {result.parent}, turn {result.turn}, candidate {result.chosen}"
    say = [f"{counted(result.completed, 'branch')} {of} completed, {result.failed} failed"]
    if result.why is not None:
        say.append(f"stopped: {result.why}")
    if result.left:
        say.append(f"{result.left} left: go on with the same command")
    shown = ", ".join(result.keys[:3]) + (", …" if len(result.keys) > 3 else "")
    say += [f"Branches: {shown}", f"Run file: {result.path} (simulate export --with branches)"]
    print("\n".join(map(block, say)), file=sys.stderr)
