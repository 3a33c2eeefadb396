"""The run file: everything that happened in a run, in one SQLite file."""

from simulate.runfile.examined import Examined, ExaminedTurn, Verdict, Whose
from simulate.runfile.export import (
    Format,
    export_csv,
    export_jsonl,
    export_parquet,
    table_rows,
)
from simulate.runfile.reader import CallRow, OutcomeRow, RunReader, open_run
from simulate.runfile.records import (
    CallRecord,
    DrawRecord,
    Header,
    OutcomeRecord,
    PlannedDialogue,
    TurnRecord,
    VerdictRecord,
)
from simulate.runfile.writer import RunWriter

__all__ = [
    "CallRecord",
    "CallRow",
    "DrawRecord",
    "Examined",
    "ExaminedTurn",
    "Format",
    "Header",
    "OutcomeRecord",
    "OutcomeRow",
    "PlannedDialogue",
    "RunReader",
    "RunWriter",
    "TurnRecord",
    "Verdict",
    "VerdictRecord",
    "Whose",
    "export_csv",
    "export_jsonl",
    "export_parquet",
    "open_run",
    "table_rows",
]
