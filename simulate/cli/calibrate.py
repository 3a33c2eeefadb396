"""`simulate calibrate`: do stated distributions say what people do next?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from simulate.cli.exit_codes import EXIT_INTERRUPTED
from simulate.cli.figure_options import FigureOptions
from simulate.cli.interruptible import interruptible
from simulate.cli.options import (
    AsJson,
    Force,
    ModelOptions,
    Out,
    PlayingOptions,
    RandomSeed,
    with_options,
)
from simulate.cli.page_options import HtmlFile, write_document
from simulate.errors import InputError
from simulate.limits import MOST_DIALOGUES, MOST_TURNS
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.calibration.choice import Choice, PreparedWalk
    from simulate.calibration.result import Calibration
    from simulate.calibration.walk import Asks
    from simulate.calibration.walk_maps import MapOf
    from simulate.engine import RunResult


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is walked through, and what is asked."""

    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REF",
            help="Human dialogues: persuasionforgood:FOLDER, or an imported reference. The first "
            "is assessed, and compared with further ones, such as newer data.",
        ),
    ] = None
    dialogues: Annotated[
        int, typer.Option(min=1, max=MOST_DIALOGUES, help="Of each reference, at most.")
    ] = 50
    turns: Annotated[
        int, typer.Option(min=1, max=MOST_TURNS, help="Of each role in each dialogue, at most.")
    ] = 4
    role: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Whose turns. Default: both.")
    ] = None
    split: Annotated[
        Literal["select", "report"] | None,
        typer.Option(help="Only people of this side of the split. Default: both."),
    ] = None
    forecast: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="act, text or outcome. Default: all three."),
    ] = None
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="M",
            help="How it is asked; vs by default. Further ones, also direct, repeated and "
            "population-query, are baselines beside the first.",
        ),
    ] = None
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="Texts, and amounts, of a turn.")] = 5
    history: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Dialogues also as renamed (other names and forms, by rule) or paraphrased (by "
            "the model, a call each): contamination.",
        ),
    ] = None
    untold: Annotated[
        bool, typer.Option("--untold", help="Tell the model nothing of who the person is.")
    ] = False
    situation: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What people were told. Default: PersuasionForGood."),
    ] = None


@dataclass(frozen=True, slots=True)
class _Playing(PlayingOptions):
    out: Out = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the walk --out.")] = False
    seed: RandomSeed = 0
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many calls it takes; call nobody.")
    ] = False

    def settings(self) -> dict[str, Any]:
        return {**self.playing(), "out": self.out, "resume": self.resume}


@dataclass(frozen=True, slots=True)
class _Assessing:
    embeddings: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="The space of texts: offline, or MODEL@URL."),
    ] = None
    margin: Annotated[
        float | None,
        typer.Option(metavar="X", help="The calibration error that counts as none, in (0, 1)."),
    ] = None
    save_map: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Fit a map on the select split, and save it."),
    ] = None
    map_of: Annotated[
        str,
        typer.Option(metavar="WHAT[:ROLE]", help="What the map is of: act, leaving, an outcome."),
    ] = "act"
    map_kind: Annotated[
        Literal["temperature", "isotonic"] | None,
        typer.Option(help="Default: isotonic of an event, else one temperature."),
    ] = None
    html: HtmlFile = None
    force: Force = False

    def fit(self) -> MapOf | None:
        from simulate.calibration.walk_maps import MapOf

        if self.save_map is None:
            return None
        what, _, role = self.map_of.partition(":")
        return MapOf(what, role or None, self.map_kind)


