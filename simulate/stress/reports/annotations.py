"""Annotations: GitHub's workflow commands, one line for each check that fails.

`::error file=F,line=L,title=T::MESSAGE` on standard output marks a line of a file. In a message
`%`, CR and LF are escaped, in a property `:` and `,` too, so that no text can be a command of its
own.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from simulate.stress.analysis import Analysis
from simulate.stress.gate import Gates
from simulate.stress.rates import ANY
from simulate.stress.reports.results import CheckResult, gate_sentence

MOST = 10
"""GitHub shows so many errors of a step."""
LONGEST = 1_000
"""Characters of a message."""


def workflow_commands(
    analysis: Analysis,
    gates: Gates,
    results: Iterable[CheckResult],
    file: str = "",
    environment: Mapping[str, str] = os.environ,
) -> list[str]:
    """Return the lines to print; none outside of GitHub Actions. `file` is the scenario's."""
    if environment.get("GITHUB_ACTIONS", "").lower() not in ("true", "1"):
        return []
    lines = []
    if not gates.passed:
        said = gate_sentence(analysis, gates)
        lines.append(_command(file, None, f"{analysis.scenario}: gate", said))
    for result in results:
        if result.status in ("failed", "error") and result.rate.check != ANY:
            title = f"{analysis.scenario}: {result.rate.check} {result.status}"
            cell = "" if result.cell.label == "all" else f"in {result.cell.label}"
            told = "\n".join(filter(None, [*result.details, cell]))
            lines.append(_command(file, result.line, title, told))
    return lines[:MOST]


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
