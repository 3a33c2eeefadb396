"""`persuasionforgood`: the official PersuasionForGood release (Wang et al., ACL 2019; Apache-2.0).

It reads a folder with `full_info.csv` and `full_dialog.csv`, and, where they are there,
`annotated_info.csv` and `annotated_dialog.csv` (the release's two workbooks of 300 dialogues as
CSV: the donation intended in the dialogue, and dialogue acts by sentence).

A persona is one persuadee in one dialogue, so its id is the dialogue's. 256 of the 1,017
persuadees had taken part before: `participant` tells who is the same person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulate.errors import ReferenceDataError
from simulate.files.tables import Reading, read_table
from simulate.measures.language import BOTH
from simulate.population import Population, TableRow, load_population
from simulate.reference.counting import count_values
from simulate.reference.file import Measured, ReferenceFile
from simulate.reference.importing import HumanData, Importing
from simulate.reference.language_variables import measured_language
from simulate.reference.variable import Variable

SOURCE = (
    "Wang et al. 2019, Persuasion for Good, ACL 2019 (P19-1566); official release, "
    "full_info.csv, full_dialog.csv and the annotated workbooks"
)
LICENCE = "Apache-2.0"
ROLES = ("persuader", "persuadee")
TOPIC = "(?i)save the children|charit|donat"
"""What mentions that somebody is to give."""
EARNED_USD = 2.0
YOUNGEST = 18
"""Years; one persuadee of the release is said to be three."""
SURVEY = {
    "age": "age",
    "sex": "sex",
    "edu": "education",
    "income": "income",
    "ideology": "ideology",
    "open": "openness",
    "conscientious": "conscientiousness",
    "extrovert": "extraversion",
    "agreeable": "agreeableness",
    "neurotic": "neuroticism",
}
"""Column of the survey (without `.x`) to attribute of the population `crowdworkers`, whose prose
tells these."""
FOUNDATIONS = ("care", "fairness", "loyalty", "authority", "purity", "freedom")
"""Moral foundations."""
VALUES = [
    "conformity",
    "tradition",
    "benevolence",
    "universalism",
    "self_direction",
    "stimulation",
    "hedonism",
    "achievement",
    "power",
    "security",
]
"""Schwartz's basic values."""
STYLES = ("rational", "intuitive")
"""How somebody decides."""
STANDING = ("race", "marital_status", "employment", "religion")
_CALLED = {"conformity": "conform", "marital_status": "marital"}
FURTHER = {_CALLED.get(name, name): name for name in (*FOUNDATIONS, *VALUES, *STYLES, *STANDING)}
"""Likewise, of what its prose does not tell; some did not answer all of it."""


@dataclass(frozen=True)
class HumanTurn:
    """One turn; `acts` are the annotated dialogue acts of its sentences, where annotated."""

    speaker: str
    text: str
    acts: tuple[str, ...] = ()


@dataclass(frozen=True)
class HumanDialogue:
    """One dialogue of the release, with who took part and what they gave."""

    id: str
    turns: tuple[HumanTurn, ...]
    participants: dict[str, str]
    """User id by role."""
    attributes: dict[str, dict[str, float | str]]
    """Survey answers by role: traits as numbers, the rest as words; a missing answer is absent."""
    donations: dict[str, float]
    """Actual donation in USD by role."""
    intended: float | None = None
    """Donation in USD that the persuadee named in the dialogue; annotated for some of 300."""

    def record(self) -> dict[str, Any]:
        """Return the dialogue as one line of the JSONL export (see DESIGN §5)."""
        outcomes: dict[str, Any] = {
            "donation": {"value": self.donations["persuadee"], "candidates": None}
        }
        if self.intended is not None:
            outcomes["pledge"] = {"value": self.intended, "candidates": None}
        return {
            "run": "persuasionforgood",
            "dialogue": self.id,
            "status": "completed",
            "error": None,
            "cell": {},
            "persona": {"id": self.id, "attributes": self.attributes["persuadee"]},
            "personas": {
                role: {"id": self.participants[role], "attributes": in_words_of_crowdworkers(told)}
                for role, told in self.attributes.items()
            },
            "participants": self.participants,
            "replicate": 0,
            "turns": [
                {
                    "index": index,
                    "speaker": turn.speaker,
                    "text": turn.text,
                    "candidates": None,
                    "chosen": None,
                    "acts": list(turn.acts),
                }
                for index, turn in enumerate(self.turns)
            ],
            "outcomes": outcomes,
        }


