"""Reference files: human values of several variables on disk, as JSON.

A reference file has a name, a title, source, licence and a list of variables, each with its
value counts and with the values that come from one person. Shipped files hold counts only:
facts, no sentences. An imported file may also name values by persona, and a file of transcripts
beside it, one dialogue a line in the form of the JSONL export.

A file with `"declared": true` holds shares only: its counts are the proportions of a distribution
that theory gives, such as a fair die's, or that was published without the people behind it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, quote
from simulate.files.writing import text_written_aside
from simulate.reference.cleaning import clean, cleaned_codes
from simulate.reference.reference import Reference
from simulate.reference.variable import Variable
from simulate.statistics.rows import Rows

FORMAT = "simulate-reference/1"
WEIGHTED_FORMAT = "simulate-reference/2"
"""Of a file in which dialogues have weights, which must not be read as if all counted alike."""

OPTIONAL = ("unit", "support", "levels", "edges", "resolution", "speaker", "convention", "topic")
"""The attributes of a variable that stand in the file where they are known."""

DECLARED_N = 10_000
"""How many values stand for a declared distribution, so that it has next to no sampling error."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One variable of a reference file with all its values, before cleaning."""

    variable: Variable
    values: NDArray[np.float64]
    """(k,) codes, ascending and distinct."""
    counts: NDArray[np.int64]
    """(k,) dialogues per value."""
    groups: tuple[tuple[float, ...], ...] = ()
    """The codes of each person who has several; their dialogues are in `counts` too."""
    missing: int = 0
    rule: str = "drop"
    """The cleaning rule that is used unless another one is asked for."""
    persons: dict[str, float] | None = None
    """Code by persona id, uncleaned."""
    weighted: Rows | None = None
    """The dialogues of `counts` with their weights; None where all count alike."""

    @property
    def n(self) -> int:
        """Number of dialogues with a value, before cleaning."""
        return int(self.counts.sum())

    @property
    def people(self) -> int:
        """Number of people (or other clusters) with a value, before cleaning."""
        return self.n - sum(len(group) - 1 for group in self.groups)


@dataclass(frozen=True, eq=False)
class ReferenceFile:
    """A data set of human values: several variables, and transcripts where it was imported."""

    name: str
    title: str
    source: str
    licence: str
    measured: tuple[Measured, ...]
    transcripts: Path | None = None
    """JSONL file with one human dialogue a line, in the form of the JSONL export."""
    path: Path | None = None
    declared: bool = False
    """Whether the distributions are declared and not measured on people."""
    human: bool = True
    """Whether people gave the values; a file on disk is of people, or declared."""
    reading: tuple[str, ...] = ()
    """What was decided in reading the table that it comes from, in sentences."""
    cluster: str = "person"
    """Whose the values of a group are: one person's, or such as those of one `negotiation`."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables; the first one is the default."""
        return tuple(m.variable.name for m in self.measured)

    @property
    def n(self) -> int | None:
        """Dialogues of the first variable; None of declared shares, which have no people."""
        return None if self.declared else self.measured[0].n

    @property
    def people(self) -> int | None:
        """People, or other clusters, of the first variable; None of declared shares."""
        return None if self.declared else self.measured[0].people

    @property
    def clusters(self) -> str:
        """What those are called who gave the values, or in which they were given: `people`."""
        return "people" if self.cluster == "person" else f"{self.cluster}s"

    def variable(self, name: str | None) -> Measured:
        """Return one variable; the first one for `None`.

        Raises:
            ReferenceDataError: there is no such variable.
        """
        for measured in self.measured:
            if name in (None, measured.variable.name):
                return measured
        have = ", ".join(self.variables) or "none"
        raise ReferenceDataError(
            f"reference {self.name} has no variable {quote(str(name))}; it has: {have}"
        )

    def reference(self, name: str | None = None, cleaning: str | None = None) -> Reference:
        """Return the cleaned values of one variable.

        Args:
            name: the variable; the first one for `None`.
            cleaning: `drop`, `clip` or `none`; the variable's own rule for `None`.

        Raises:
            ReferenceDataError: no such variable or rule, or the rule leaves nothing.
        """
        measured = self.variable(name)
        rule = cleaning or measured.rule
        variable = measured.variable
        cleaned = clean(
            variable,
            measured.values,
            measured.counts,
            rule,
            measured.groups,
            counted=not self.declared,
        )
        persons: dict[str, float] = {}
        for person, code in (measured.persons or {}).items():
            if rule == "drop" and variable.outside(np.array([code]))[0]:
                continue
            low, high = variable.support or (code, code)
            persons[person] = min(max(code, low), high) if rule == "clip" else code
        return Reference(
            name=self.name if len(self.measured) == 1 else f"{self.name}/{variable.name}",
            variable=variable,
            values=cleaned.values,
            counts=cleaned.counts,
            groups=cleaned.groups,
            source=self.source,
            licence=self.licence,
            cleaning=cleaned.note,
            missing=measured.missing,
            declared=self.declared,
            human=self.human,
            clusters=self.clusters,
            persons=persons,
            weighted=None if measured.weighted is None else _cleaned(measured, rule),
            reading=self.reading,
        )


