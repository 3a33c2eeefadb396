"""Options of `simulate stress` and its kin, as records of those that go together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from simulate.cli.options import RunOptions

PythonCheck = Annotated[
    list[str] | None,
    typer.Option(metavar="MODULE:FUNCTION", help="A Python function as a further check."),
]
Validate = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CHECK=FILE", help="Only ask a check's judge about a labelled .jsonl file."
    ),
]
JUnit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")]


@dataclass(frozen=True, slots=True)
class StressOptions(RunOptions):
    """Options of a stress test beside those of a run."""

    baseline: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Another version, met by the same users."),
    ] = None
    adversarial: Annotated[
        bool,
        typer.Option(
            "--adversarial",
            help="Users who attack, in place of the usual ones; only for a bot of your own.",
        ),
    ] = False
    check: PythonCheck = None

    def plan(self) -> dict[str, Any]:
        """Return what the stress test is to do, as arguments."""
        return RunOptions.plan(self) | {
            "baseline": self.baseline,
            "adversarial": self.adversarial,
            "python_checks": self.check or (),
        }


@dataclass(frozen=True, slots=True)
class ShrinkOptions:
    """Whether failures are shrunk, and what becomes of them."""

    shrink: Annotated[
        bool,
        typer.Option("--shrink", help="Shorten a failure of each kind, and keep it as a case."),
    ] = False
    cases: Annotated[
        Path, typer.Option(metavar="DIR", help="Where cases are kept, with --shrink.")
    ] = Path("cases")
    max_calls: Annotated[
        int, typer.Option(min=1, help="Messages to the target that a case may take.")
    ] = 200


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a stress test is held against, and where the result is written."""

    max_failure_rate: Annotated[
        float | None,
        typer.Option(metavar="P", min=0, max=1, help="Exit 1 where more dialogues may fail."),
    ] = None
    gate: Annotated[
        str,
        typer.Option(metavar="interval|point", help="Hold the interval's upper end against it."),
    ] = "interval"
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as one HTML file.")
    ] = None
    junit: JUnit = None
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add a summary, such as to $GITHUB_STEP_SUMMARY."),
    ] = None

    @property
    def by(self) -> Literal["interval", "point"]:
        """What of a rate is held against the gate.

        Raises:
            InputError: there is no such thing.
        """
        from simulate.errors import InputError

        if self.gate not in ("interval", "point"):
            raise InputError(f"--gate is {self.gate}, it must be interval or point")
        return "point" if self.gate == "point" else "interval"
