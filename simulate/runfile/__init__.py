"""The run file: everything that happened in a run, in one SQLite file."""

from simulate.runfile.examined import Examined, ExaminedTurn, Verdict, Whose, examined
from simulate.runfile.export import (
    Format,
    export_csv,
    export_jsonl,
    export_parquet,
    table_rows,
)
from simulate.runfile.reader import RunReader, open_run
from simulate.runfile.records import (
    CallRecord,
    DrawRecord,
    Header,
    OutcomeRecord,
    PlannedDialogue,
    TurnRecord,
    VerdictRecord,
)
from simulate.runfile.rows import CallRow, DrawRow, OutcomeRow, VerdictRow
from simulate.runfile.writer import RunWriter

__all__ = [
    "CallRecord",
    "CallRow",
    "DrawRecord",
    "DrawRow",
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
    "VerdictRow",
    "Whose",
    "examined",
    "export_csv",
    "export_jsonl",
    "export_parquet",
    "open_run",
    "table_rows",
]