def _rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    if not path.is_file():
        raise ReferenceDataError(
            f"{path}: cannot be read: it is not there; give the folder of the official release"
        )
    table = read_table(path, Reading("utf-8", ","), ReferenceDataError)
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise ReferenceDataError(
            f"{path}: column {missing[0]} is missing; give the CSV files as released"
        )
    columns = {name: table.texts(name) for name in table.names}
    return [{name: texts[row] for name, texts in columns.items()} for row in range(table.rows)]


def _number(text: str, path: Path, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ReferenceDataError(f"{path}: column {column}: “{text}” is not a number") from None


def _attribute(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def load_folder(folder: Path) -> list[HumanDialogue]:
    """Read the official release.

    Args:
        folder: holds `full_info.csv` and `full_dialog.csv`; the annotated files are optional.

    Returns:
        The dialogues, in the order of `full_info.csv`.

    Raises:
        ReferenceDataError: a file or a column is missing, or a value cannot be read.
    """
    info_path = folder / "full_info.csv"
    info = _rows(info_path, ("B2", "B3", "B4", "B6"))
    spoken = _turns(_rows(folder / "full_dialog.csv", ("B2", "B4", "Turn", "Unit")))
    acts, intended = _annotations(folder)
    by_dialogue: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in info:
        by_dialogue[row["B2"]][_role(row["B4"], info_path)] = row
    dialogues = []
    for dialogue, sides in by_dialogue.items():
        if set(sides) != set(ROLES):
            raise ReferenceDataError(f"{info_path}: dialogue {dialogue} lacks one of its two rows")
        dialogues.append(
            HumanDialogue(
                id=dialogue,
                turns=tuple(
                    HumanTurn(role, text, tuple(acts.get((dialogue, number, role), ())))
                    for number, role, text in spoken.get(dialogue, [])
                ),
                participants={role: row["B3"] for role, row in sides.items()},
                attributes={
                    role: {
                        column.removesuffix(".x"): _attribute(value)
                        for column, value in row.items()
                        if column and column.endswith(".x") and value != ""
                    }
                    for role, row in sides.items()
                },
                donations={
                    role: _number(row["B6"], info_path, "B6") for role, row in sides.items()
                },
                intended=intended.get(dialogue),
            )
        )
    return dialogues


def _role(code: str, path: Path) -> str:
    try:
        return ROLES[int(code)]
    except (ValueError, IndexError):
        raise ReferenceDataError(f"{path}: column B4: “{code}” is neither 0 nor 1") from None


def _turns(rows: list[dict[str, str]]) -> dict[str, list[tuple[str, str, str]]]:
    """Join the sentences of one turn; a turn is a run of rows of one speaker and number."""
    spoken: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows:
        role = ROLES[int(row["B4"])]
        said = spoken[row["B2"]]
        if said and said[-1][:2] == (row["Turn"], role):
            said[-1] = (row["Turn"], role, f"{said[-1][2]} {row['Unit'].strip()}")
        else:
            said.append((row["Turn"], role, row["Unit"].strip()))
    return spoken


def _annotations(
    folder: Path,
) -> tuple[dict[tuple[str, str, str], list[str]], dict[str, float]]:
    acts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    intended: dict[str, float] = {}
    if (folder / "annotated_dialog.csv").is_file():
        needed = ("B2", "B4", "Turn", "er_label_1", "ee_label_1")
        for row in _rows(folder / "annotated_dialog.csv", needed):
            role = ROLES[int(row["B4"])]
            act = row["er_label_1" if role == "persuader" else "ee_label_1"]
            if act:
                acts[row["B2"], row["Turn"], role].append(act)
    path = folder / "annotated_info.csv"
    if path.is_file():
        for row in _rows(path, ("B2", "B4", "B5")):
            if _role(row["B4"], path) == "persuadee" and row["B5"] != "":
                intended[row["B2"]] = _number(row["B5"], path, "B5")
    return acts, intended


def _measured_outcomes(dialogues: list[HumanDialogue]) -> list[Measured]:
    """Return the donation, and the donation intended in the dialogue, as value counts.

    The histogram has 20 bins of $0.10, as in the released code of the verbalized-sampling paper.
    """
    common: dict[str, Any] = {
        "kind": "amount",
        "unit": "USD",
        "support": (0.0, EARNED_USD),
        "edges": tuple(round(0.1 * i, 10) for i in range(21)),
    }
    donation = Variable(
        "donation",
        description="What the persuadee gave after the talk, of the $2 earned.",
        **common,
    )
    pledge = Variable(
        "pledge",
        description="What the persuadee said in the talk they would give; annotated dialogues.",
        **common,
    )
    given = {d.id: d.donations["persuadee"] for d in dialogues}
    named = {d.id: d.intended for d in dialogues if d.intended is not None}
    person = {d.id: d.participants["persuadee"] for d in dialogues}
    found = [count_values(donation, given, person)]
    if named:
        found.append(count_values(pledge, named, person, missing=len(dialogues) - len(named)))
    return found


def in_words_of_crowdworkers(answers: Mapping[str, float | str]) -> dict[str, Any]:
    """Return survey answers as attributes of the population `crowdworkers`; a missing one is left
    out.
    """
    found: dict[str, Any] = {
        name: answers[column] for column, name in (SURVEY | FURTHER).items() if column in answers
    }
    return found | {name: int(found[name]) for name in ("age", "income") if name in found}


def people_of(dialogues: list[HumanDialogue]) -> Population | None:
    """Return the persuadees as a population in the words of `crowdworkers`; None for nobody.

    Each person comes once, with the first of its dialogues; those without complete survey answers,
    without an age of 18 or more, or without a turn are left out.
    """
    words = load_population("crowdworkers")
    rows: dict[str, TableRow] = {}
    for dialogue in dialogues:
        answers = dialogue.attributes["persuadee"]
        person = dialogue.participants["persuadee"]
        talked = any(turn.text.strip() for turn in dialogue.turns)
        if person in rows or not talked or not set(SURVEY) <= set(answers):
            continue
        missing = dict.fromkeys(FURTHER.values())
        found: dict[str, Any] = {**missing, **in_words_of_crowdworkers(answers)}
        if found["age"] >= YOUNGEST:
            rows[person] = TableRow(id=dialogue.id, attributes=found, prose=words.in_words(found))
    if not rows:
        return None
    return Population(
        population="persuasionforgood",
        description="The persuadees of PersuasionForGood, each with the first talk they had.",
        source=SOURCE,
        licence=LICENCE,
        n=len(rows),
        personas=sorted(rows.values(), key=lambda row: sha256(row.id.encode()).digest()),
    )


def from_release(asked: Importing) -> HumanData:
    """Read the official release: donations, pledges, and how both sides talk.

    Raises:
        ReferenceDataError: a file or a column is missing, or a value cannot be read.
    """
    dialogues = load_folder(asked.path)
    records = [dialogue.record() for dialogue in dialogues]
    measured = _measured_outcomes(dialogues)
    if asked.language:
        topic = asked.topic or TOPIC
        measured += measured_language(records, (*ROLES, BOTH), asked.embedder, topic)
    file = ReferenceFile(
        "persuasionforgood",
        "PersuasionForGood: donations, pledges and language of 1,017 dialogues",
        SOURCE,
        LICENCE,
        tuple(measured),
    )
    return HumanData(file, records, people_of(dialogues), published=True)


IMPORTER = from_release
