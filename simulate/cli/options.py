"""Options that several commands share, each worded once, and records of those that go together."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_type_hints

import typer

from simulate.limits import LARGEST_SEED, MOST_AT_ONCE, MOST_DIALOGUES

if TYPE_CHECKING:
    from simulate.files.tables import Reading
    from simulate.models.named import NamedModels
    from simulate.reference.table_columns import TableColumns

R = TypeVar("R")

Scenario = Annotated[
    str, typer.Argument(help="A shipped scenario's name, or the path of a .yaml file.")
]
Model = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="embedded; NAME (at OPENAI_BASE_URL); NAME@http://host:port/v1; openai:NAME; "
        "openai-responses:NAME; azure:DEPLOYMENT; a name in the models file; scripted:FILE. "
        "Default: SIMULATE_MODEL, else embedded.",
    ),
]
SpeakerModel = Annotated[
    list[str] | None,
    typer.Option(metavar="SPEAKER=SPEC", help="The model of one speaker, or of `judge`."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
Embeddings = Annotated[
    str | None,
    typer.Option(metavar="SPEC", help="For semantic diversity: offline, or MODEL@URL."),
]
ShareHumanData = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help="Why data of people may be sent to an endpoint that is not on this machine "
        "(docs/human-data.md).",
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_AT_ONCE,
        help="Dialogues at once. Default: 32 at an endpoint (20,000 with --batch), else what suits "
        "the model.",
    ),
]
BudgetUsd = Annotated[
    float | None, typer.Option(metavar="X", help="Stop, resumably, before the run has cost more.")
]
BudgetTokens = Annotated[
    int | None, typer.Option(metavar="N", help="Stop, resumably, before it has taken more tokens.")
]
RequestsPerMinute = Annotated[
    int | None, typer.Option(metavar="N", help="Requests per minute that a host gets at most.")
]
TokensPerMinute = Annotated[
    int | None, typer.Option(metavar="N", help="Tokens per minute that a host gets at most.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; call nobody.")
]
MapFile = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="FILE",
        help="A probability map that `simulate calibrate` fitted to people.",
    ),
]
RandomSeed = Annotated[
    int, typer.Option(min=-LARGEST_SEED, max=LARGEST_SEED, help="Of all random choices.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="RUN", help="The run file. Default: a new one in runs/.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run --out.")]

WithExcluded = Annotated[
    bool,
    typer.Option(
        "--with-excluded",
        help="Count the dialogues, too, that the scenario's `exclude` leaves out.",
    ),
]


WithBranches = Annotated[
    Literal["branches"] | None,
    typer.Option("--with", help="branches: count the branches of the run, too."),
]


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What is said of tables: which column is what, and how their files are to be read."""

    column: Annotated[str | None, typer.Option(help="Column of a table.")] = None
    persona_column: Annotated[
        str | None,
        typer.Option(help="Column that says who gave the value; `none`: each row another person."),
    ] = None
    dialogue_column: Annotated[
        str | None,
        typer.Option(help="Column that says in which dialogue; `none`: each row another dialogue."),
    ] = None
    weight_column: Annotated[
        str | None,
        typer.Option(help="Column of weights: of people, of dialogues, or of their candidates."),
    ] = None
    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE,…",
            help="Codes of a table that stand for a missing value, such as -99,NA; `none`: no "
            "other does.",
        ),
    ] = None
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None
    decimal: Annotated[
        str | None, typer.Option(metavar=".|,", help="What stands before decimals in a text file.")
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Between columns of a text file: comma, semicolon, tab or bar."
        ),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a text file, such as latin-1.")
    ] = None

    def codes(self) -> tuple[str, ...]:
        """Return what stands for a missing value; a code with a comma is put in quotation marks."""
        rows = csv.reader(self.missing or (), skipinitialspace=True)
        return tuple(code.strip() for row in rows for code in row)

    def reading(self) -> Reading:
        """Return how files are to be read.

        Raises:
            InputError: an option breaks a rule.
        """
        from simulate.files.tables import Reading

        return Reading(self.encoding, self.delimiter, self.decimal, self.sheet)

    def columns(self) -> TableColumns:
        """Return what is said of the columns of tables."""
        from simulate.reference.table_columns import TableColumns

        named = (self.column, self.persona_column, self.dialogue_column, self.weight_column)
        return TableColumns(*named, self.codes(), self.reading())


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How the models at endpoints that the user names are called."""

    models: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Names for models and their settings (docs/models.md). Default: SIMULATE_MODELS, "
            "else models.yaml here.",
        ),
    ] = None
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'NAME: VALUE'", help="A further header; VALUE may be {{ env.VARIABLE }}."
        ),
    ] = None
    query: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A parameter of every URL.")
    ] = None
    body: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=JSON", help="A further field of every request."),
    ] = None
    try_timeout: Annotated[
        float | None,
        typer.Option(metavar="S", help="Seconds that one try of a call may take. Default: 120."),
    ] = None
    connections: Annotated[
        int | None,
        typer.Option(metavar="N", help="Requests that are open at a host at once, at most."),
    ] = None

    def names(self) -> NamedModels:
        """Return the names that models have, and the settings that all of the user's share.

        Raises:
            InputError: an option or the models file breaks a rule.
        """
        from simulate.cli.model_settings import named, settings

        common = settings(self.header, self.query, self.body, self.try_timeout, self.connections)
        return named(self.models, common)


@dataclass(frozen=True)
class PlayingOptions:
    """Which model plays, and what that may take, where what is played is known already."""

    model: Model = None
    concurrency: Concurrency = None
    budget_usd: BudgetUsd = None
    budget_tokens: BudgetTokens = None
    rpm: RequestsPerMinute = None
    tpm: TokensPerMinute = None
    share_human_data: ShareHumanData = None

    def playing(self) -> dict[str, Any]:
        """Return all of it, as whatever plays takes it."""
        return {field.name: getattr(self, field.name) for field in fields(PlayingOptions)}


@dataclass(frozen=True)
class PlanOptions:
    """What is played: `simulate plan` takes these, and whatever plays it does, too."""

    model: Model = None
    speaker_model: SpeakerModel = None
    population: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Who is simulated: a file, a shipped name, or IMPORTER:PATH."
        ),
    ] = None
    n: Annotated[
        int | None, typer.Option("--n", "-n", min=1, max=MOST_DIALOGUES, help="Dialogues per cell.")
    ] = None
    method: Annotated[
        list[str] | None,
        typer.Option(metavar="M", help="Only these levels of the condition `method`."),
    ] = None
    seed: RandomSeed = 0
    target: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="The system under test: http://…, ws://…, python:module:function, "
            "command:PROGRAM …, model:SPEC, or a target file (.yaml).",
        ),
    ] = None
    allow_code: Annotated[
        bool,
        typer.Option(
            "--allow-code",
            help="Trust the scenario file: it may name functions, commands and secrets to send.",
        ),
    ] = False

    def plan(self) -> dict[str, Any]:
        """Return what is played, as `simulate.engine.estimate` and `run` take it."""
        return {
            "n": self.n,
            "model": self.model,
            "speaker_models": speaker_models(self.speaker_model),
            "population": self.population,
            "methods": self.method or (),
            "seed": self.seed,
            "target": self.target,
            "allow_code": self.allow_code,
        }


@dataclass(frozen=True, slots=True)
class RunOptions(PlayingOptions, PlanOptions):
    """What `simulate run` and `simulate stress` both take."""

    out: Out = None
    resume: Resume = False
    share_prefix: Annotated[
        bool,
        typer.Option(
            "--share-prefix",
            help="Dialogues of one persona share answers as long as all their requests are the "
            "same: the same expected outcome from fewer calls "
            "(docs/recorded-distributions/fewer-calls.md).",
        ),
    ] = False
    authorised: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Who allows that users who attack meet a target outside this machine and private "
            "networks; stands in the run file and in reports (docs/attacks.md).",
        ),
    ] = None
    no_probe: Annotated[
        bool,
        typer.Option(
            "--no-probe",
            help="Send no message to a target before the run, and count it as failures if it "
            "answers nobody.",
        ),
    ] = False
    dry_run: DryRun = False

    def settings(self) -> dict[str, Any]:
        """Return everything, as `simulate.engine.run` takes it."""
        own = ("out", "resume", "share_prefix", "authorised")
        where = {name: getattr(self, name) for name in own}
        return self.plan() | self.playing() | where | {"probe": not self.no_probe}


def speaker_models(pairs: list[str] | None) -> dict[str, str]:
    """Read SPEAKER=SPEC pairs.

    Raises:
        InputError: one is no such pair.
    """
    from simulate.errors import InputError

    found: dict[str, str] = {}
    for pair in pairs or []:
        speaker, equals, spec = pair.partition("=")
        if not equals or not spec:
            raise InputError(f"--speaker-model {pair}: write SPEAKER=SPEC")
        found[speaker] = spec
    return found


def with_options(command: Callable[..., R]) -> Callable[..., R]:
    """Return a command in which a parameter that is a dataclass stands for its fields.

    Typer sees one option for each field, at the place of the parameter; the command gets the
    record.
    """
    hints = get_type_hints(command, include_extras=True)
    records: dict[str, type[Any]] = {}
    shown: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            shown.append(parameter.replace(annotation=kind, kind=parameter.KEYWORD_ONLY))
            continue
        assert isinstance(kind, type)  # noqa: S101  # an annotation, no instance
        records[parameter.name] = kind
        of_fields = get_type_hints(kind, include_extras=True)
        shown += [
            inspect.Parameter(
                field.name,
                parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=of_fields[field.name],
            )
            for field in fields(kind)
        ]

    @wraps(command)
    def called(**given: Any) -> R:
        for name, record in records.items():
            given[name] = record(**{field.name: given.pop(field.name) for field in fields(record)})
        return command(**given)

    called.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return called
