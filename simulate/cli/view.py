"""`simulate view`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.cli.exit_codes import EXIT_INTERRUPTED
from simulate.errors import InputError
from simulate.terminal.output import data_stream, print_json

if TYPE_CHECKING:
    from simulate.runfile.dialogue_list import Order
    from simulate.runfile.run_view import RunView
    from simulate.tui.analyses import Selected

SMALLEST, LARGEST = (20, 6), (500, 300)
"""Bounds of --size, in characters."""


def view(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN…",
            help="A run file, or a folder of them, or the shards of a run. Default: runs/.",
        ),
    ] = None,
    screen: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="runs, dialogues, transcript, prompt, persona, "
            "distributions, failures, live, answer, twins, tree or help.",
        ),
    ] = None,
    dialogue: Annotated[
        str | None, typer.Option(metavar="D", help="Open this dialogue: its number or its key.")
    ] = None,
    turn: Annotated[int | None, typer.Option(min=0, help="Put the cursor on this turn.")] = None,
    filter_: Annotated[
        str, typer.Option("--filter", help="Such as 'cell:vs outcome>0.5 text:\"rent\"'.")
    ] = "",
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="Sort the dialogues by it.")] = "id",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    screenshot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a picture, .svg or .txt; needs no terminal."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Of the picture.")] = "120x36",
    theme: Annotated[
        str | None,
        typer.Option(help="simulate-dark, simulate-light, ansi-dark, ansi-light, …"),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in the browser, on this machine only.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="With --serve.")] = 8000,
    keys: Annotated[
        bool, typer.Option("--keys", help="List commands and keys, and how to change them.")
    ] = False,
    outcome: Annotated[str | None, typer.Option(help="The outcome that a screen is about.")] = None,
    by: Annotated[str | None, typer.Option(help="The attribute of personas it goes by.")] = None,
    cells: Annotated[
        list[str] | None, typer.Option("--cell", help="A cell that it is about; several times.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the dialogue, or --screen, as Markdown.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what --screen says as a page.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what the screen shows as one JSON object.")
    ] = False,
) -> None:
    """Look at a run in the terminal, also while it goes on.

    Example: `simulate view runs/donation.db --filter "cell:vs outcome>0.5"`
    """
    from dataclasses import replace

    from simulate.runfile.dialogue_list import Order
    from simulate.tui.analyses import Selected
    from simulate.tui.headless import SCREENS

    if screen is not None and screen not in SCREENS:
        raise InputError(
            f"--screen {screen}: there is no such screen; there are: {', '.join(SCREENS)}"
        )
    order = Order(filter_, sort, descending)
    if keys:
        _print_keys()
        return
    if serve:
        from simulate.tui.serving import serve as serve_app

        serve_app(_arguments(runs or (), screen, dialogue, turn, order, theme), port)
        return
    still = as_json or markdown or html is not None or screenshot is not None
    with _place(runs or (), follow=not still) as (folder, path):
        selected = Selected(order, None, turn, outcome, by, tuple(cells or ()))
        opened = _checked(path, order) if path is not None else None
        try:
            if opened is not None and dialogue is not None:
                selected = replace(selected, dialogue=opened.find_dialogue(dialogue))
            if as_json or markdown or html is not None:
                _write_data(screen, folder, opened, selected, html, markdown)
                return
        finally:
            if opened is not None:
                opened.close()
        _open(folder, path, screen, selected, theme, screenshot, size)


@contextmanager
def _place(runs: Sequence[Path], *, follow: bool) -> Iterator[tuple[Path, Path | None]]:
    """Give the folder whose runs are listed, and the run to open: of shards, a file of them all.

    Args:
        runs: what was named.
        follow: whether a file of shards grows as they do.
    """
    from simulate.runfile.run_folder import runs_in

    if len(runs) > 1:
        from simulate.engine.shards_together import together

        with together(runs, follow=follow) as path:
            yield runs[0].parent, path
    elif runs and not runs[0].is_dir():
        yield runs[0].parent, runs[0]
    else:
        folder = runs[0] if runs else Path("runs")
        there = runs_in(folder)
        yield folder, next((each.path for each in there if each.problem is None), None)


def _checked(path: Path, order: Order) -> RunView:
    """Open a run and make sure that filter and sort can be used with it."""
    from simulate.runfile.run_view import RunView

    view = RunView(path)
    try:
        view.check(order)
    except BaseException:
        view.close()
        raise
    return view


def _arguments(
    runs: Sequence[Path],
    screen: str | None,
    dialogue: str | None,
    turn: int | None,
    order: Order,
    theme: str | None,
) -> list[str]:
    found = [str(run) for run in runs]
    options = {
        "--screen": screen,
        "--dialogue": dialogue,
        "--turn": turn,
        "--filter": order.filter or None,
        "--sort": order.sort,
        "--theme": theme,
    }
    for name, value in options.items():
        if value is not None:
            found.append(f"{name}={value}")
    return [*found, "--descending"] if order.descending else found


def _write_data(
    screen: str | None,
    folder: Path,
    opened: RunView | None,
    selected: Selected,
    html: Path | None,
    markdown: bool,
) -> None:
    """Write what a screen shows: as a page, as Markdown, or as JSON."""
    from simulate.tui.analyses import ANALYSES
    from simulate.tui.headless import screen_data

    if (html is not None or markdown) and screen in ANALYSES:
        _write_document(screen, opened, selected, html)
    elif html is not None:
        raise InputError(f"--html needs --screen and one of: {', '.join(ANALYSES)}")
    elif markdown:
        _print_dialogue(opened, selected.dialogue)
    else:
        default = "dialogues" if selected.dialogue is None else "transcript"
        print_json(screen_data(screen or default, folder, opened, selected))


def _write_document(
    screen: str, opened: RunView | None, selected: Selected, html: Path | None
) -> None:
    from simulate.cli.page_options import write_document
    from simulate.comparison.progress import untold
    from simulate.report.document import folded
    from simulate.report.document_markdown import to_markdown
    from simulate.runfile.meta import attack_told
    from simulate.tui.analyses import ANALYSES

    if opened is None:
        raise InputError(f"--screen {screen} needs a run")
    document = ANALYSES[screen](opened, selected, untold).document()
    if (attack := attack_told(opened.reader.meta)) is not None:
        document = folded(document, attack)
    if html is None:
        print(to_markdown(document), end="", file=data_stream())
    else:
        write_document(document, html)


def _print_dialogue(opened: RunView | None, dialogue: int | None) -> None:
    from simulate.tui.dialogue_data import read_transcript
    from simulate.tui.dialogue_text import dialogue_markdown

    if opened is None or dialogue is None:
        raise InputError("--markdown needs a run and --dialogue D, or --screen")
    transcript = read_transcript(opened, dialogue)
    if transcript is not None:
        print(dialogue_markdown(transcript, opened.path.name), end="", file=data_stream())


def _print_keys() -> None:
    from simulate.tui.bindings import all_keys
    from simulate.tui.user_settings import settings_path

    print(f"# Change a key in {settings_path()}:\nkeys:")
    for name, key, what in all_keys():
        print(f"  {name}: {key:<24} # {what}")


def _open(
    folder: Path,
    path: Path | None,
    screen: str | None,
    selected: Selected,
    theme: str | None,
    screenshot: Path | None,
    size: str,
) -> None:
    from dataclasses import replace

    from simulate.cli.view_app import check_terminal, run_app

    measures = _read_size(size)
    if screenshot is None:
        check_terminal()
    elif screenshot.suffix not in (".svg", ".txt"):
        raise InputError(f"--screenshot {screenshot}: must end in .svg or .txt")
    from simulate.tui.app import ViewApp
    from simulate.tui.user_settings import read_settings, settings_path

    settings = read_settings(settings_path())
    if theme is not None:
        from simulate.tui.themes import theme_names

        known = theme_names()
        if theme not in known:
            raise InputError(
                f"--theme {theme}: there is no such theme; there are: {', '.join(sorted(known))}"
            )
        settings = replace(settings, theme=theme)
    app = ViewApp(
        folder,
        path,
        selected=selected,
        settings=settings,
        first_screen=screen,
        follows=screenshot is None,
    )
    if screenshot is not None:
        from simulate.tui.picture import write_picture

        write_picture(app, screen or "dialogues", measures, screenshot)
        print(f"wrote {screenshot}", file=sys.stderr)
        return
    if run_app(app):
        raise typer.Exit(EXIT_INTERRUPTED)


def _read_size(text: str) -> tuple[int, int]:
    """Read `WIDTHxHEIGHT` in characters.

    Raises:
        InputError: it is not that, or out of range.
    """
    from simulate.errors import quote

    width, x, height = text.lower().partition("x")
    if not (x and width.isdecimal() and height.isdecimal() and len(text) < 20):
        raise InputError(f"--size {quote(text, 40)}: write WIDTHxHEIGHT, like 120x40")
    size = (int(width), int(height))
    if not all(low <= n <= high for low, n, high in zip(SMALLEST, size, LARGEST, strict=True)):
        raise InputError(
            f"--size {text}: must lie between {SMALLEST[0]}x{SMALLEST[1]} and "
            f"{LARGEST[0]}x{LARGEST[1]}"
        )
    return size
