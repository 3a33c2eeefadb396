"""The run file: everything that happened in a run, in one SQLite file."""

from simulate.runfile.answered_by import AnsweredBy
from simulate.runfile.convokit import export_convokit
from simulate.runfile.dialogue import (
    AttributedTo,
    Branch,
    Call,
    CheckVerdict,
    Dialogue,
    OutcomeRow,
    OutcomeValue,
    SharedCall,
    Spent,
    Turn,
    ValueCandidate,
    Verdict,
    when_asked,
)
from simulate.runfile.examined import Examined, examined
from simulate.runfile.export import (
    Format,
    export_csv,
    export_jsonl,
    export_parquet,
    table_rows,
)
from simulate.runfile.failure_reasons import Failure
from simulate.runfile.header import Header, PlannedDialogue
from simulate.runfile.reader import RunReader, open_run
from simulate.runfile.recorder import Recorder
from simulate.runfile.writer import RunWriter

__all__ = [
    "AnsweredBy",
    "AttributedTo",
    "Branch",
    "Call",
    "CheckVerdict",
    "Dialogue",
    "Examined",
    "Failure",
    "Format",
    "Header",
    "OutcomeRow",
    "OutcomeValue",
    "PlannedDialogue",
    "Recorder",
    "RunReader",
    "RunWriter",
    "SharedCall",
    "Spent",
    "Turn",
    "ValueCandidate",
    "Verdict",
    "examined",
    "export_convokit",
    "export_csv",
    "export_jsonl",
    "export_parquet",
    "open_run",
    "table_rows",
    "when_asked",
]
