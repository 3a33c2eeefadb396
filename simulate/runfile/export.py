"""Export a run: JSONL with everything, CSV and Parquet with one row a dialogue."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO, Any, Literal

from simulate.files.spreadsheets import harmless_text
from simulate.runfile.meta import populations_of_speakers
from simulate.runfile.reader import RunReader
from simulate.scenario import Outcome

Format = Literal["jsonl", "csv", "parquet"]


def export_jsonl(run: RunReader, out: IO[str], ids: Iterable[int] | None = None) -> int:
    """Write one JSON object a dialogue and line; return how many."""
    count = 0
    for line in run.lines(ids):
        out.write(f"{line}\n")
        count += 1
    return count


def table_rows(run: RunReader) -> Iterator[dict[str, Any]]:
    """Iterate over flat rows, one a dialogue that began.

    Columns: `run`, `dialogue`, `status`, `error`, `cell.CONDITION`, `persona`,
    `persona.ATTRIBUTE`, `personas.SPEAKER` and `personas.SPEAKER.ATTRIBUTE` of speakers that have a
    persona of their own, `parent` and `root` where branches are read too, `replicate`, `turns`,
    `outcome.NAME`, `check.NAME` (the
    verdict: pass, fail, abstain or error; those of the simulated user are checks too), and the
    usage. An outcome that need not apply has `applies.NAME` too: false where it does not,
    so that the empty value is no missing one; empty where the value is missing.
    """
    names = sorted({name for p in run.personas.values() for name in p.attributes})
    others = {
        speaker: sorted({name for p in run.personas_played_by(speaker) for name in p.attributes})
        for speaker in populations_of_speakers(run.meta)
    }
    checks = [name for (name,) in run.rows("SELECT DISTINCT name FROM verdict ORDER BY name")]
    for d in run.dialogues():
        yield {
            "run": d["run"],
            "dialogue": d["dialogue"],
            "status": d["status"],
            "error": d["error"],
            **{f"cell.{k}": v for k, v in d["cell"].items()},
            "persona": d["persona"]["id"],
            **{f"persona.{k}": d["persona"]["attributes"].get(k) for k in names},
            **{c: v for s, names in others.items() for c, v in _persona_of(s, names, d)},
            **({name: d.get(name) for name in ("parent", "root")} if run.with_branches else {}),
            "replicate": d["replicate"],
            "turns": len(d["turns"]),
            **{
                column: value
                for name, outcome in run.scenario.outcomes.items()
                for column, value in _outcome(name, outcome, d["outcomes"].get(name, {}))
            },
            **{f"check.{k}": d.get("verdicts", {}).get(k, {}).get("verdict") for k in checks},
            **d["usage"],
        }


def _persona_of(
    speaker: str, names: Iterable[str], dialogue: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    persona = dialogue.get("personas", {}).get(speaker, {})
    yield f"personas.{speaker}", persona.get("id")
    for name in names:
        yield f"personas.{speaker}.{name}", persona.get("attributes", {}).get(name)


def _outcome(name: str, outcome: Outcome, measured: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    value = measured.get("value")
    yield f"outcome.{name}", value
    if outcome.may_not_apply:
        unknown = None if value is None else True
        yield f"applies.{name}", measured.get("applies", unknown)


def export_csv(run: RunReader, out: IO[str]) -> int:
    """Write `table_rows` as CSV; return how many.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    writer: csv.DictWriter[str] | None = None
    count = 0
    for row in table_rows(run):
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(row), lineterminator="\n")
            writer.writerow({k: harmless_text(k) for k in row})
        writer.writerow({k: harmless_text(v) for k, v in row.items()})
        count += 1
    return count


def export_parquet(run: RunReader, out: IO[bytes]) -> int:
    """Write `table_rows` as Parquet; return how many."""
    import polars

    rows = list(table_rows(run))
    whole = io.BytesIO()  # an error of the disk stays an error of the disk
    polars.DataFrame(rows, infer_schema_length=None).write_parquet(whole)
    out.write(whole.getbuffer())
    return len(rows)
