"""`simulate target`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.exit_codes import EXIT_BAD_INPUT, EXIT_GATE
from simulate.cli.options import AsJson
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.engine.try_target import Tried, Trying
    from simulate.targets.exchange import Exchange

SHOWN = 1_000
"""Characters of a body that are shown."""
MOST = 20
"""Messages and calls of one turn that are shown."""
UNREAD = {
    *("date", "server", "connection", "keep-alive", "transfer-encoding", "vary", "via"),
    *("content-length", "content-encoding", "accept-encoding", "accept", "host", "user-agent"),
}
"""Headers that say nothing of a bot."""

app = typer.Typer(help="Systems under test.", no_args_is_help=True)

Values = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="What its templates see of a dialogue, likewise."),
]


@app.callback()
def target() -> None:
    """Systems under test.

    Example: `simulate target try bot.yaml`
    """


@app.command(name="try")
def try_(
    spec: Annotated[
        str, typer.Argument(metavar="FILE-OR-SPEC", help="A target file, or a target SPEC.")
    ],
    message: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="What it is told, in place of a number and what it was; repeat."
        ),
    ] = None,
    persona: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="An attribute of the persona that its templates see."
        ),
    ] = None,
    cell: Values = None,
    variable: Values = None,
    as_json: AsJson = False,
) -> None:
    """Talk to a target for two turns: show each request and answer, and what is odd.

    Exit code 0: all well; 1: something is odd, such as a bot that forgot the first turn; 2: nothing
    usable came.

    Example: `simulate target try bot.yaml`
    """
    from simulate.engine.try_target import try_target
    from simulate.synchronous import run_to_end
    from simulate.targets import open_target, read_target

    own = {"id": "someone", "prose": "You are someone who writes to the bot."}
    values = {
        "persona": own | _pairs("--persona", persona),
        "cell": _pairs("--cell", cell),
        "variables": _pairs("--variable", variable),
    }
    config = read_target(spec)

    async def tried() -> Trying:
        opened = open_target(config)
        try:
            return await try_target(opened, message or (), values)
        finally:
            await opened.aclose()

    found = run_to_end(tried())
    if as_json:
        steps = [step.to_dict() for step in found.steps]
        told = {"warnings": found.warnings, "error": found.error or None}
        print_json({"target": found.target, "kind": config.kind, "steps": steps, **told})
    else:
        _print(found, config.kind)
    if found.error:
        raise typer.Exit(EXIT_BAD_INPUT)
    if found.warnings:
        raise typer.Exit(EXIT_GATE)


def _pairs(option: str, pairs: Sequence[str] | None) -> dict[str, Any]:
    """Read NAME=VALUE pairs; a number stays one."""
    from simulate.errors import InputError, quote

    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InputError(f"{option} {quote(pair)}: write NAME=VALUE")
        try:
            number = json.loads(value)
        except ValueError:
            number = None
        found[name] = number if isinstance(number, int | float) else value
    return found


def _print(found: Trying, kind: str) -> None:
    """Show all of it, and the warnings at the end."""
    from rich.text import Text

    from simulate.terminal.safe_console import SafeConsole
    from simulate.terminal.safe_text import block

    console = SafeConsole()

    def show(line: str, style: str = "", indent: int = 0) -> None:
        for each in block(line).split("\n"):
            console.print(Text(" " * indent + each, style=style), soft_wrap=True)

    show(f"{found.target} ({kind})")
    for step in found.steps:
        console.print()
        said = "" if step.message is None else f": “{step.message}”"
        show(f"{step.what}{said}", "bold")
        for exchange in step.exchanges:
            for line, style, indent in _exchange(exchange, step.what, found.error):
                show(line, style, indent)
        for line, style in _came(step, found.error):
            show(line, style, 2)
    console.print()
    for warning in found.warnings:
        show(f"warning: {warning}", "yellow")
    if found.error:
        show(f"error: {found.error}", "red")
    elif not found.warnings:
        show(
            "All well: it answered each turn, and remembers the first one."
            if _asked(found)
            else "All well: it answered each turn."
        )


def _asked(found: Trying) -> bool:
    """Tell whether it was asked what it was told."""
    from simulate.engine.try_target import RECALL

    return any(step.message == RECALL for step in found.steps)


def _exchange(exchange: Exchange, step: str, last: str) -> Iterator[tuple[str, str, int]]:
    """Iterate over the lines on a request and its answer: text, style and indent.

    An error that is told last is not told here.
    """
    if exchange.what not in ("turn", step):
        yield exchange.what, "italic", 2
    yield f"→ {exchange.method} {exchange.url}", "cyan", 2
    yield from ((line, "dim", 6) for line in _headers(exchange.headers))
    if exchange.body:
        yield _cut(exchange.body), "", 6
    took = f"{exchange.seconds:.2f} s"
    yield f"← {exchange.status or 'no answer'}, {took}", "cyan", 2
    yield from ((line, "dim", 6) for line in _headers(exchange.answer_headers))
    if exchange.answer:
        yield _cut(exchange.answer), "", 6
    for name, value in exchange.captured.items():
        yield f"captured {name}: {_cut(_json(value))}", "green", 4
    if exchange.error and exchange.error != last:
        yield f"error: {exchange.error}", "red", 4


def _headers(headers: Any) -> Iterator[str]:
    return (f"{name}: {_cut(v, 200)}" for name, v in headers.items() if name.lower() not in UNREAD)


def _came(step: Tried, last: str) -> Iterator[tuple[str, str]]:
    """Iterate over the lines on what was read: text and style."""
    if step.reply is not None:
        messages, calls = step.reply.messages, step.reply.tool_calls
        for text in messages[:MOST]:
            yield f"reply: “{_cut(text)}”", "green"
        for call in calls[:MOST]:
            yield f"calls {_cut(call.name, 200)} {_cut(_json(dict(call.arguments)))}", "green"
        for what, came in (("messages", messages), ("calls", calls)):
            if len(came) > MOST:
                yield f"… {len(came):,} {what} in all", "green"
        facts = [f"{step.reply.latency_s:.2f} s"]
        if step.reply.attempts > 1:
            facts.append(f"sent {step.reply.attempts} times until it was let in")
        if step.reply.ends:
            facts.append("the target closes the conversation")
        yield "; ".join(facts), "dim"
    if step.state is not None:
        yield f"state: {_cut(_json(step.state))}", "green"
    if step.error not in ("", last) and not any(exchange.error for exchange in step.exchanges):
        yield f"error: {step.error}", "red"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str, most: int = SHOWN) -> str:
    more = f"… ({len(text):,} characters in all)" if len(text) > most else ""
    return text[:most] + more
