"""Export a run: JSONL with everything, CSV and Parquet with one row a dialogue."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Literal

from simulate.runfile.dialogue import CheckVerdict, Dialogue, OutcomeValue, Turn
from simulate.scenario import Scenario
from simulate.verbalized import RecordedDraw

if TYPE_CHECKING:
    from simulate.runfile.reader import RunReader

__all__ = ["Format", "export_csv", "export_jsonl", "export_parquet", "exported", "table_rows"]

Format = Literal["jsonl", "csv", "parquet"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\0")
"""What makes a spreadsheet read a text as a formula, in its full-width forms too."""


def exported(run_id: str, scenario: Scenario, dialogue: Dialogue) -> dict[str, Any]:
    """Return a dialogue as a line of the JSONL export; see DESIGN, contract “JSONL export”.

    Args:
        run_id: the run's id.
        scenario: as the run has it.
        dialogue: one that began.
    """
    personas, branch = dialogue.personas, dialogue.branch
    return {
        "run": run_id,
        "dialogue": dialogue.key,
        "status": dialogue.status,
        "error": f"{dialogue.fault}: {dialogue.error}" if dialogue.error is not None else None,
        "cell": dialogue.cell.levels,
        "persona": {"id": dialogue.persona.id, "attributes": dialogue.persona.attributes},
        **({"personas": dict(personas)} if personas else {}),
        **({"parent": branch.parent, "root": branch.root} if branch is not None else {}),
        "replicate": dialogue.replicate,
        "turns": [_turn(turn) for turn in dialogue.turns],
        "outcomes": {name: _outcome(value) for name, value in dialogue.outcomes.items()},
        **({"state": dialogue.state} if dialogue.state is not None else {}),
        **(
            {"verdicts": {v.check: _verdict(v) for v in dialogue.verdicts}}
            if dialogue.verdicts or scenario.checks
            else {}
        ),
        "usage": dialogue.spent._asdict(),
    }


def _turn(turn: Turn) -> dict[str, Any]:
    draw = turn.draw
    found: dict[str, Any] = {
        "index": turn.index,
        "speaker": turn.speaker,
        "text": turn.text,
        "candidates": None if draw is None else _candidates(draw),
        "chosen": None if draw is None else draw.chosen,
    }
    if turn.parse is not None:
        found["parse"] = turn.parse
    if turn.ends:
        found["ends"] = True
    if len(turn.messages) != 1:
        found["messages"] = list(turn.messages)
    if turn.tool_calls:
        found["tool_calls"] = [{"name": c.name, "arguments": c.arguments} for c in turn.tool_calls]
    if turn.below is not None:
        found["tail"] = turn.below
    if turn.given:
        found["given"] = True
    if len(turn.draws) > 1:
        found["draws"] = [
            {"what": d.what, "candidates": _candidates(d, chances=True), "chosen": d.chosen}
            for d in turn.draws[:-1]
        ]
    return found


def _candidates(draw: RecordedDraw, *, chances: bool = False) -> list[dict[str, Any]]:
    weights, likely = draw.distribution.weights.tolist(), draw.chances.tolist()
    return [
        {
            "text": c.text,
            "probability": c.probability,
            "weight": weight,
            **({"chance": chance} if chances else {}),
            **({"ends": True} if c.ends else {}),
        }
        for c, weight, chance in zip(draw.distribution.candidates, weights, likely, strict=True)
    ]


def _outcome(measured: OutcomeValue) -> dict[str, Any]:
    candidates = measured.candidates
    return {
        "value": measured.value,
        "candidates": None
        if candidates is None
        else [
            {"value": c.value, "probability": c.probability, "weight": c.weight} for c in candidates
        ],
    }


def _verdict(verdict: CheckVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "whose": verdict.whose,
        "probability": verdict.probability,
        "turn": verdict.turn,
        "reason": verdict.reason,
        "quote": verdict.quote,
        "disagreement": verdict.disagreement,
    }


def export_jsonl(run: RunReader, out: IO[str]) -> int:
    """Write one JSON object a dialogue and line, in the order of the plan; return how many."""
    count = 0
    for dialogue in run.dialogues():
        out.write(json.dumps(dialogue, ensure_ascii=False) + "\n")
        count += 1
    return count


def table_rows(run: RunReader) -> Iterator[dict[str, Any]]:
    """Iterate over flat rows, one a dialogue that began.

    Columns: `run`, `dialogue`, `status`, `error`, `cell.CONDITION`, `persona`,
    `persona.ATTRIBUTE`, `replicate`, `turns`, `outcome.NAME`, `check.NAME` (the
    verdict: pass, fail, abstain or error; those of the simulated user are checks too), and the
    usage.
    """
    names = sorted({name for p in run.personas.values() for name in p.attributes})
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
            "replicate": d["replicate"],
            "turns": len(d["turns"]),
            **{
                f"outcome.{k}": d["outcomes"].get(k, {}).get("value") for k in run.scenario.outcomes
            },
            **{f"check.{k}": d.get("verdicts", {}).get(k, {}).get("verdict") for k in checks},
            **d["usage"],
        }


def export_csv(run: RunReader, out: IO[str]) -> int:
    """Write `table_rows` as CSV; return how many.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    writer: csv.DictWriter[str] | None = None
    count = 0
    for row in table_rows(run):
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(row), lineterminator="\n")
            writer.writerow({k: _harmless(k) for k in row})
        writer.writerow({k: _harmless(v) for k, v in row.items()})
        count += 1
    return count


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def export_parquet(run: RunReader, out: IO[bytes]) -> int:
    """Write `table_rows` as Parquet; return how many."""
    import polars

    rows = list(table_rows(run))
    whole = io.BytesIO()  # an error of the disk stays an error of the disk
    polars.DataFrame(rows, infer_schema_length=None).write_parquet(whole)
    out.write(whole.getbuffer())
    return len(rows)
