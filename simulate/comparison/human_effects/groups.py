"""What `--effect A-B` and `--by TRAIT` name: groups of cells, and columns of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError, quote
from simulate.population import Value
from simulate.reference.respondents import Respondents
from simulate.scenario.outcome_kind import as_word

if TYPE_CHECKING:
    from simulate.scenario import Cell


@dataclass(frozen=True)
class Group:
    """Cells of a run that have some levels in common.

    Attributes:
        name: of the cell, or of the level.
        levels: condition to level.
    """

    name: str
    levels: Mapping[str, str]


@dataclass(frozen=True)
class GroupContrast:
    """`A-B`: the second group is taken from the first."""

    first: Group
    second: Group

    @property
    def name(self) -> str:
        """As tables show it."""
        return f"{self.first.name} − {self.second.name}"


@dataclass(frozen=True)
class Trait:
    """An attribute of personas, and the column of the human data that holds the same."""

    name: str
    column: str

    @classmethod
    def of(cls, text: str) -> Trait:
        """Read `TRAIT` or `TRAIT=COLUMN`."""
        name, _, column = (part.strip() for part in text.partition("="))
        return cls(name, column or name)


def contrast_of(text: str, cells: Sequence[Cell]) -> GroupContrast:
    """Read `A-B` or `CONDITION:A-B`: two cells, or two levels of one condition.

    Labels and levels may hold hyphens themselves.

    Raises:
        StatisticsError: it names no such pair, or more than one.
    """
    conditions: dict[str, dict[str, None]] = {}
    for cell in cells:
        for condition, level in cell.levels.items():
            conditions.setdefault(condition, {})[level] = None
    varied = {c: tuple(levels) for c, levels in conditions.items() if len(levels) > 1}
    kinds = [[Group(x, {c: x}) for x in levels] for c, levels in varied.items()]
    if len(varied) > 1:
        kinds.append([Group(c.label, {v: c.levels[v] for v in varied}) for c in cells])
    condition, colon, rest = text.partition(":")
    asked = text
    if colon and condition.strip() in varied:
        kinds = [[Group(x, {condition.strip(): x}) for x in varied[condition.strip()]]]
        asked = rest
    pairs = {
        (asked[:i].strip(), asked[i + 1 :].strip()) for i, sign in enumerate(asked) if sign == "-"
    }
    found = [
        GroupContrast(a, b)
        for groups in kinds
        for a in groups
        for b in groups
        if a is not b and (a.name, b.name) in pairs
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise StatisticsError(
            f"--effect {quote(text)} can be read in {len(found)} ways; write CONDITION:A-B with "
            f"one of: {', '.join(varied)}"
        )
    have = "; ".join(f"{c}: {', '.join(levels)}" for c, levels in varied.items())
    raise StatisticsError(
        f"--effect {quote(text)} does not name two levels of one condition as A-B; the run has "
        f"{have or 'one cell'}"
    )


def same(value: Value | None) -> str | None:
    """Return what two spellings of a level have in common: its text, whatever the case."""
    return None if value is None else as_word(value).casefold()


def in_group(people: Respondents, columns: Mapping[str, str], group: Group) -> NDArray[np.bool_]:
    """Return (n,) which rows have the levels of a group.

    Args:
        people: the rows.
        columns: condition to the column that holds it; conditions that it lacks are not asked.
        group: its levels.
    """
    found = np.ones(people.rows.n, dtype=np.bool_)
    for condition, level in group.levels.items():
        if condition in columns:
            wanted = level.casefold()
            found &= np.array(
                [same(v) == wanted for v in people.columns[columns[condition]]], dtype=np.bool_
            )
    return found


def met(people: Respondents, cell: Cell) -> NDArray[np.bool_]:
    """Return (n,) which people met the levels of a cell, of the conditions that their data hold."""
    columns = {
        condition: condition
        for condition, level in cell.levels.items()
        if level.casefold() in map(same, people.columns.get(condition, ()))
    }
    return in_group(people, columns, Group(cell.label, cell.levels))


def human_columns(people: Respondents, contrast: GroupContrast) -> dict[str, str] | str:
    """Return condition to human column, or why a contrast has no human counterpart.

    A condition is held by the column of its name, else by the only column with both levels. Only
    conditions in which the two groups differ must be there.
    """
    found = {}
    for condition, level in contrast.first.levels.items():
        levels = {level.casefold(), contrast.second.levels[condition].casefold()}
        names = [condition] if condition in people.columns else list(people.columns)
        if len(levels) == 1 and names != [condition]:
            continue
        holding = [n for n in names if levels <= {same(v) for v in people.columns[n]}]
        if len(holding) == 1:
            found[condition] = holding[0]
        elif len(levels) > 1:
            said = " and ".join(dict.fromkeys((level, contrast.second.levels[condition])))
            if holding:
                return f"several human columns hold {said}: {', '.join(holding)}"
            return f"no column of the human data holds {said} of the condition {condition}"
    return found