@with_options
def calibrate(
    walk: Annotated[
        Path | None,
        typer.Argument(metavar="WALK", help="The run file of a walk, to be assessed anew."),
    ] = None,
    *,
    choice: _Choice,
    playing: _Playing,
    assessing: _Assessing,
    drawing: FigureOptions,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Walk a model through human dialogues, and say whether what it states comes true.

    At each chosen turn it states the distribution of the person's next act, of the next text and
    of the outcome: Brier, CRPS and energy scores, skill over baselines, reliability, bias.

    Example: `simulate calibrate --model gpt-4.1-mini --reference persuasionforgood:DIR --dry-run`
    """
    from simulate.calibration.api import walk_through
    from simulate.calibration.choice import prepared_walk
    from simulate.calibration.situation import load_situation
    from simulate.calibration.walk_assessment import assess_walk, check_assessment
    from simulate.files.writing import refuse_if_there
    from simulate.synchronous import run_to_end

    references, situation = tuple(choice.reference or ()), load_situation(choice.situation)
    if assessing.save_map is not None and not assessing.force:
        refuse_if_there(assessing.save_map)  # before anything is paid for
    drawing.check()
    if walk is None:
        check_assessment(assessing.margin, assessing.embeddings)
        ready = prepared_walk(references, situation, _chosen(choice, playing.seed))
        if playing.dry_run:
            _print_calls(ready, as_json=as_json)
            return
        names = endpoints.names()
        result = run_to_end(interruptible(walk_through, ready, models=names, **playing.settings()))
        for note in ready.notes:
            print(note, file=sys.stderr)
        _print_ending(result)
        if result.left:
            raise typer.Exit(EXIT_INTERRUPTED)
        walk = result.path
    elif playing.dry_run or playing.resume:
        raise InputError("WALK is assessed as it is; leave it out, and name it with --out")
    found = assess_walk(
        walk,
        references,
        situation,
        embeddings=assessing.embeddings,
        margin=assessing.margin,
        fit=assessing.fit(),
        seed=playing.seed,
        share_human_data=playing.share_human_data,
    )
    _save(found, assessing)
    drawing.write(lambda width: found.plot(width=width))
    if assessing.html:
        from simulate.report.analysis_pages import calibration_page

        write_document(calibration_page(found), assessing.html)
    if as_json:
        print_json({"run": str(walk), **found.to_dict()})
        return
    from simulate.report.calibration_table import print_calibration
    from simulate.terminal.safe_console import SafeConsole

    print_calibration(found, SafeConsole())


def _chosen(options: _Choice, seed: int) -> Choice:
    from simulate.calibration.choice import Choice
    from simulate.calibration.walk import ASKS, ORIGINAL

    return Choice(
        options.dialogues,
        options.turns,
        tuple(options.role or ()),
        options.split,
        cast("tuple[Asks, ...]", tuple(options.forecast or ASKS)),
        tuple(options.method or ("vs",)),
        options.k,
        (ORIGINAL, *(options.history or ())),
        not options.untold,
        seed,
    )


def _print_calls(ready: PreparedWalk, *, as_json: bool) -> None:
    """Say how many calls a walk takes."""
    from simulate.calibration.walk import PARAPHRASED
    from simulate.terminal.safe_text import counted

    made, talks = ready.walk(), len(ready.walked)
    calls = made.calls + (talks if PARAPHRASED in ready.choice.histories else 0)
    people = len({move.person for move in ready.moves})
    if as_json:
        print_json(
            {
                "dialogues": talks,
                "moves": made.moves,
                "people": people,
                "calls": calls,
                "notes": list(ready.notes),
            }
        )
        return
    print(
        f"{counted(made.moves, 'turn')} of {people:,} people in {counted(talks, 'dialogue')}: "
        f"{counted(calls, 'call')}, repairs and retries not counted"
    )
    for note in ready.notes:
        print(note)


def _print_ending(result: RunResult) -> None:
    say = [f"{result.progress} of the walk have ended, {result.failed:,} failed"]
    if result.why is not None:
        say.append(f"stopped: {result.why}")
    if result.left:
        say.append("go on with the same command and --out RUN --resume")
    print("\n".join([*say, f"Run file: {result.path}"]), file=sys.stderr)


def _save(found: Calibration, options: _Assessing) -> None:
    """Write the map."""
    from simulate.reference.map_file import write_map

    if options.save_map is not None:
        write_map(found.fitted[0], options.save_map, force=options.force)
        print(f"Map: {options.save_map}", file=sys.stderr)
