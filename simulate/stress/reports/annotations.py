"""Annotations: GitHub's workflow commands, one line for each check that fails.

`::error file=F,line=L,title=T::MESSAGE` on standard output marks a line of a file. In a message
`%`, CR and LF are escaped, in a property `:` and `,` too, so that no text can be a command of its
own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from simulate.stress.reports.report import CheckRow, Report

MOST = 10
"""GitHub shows so many errors of a step."""
LONGEST = 1_000
"""Characters of a message."""


def workflow_commands(report: Report, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the lines to print; none outside of GitHub Actions."""
    if environment.get("GITHUB_ACTIONS", "").lower() not in ("true", "1"):
        return []
    lines = []
    if report.gate is not None and not report.gate.passed:
        lines.append(_command(report.file, None, f"{report.scenario}: gate", report.gate.sentence))
    for row in report.checks:
        if row.status in ("failed", "error"):
            title = f"{report.scenario}: {row.check} {row.status}"
            lines.append(_command(report.file, row.line, title, _message(row)))
    return lines[:MOST]


def _message(row: CheckRow) -> str:
    cell = "" if row.cell == "all" else f" (in {row.cell})"
    parts = [row.description, f"{row.sentence}{cell}"]
    if row.example is not None:
        parts += [f"user: {message}" for message in row.example.messages]
        parts += [f"said: {row.example.quote}"] if row.example.quote else []
    return "\n".join(part for part in parts if part)


def _command(file: str, line: int | None, title: str, message: str) -> str:
    properties = {"file": file, "line": "" if line is None else str(line), "title": title}
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::error {said}::{_data(message[:LONGEST])}"


def _data(text: str) -> str:
    """Escape a message; what else is not printable (ANSI escapes, bidi marks) goes."""
    kept = "".join(c if c.isprintable() or c in "\r\n\t" else "\ufffd" for c in text)
    kept = kept.replace("##[", "## [")  # an older form of a command, anywhere in a line
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
