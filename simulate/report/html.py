"""A report in one HTML file: no script, nothing loaded, everything that is foreign escaped."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulate.compare.distances import MEASURES
from simulate.compare.provenance import Provenance
from simulate.compare.result import Comparison, Row
from simulate.errors import SimulateError
from simulate.report.figures import FIGURES
from simulate.report.table import notes

__all__ = ["render", "write_html"]

HERE = Path(__file__).parent
CAPTIONS = {
    "ecdf": (
        "Share of dialogues at or below each value. Inside the grey band lie 95 % of samples of "
        "humans of the same size: a line inside it could be humans."
    ),
    "histogram": "Share of dialogues per bin of the declared histogram; humans in grey.",
    "forest": (
        "Each distance with its interval. The grey area holds 95 % of the distances between two "
        "groups of humans of this size, the line is their mean. Grey squares are naive baselines: "
        "a method that is not to their left has shown nothing."
    ),
}


def write_html(
    comparison: Comparison,
    path: Path,
    runs: Sequence[Provenance] = (),
    talk: Sequence[Comparison] = (),
) -> Path:
    """Write the report.

    Args:
        comparison: what was found.
        path: the file.
        runs: what the run files say about themselves.
        talk: comparisons of language measures.

    Raises:
        SimulateError: the file cannot be written.
    """
    text = render(comparison, runs, talk)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SimulateError(f"{path}: the report cannot be written: {error.strerror}") from error
    return path


def render(
    comparison: Comparison,
    runs: Sequence[Provenance] = (),
    talk: Sequence[Comparison] = (),
) -> str:
    """Return the report as HTML."""
    from jinja2 import Environment, StrictUndefined

    style = (HERE / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, "percent": lambda v: f"{v:.1%}"}
    template = environment.from_string((HERE / "report.html.jinja").read_text(encoding="utf-8"))
    return template.render(
        comparison=comparison,
        measures=[m for m in MEASURES if any(m.name in r.distances for r in comparison.rows)],
        floors=_floors(comparison),
        figures=[(name, CAPTIONS[name], _image(comparison, name)) for name in FIGURES],
        notes=notes(comparison),
        runs=[(run, _yaml(run.scenario)) for run in runs],
        talk=talk,
        style=style,
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'",
    )


def number(value: float | None) -> str:
    """Return a number with three decimals, or a dash for none."""
    return "–" if value is None else f"{value:.3f}"


def _floors(comparison: Comparison) -> list[Row]:
    """Return one row per size, in order: their distances carry the floor of that size."""
    found: dict[int, Row] = {}
    for row in comparison.rows:
        if row.distances:
            found.setdefault(row.n, row)
    return [found[n] for n in sorted(found)]


def _image(comparison: Comparison, name: str) -> str:
    buffer = io.BytesIO()
    FIGURES[name](comparison).savefig(buffer, format="png", dpi=160)
    return base64.b64encode(buffer.getvalue()).decode()


def _yaml(scenario: dict[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True, width=96))