def _cleaned(measured: Measured, rule: str) -> Rows:
    """Return what a cleaning rule leaves of weighted dialogues."""
    assert measured.weighted is not None  # noqa: S101  # asked for only then
    codes, kept = cleaned_codes(measured.variable, measured.weighted.values, rule)
    return measured.weighted.subset(kept).recoded(codes)


def read(path: Path) -> ReferenceFile:
    """Read a reference file.

    Raises:
        ReferenceDataError: it cannot be read, or is not of this format.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReferenceDataError(f"{path}: not a readable reference file: {error}") from error
    if not isinstance(data, dict) or data.get("format") not in (FORMAT, WEIGHTED_FORMAT):
        raise ReferenceDataError(
            f'{path}: "format" must be "{FORMAT}"; make one with `simulate reference import`'
        )
    try:
        transcripts = data.get("transcripts")
        return ReferenceFile(
            name=data["name"],
            title=data.get("title", ""),
            source=data["source"],
            licence=data["licence"],
            measured=tuple(
                _measured(_scaled(entry) if data.get("declared") else entry, path)
                for entry in data["variables"]
            ),
            transcripts=path.parent / transcripts if transcripts else None,
            path=path,
            declared=data.get("declared") is True,
            reading=tuple(map(str, data.get("reading", ()))),
            cluster=str(data.get("cluster", "person")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ReferenceDataError(f"{path}: field {error} is missing or of a wrong type") from error


def _scaled(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a declared variable with counts that add up to about `DECLARED_N`."""
    times = max(1, DECLARED_N // sum(count for _, count in entry["counts"]))
    return {**entry, "counts": [[value, count * times] for value, count in entry["counts"]]}


def _measured(entry: dict[str, Any], path: Path) -> Measured:
    details: dict[str, Any] = {
        name: tuple(value) if isinstance(value := entry[name], list) else value
        for name in OPTIONAL
        if entry.get(name) not in (None, [])
    }
    variable = Variable(
        name=entry["name"],
        kind=entry["kind"],
        description=entry.get("description", ""),
        **details,
    )
    pairs = entry["counts"]
    values = np.array([pair[0] for pair in pairs], dtype=np.float64)
    counts = np.array([pair[1] for pair in pairs], dtype=np.int64)
    if not len(values) or not np.isfinite(values).all() or (counts < 1).any():
        raise ReferenceDataError(
            f"{path}: variable {variable.name}: counts must be [value, dialogues] pairs with "
            "finite values and at least one dialogue each"
        )
    order = np.argsort(values)
    return Measured(
        variable=variable,
        values=values[order],
        counts=counts[order],
        groups=tuple(tuple(float(v) for v in group) for group in entry.get("groups", ())),
        missing=int(entry.get("missing", 0)),
        rule=entry.get("cleaning", "drop"),
        persons=entry.get("persons"),
        weighted=_weighted(entry["weighted"]) if entry.get("weighted") else None,
    )


def _weighted(rows: list[list[float]]) -> Rows:
    """Return dialogues from [value, weight, number of the person]."""
    codes, weights, people = zip(*rows, strict=True)
    return Rows.of(codes, log_weights=np.log(weights), clusters=people)


def save(file: ReferenceFile, path: Path, *, persons: bool = True, force: bool = False) -> Path:
    """Write a reference file; see `written_aside`.

    Without `persons` only counts are written, and not who gave what.
    """
    entries = []
    for measured in file.measured:
        v = measured.variable
        entry: dict[str, Any] = {"name": v.name, "kind": v.kind, "description": v.description}
        entry |= {name: value for name in OPTIONAL if (value := getattr(v, name)) is not None}
        entry["cleaning"] = measured.rule
        if measured.missing:
            entry["missing"] = measured.missing
        entry["counts"] = [
            [float(value), int(count)]
            for value, count in zip(measured.values, measured.counts, strict=True)
        ]
        if measured.groups:
            entry["groups"] = measured.groups
        if persons and measured.persons:
            entry["persons"] = measured.persons
        if (rows := measured.weighted) is not None:
            columns = (rows.values.tolist(), rows.weights.tolist(), rows.clusters.tolist())
            entry["weighted"] = list(zip(*columns, strict=True))
        entries.append(entry)
    data: dict[str, Any] = {
        "format": WEIGHTED_FORMAT if any(m.weighted for m in file.measured) else FORMAT,
        "name": file.name,
        "title": file.title,
        "source": file.source,
        "licence": file.licence,
        "variables": entries,
    }
    if file.declared:
        data["declared"] = True
    if file.reading:
        data["reading"] = file.reading
    if file.cluster != "person":
        data["cluster"] = file.cluster
    if file.transcripts is not None:
        data["transcripts"] = file.transcripts.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with text_written_aside(path, force=force) as out:
        out.write(_compact(data))
    return path


def _compact(data: dict[str, Any]) -> str:
    """Return JSON with one line per field and one per variable's counts."""
    lines = json.dumps({**data, "variables": []}, indent=1, ensure_ascii=False).rstrip("}\n ")
    head = lines.replace('"variables": []', '"variables": [', 1)
    before, after = head.split('"variables": [', 1)
    body = ",\n".join(
        "  {\n"
        + ",\n".join(
            f"   {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in entry.items()
        )
        + "\n  }"
        for entry in data["variables"]
    )
    return f'{before}"variables": [\n{body}\n ]{after}\n}}\n'
