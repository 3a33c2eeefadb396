"""`vs-paper`: the persuasion dialogues that the Verbalized Sampling paper released.

They are simulated and so no reference: they become a JSONL file in the form of our export, that
`simulate compare` takes as a sample with a row for each model and method. Two layouts are read, as
Parquet, JSON or JSONL, in any number of files:

- the release on Hugging Face (CHATS-Lab/Verbalized-Sampling-Dialogue-Simulation: a folder for each
  method, a Parquet file for each model, 200 dialogues each): `conversation_id`, `model`, `method`
  and `utterances`, a list of `role` (0 persuader, 1 persuadee), `text` and `speaker`, as JSON;
- what `verbalize dialogue` of the package verbalized-sampling writes: `conversation_id`, `method`,
  `persuadee_model`, `turns` (`role`, `text`), `outcome` (`final_donation_amount`,
  `donation_amounts`) and `persuadee_persona`.

Two donations are read of each; `simulate.reference.named_amounts` says how.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulate.errors import ReferenceDataError, quote, unreadable
from simulate.files.json_reading import json_of
from simulate.reference.importing import Importing, SimulatedDialogues
from simulate.reference.named_amounts import HIGHEST, amount_by_paper, marked_amount

NAME = "vs-paper"
ROLES = ("persuader", "persuadee")
ENDINGS = (".parquet", ".jsonl", ".json")
NO_DIALOGUES = frozenset({"dataset_info.json", "dataset_infos.json", "state.json"})
"""What the library `datasets` writes beside the data."""
RELEASED = ("conversation_id", "utterances", "model", "method")
PACKAGE = ("conversation_id", "turns", "outcome", "method", "persuadee_model")
EXPECTED = (
    f"expected are the fields {', '.join(RELEASED)} (the release) or {', '.join(PACKAGE)} "
    "(`verbalize dialogue`)"
)


def from_release(asked: Importing) -> SimulatedDialogues:
    """Read a folder or a file of released dialogues.

    Raises:
        ReferenceDataError: there is none, or a file has another layout.
    """
    records = []
    seen: Counter[str] = Counter()
    places: dict[str, str] = {}
    for file in _files(asked.path):
        for row, found in enumerate(_rows(file), start=1):
            where = f"{file}, dialogue {row:,}"
            record = _record(found, where)
            key = f"{'+'.join(record['cell'].values())}:{record['persona']['id']}"
            content = json.dumps([key, record["turns"]])
            if (before := places.setdefault(content, where)) != where:
                raise ReferenceDataError(f"{where}: is the same as {before}; leave one of them out")
            record |= {"dialogue": f"{key}#{seen[key]}" if seen[key] else key}
            record["replicate"] = seen[key]
            seen[key] += 1
            records.append(record)
    if not records:
        raise ReferenceDataError(f"{asked.path}: there is no dialogue in it")
    _name_people(records)
    return SimulatedDialogues(NAME, records, tuple(_told(records)))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    inside = (p for p in path.rglob("*") if p.suffix.casefold() in ENDINGS and p.is_file())
    files = [
        p
        for p in inside
        if p.name not in NO_DIALOGUES
        and not p.stem.endswith("_evaluation")
        and not any(part.startswith(".") for part in p.relative_to(path).parts)
    ]
    if not path.exists():
        raise ReferenceDataError(f"{path}: there is no such file or folder")
    if not files:
        raise ReferenceDataError(
            f"{path}: there is no {', '.join(ENDINGS)} file in it; give the folder of the release"
        )
    return sorted(files)


def _rows(file: Path) -> Iterator[Any]:
    """Iterate over the rows of a file: of a table, a list, or lines."""
    try:
        match file.suffix.casefold():
            case ".parquet":
                import polars as pl

                try:
                    yield from pl.read_parquet(file).iter_rows(named=True)
                except pl.exceptions.PolarsError as error:
                    said = str(error).splitlines()[0]
                    raise ReferenceDataError(f"{file}: cannot be read: {said}") from None
            case ".jsonl":
                with file.open(encoding="utf-8") as lines:
                    numbered = enumerate(lines, start=1)
                    yield from (
                        json_of(s, f"{file}:{n}", ReferenceDataError)
                        for n, s in numbered
                        if s.strip()
                    )
            case ".json":
                whole = json_of(file.read_text("utf-8"), file, ReferenceDataError)
                if isinstance(whole, dict) and isinstance(whole.get("rows"), list):
                    # As the dataset server pages it.
                    whole = [r.get("row") if isinstance(r, dict) else r for r in whole["rows"]]
                yield from whole if isinstance(whole, list) else [whole]
            case ending:
                raise ReferenceDataError(
                    f"{file}: {ending or 'no ending'} is none of {', '.join(ENDINGS)}"
                )
    except (OSError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{file}: cannot be read: {unreadable(error)}") from None


def _record(row: Any, where: str) -> dict[str, Any]:
    """Return one dialogue in the form of the JSONL export.

    Raises:
        ReferenceDataError: it has another layout.
    """
    if not isinstance(row, dict):
        raise ReferenceDataError(f"{where}: is {quote(repr(row)[:60], 40)}; {EXPECTED}")
    attributes: dict[str, Any] = {}
    if set(RELEASED) <= row.keys():
        said = row["utterances"]
        if isinstance(said, str):
            said = json_of(said, f"{where}: utterances", ReferenceDataError)
        model = row["model"]
    elif set(PACKAGE) <= row.keys():
        said, model = row["turns"], row["persuadee_model"]
        persona = row.get("persuadee_persona")
        attributes = {
            name: value
            for name, value in (persona.items() if isinstance(persona, dict) else ())
            if isinstance(value, str | int | float | bool)
        }
    else:
        have = ", ".join(map(str, row)) or "nothing"
        raise ReferenceDataError(f"{where}: has {quote(have)}; {EXPECTED}")
    number = row["conversation_id"]
    identity = str(number) if isinstance(number, int) else number
    for name, text in (("conversation_id", identity), ("model", model), ("method", row["method"])):
        if not (isinstance(text, str) and text.strip()):
            raise ReferenceDataError(f"{where}: {name} must be a name, got {quote(repr(text), 40)}")
    turns, people, gap = _turns(said, where)
    persuadee = [turn["text"] for turn in turns if turn["speaker"] == "persuadee"]
    named: float | None
    counted: float | None
    if set(RELEASED) <= row.keys():
        named, counted = marked_amount(persuadee), amount_by_paper(persuadee)
    else:
        named, counted = _package_amounts(row["outcome"], where)
    failed = gap or (None if turns else "no turns")
    return {
        "run": NAME,
        "status": "failed" if failed else "completed",
        "error": failed,
        "cell": {"model": model, "method": row["method"]},
        "persona": {"id": identity, "attributes": attributes},
        "participants": people,
        "turns": turns,
        "outcomes": {
            "donation": {"value": _possible(named), "candidates": None},
            "donation_paper": {"value": counted, "candidates": None},
        },
    }


def _turns(said: Any, where: str) -> tuple[list[dict[str, Any]], dict[str, str], str | None]:
    """Return the turns, who speaks in them, and which turn has no text."""
    if not isinstance(said, list):
        raise ReferenceDataError(
            f"{where}: the turns must be a list of role and text, got {quote(repr(said)[:60], 40)}"
        )
    turns: list[dict[str, Any]] = []
    people: dict[str, str] = {}
    gap = None
    for at, turn in enumerate(said):
        role = turn.get("role") if isinstance(turn, dict) else None
        if role not in (0, 1) or isinstance(role, bool) or "text" not in turn:
            raise ReferenceDataError(
                f"{where}, turn {at}: must have text, and role 0 (persuader) or 1 (persuadee); got "
                f"{quote(repr(turn)[:100], 80)}"
            )
        speaker, text = ROLES[int(role)], turn["text"]
        if not isinstance(text, str):
            gap = gap or f"turn {at} has no text"
            continue
        if isinstance(turn.get("speaker"), str):
            people.setdefault(speaker, turn["speaker"])
        turns.append(
            {
                "index": len(turns),
                "speaker": speaker,
                "text": text,
                "candidates": None,
                "chosen": None,
            }
        )
    return turns, {role: people[role] for role in ROLES if role in people}, gap


def _package_amounts(outcome: Any, where: str) -> tuple[float | None, float | None]:
    """Return the amount that was named, and the one that the package counts.

    Where no amount is named, the package writes 0.
    """
    if outcome is None:
        return None, None
    final = outcome.get("final_donation_amount") if isinstance(outcome, Mapping) else None
    if isinstance(final, bool) or not isinstance(final, int | float):
        raise ReferenceDataError(
            f"{where}: outcome.final_donation_amount must be a number, got "
            f"{quote(repr(outcome)[:100], 80)}"
        )
    return (float(final) if outcome.get("donation_amounts") else None), float(final)


def _possible(amount: float | None) -> float | None:
    """Return an amount that can have been given, of the $2 earned; else None."""
    return amount if amount is not None and 0 <= amount <= HIGHEST else None


def _name_people(records: list[dict[str, Any]]) -> None:
    """Keep who took part where people are named; one name for all is that of a role."""
    names = {record["participants"].get("persuadee") for record in records}
    everyone = None not in names and len(names) > 1
    for record in records:
        if not everyone:
            del record["participants"]


def _told(records: list[dict[str, Any]]) -> Iterator[str]:
    """Say how many dialogues each cell has, and how many of them name an amount."""
    cells: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        cells.setdefault(", ".join(record["cell"].values()), []).append(record)
    for name, members in cells.items():
        named = sum(m["outcomes"]["donation"]["value"] is not None for m in members)
        failed = sum(m["status"] == "failed" for m in members)
        yield (
            f"{name}: {len(members):,} dialogues, {named:,} with a donation from $0 to "
            f"${HIGHEST:g}; of the others it is missing, and in donation_paper what the paper's "
            "package counts" + (f"; {failed:,} failed" if failed else "")
        )


IMPORTER = from_release
