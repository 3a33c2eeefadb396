"""The humans that wordings are chosen by: those on the *select* side of the split of a reference.

Those on the other side stay untouched, so that the wording that is chosen can be reported there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulate.comparison.reference_spec import load_reference
from simulate.errors import ReferenceDataError, quote
from simulate.population import Population
from simulate.reference import Reference, Variable
from simulate.reference.counting import count_values
from simulate.reference.file import ReferenceFile
from simulate.reference.human_talks import human_records
from simulate.reference.language_variables import measured_language
from simulate.reference.registry import open_reference
from simulate.reference.released import is_release, people_named, release_of
from simulate.reference.split import split_of
from simulate.reference.transcripts import person_of


@dataclass(frozen=True, eq=False)
class Humans:
    """Human values that wordings are held against.

    Attributes:
        reference: the values; of the select side alone, where that is known.
        split: whether they are of the select side alone.
    """

    reference: Reference
    split: bool

    @property
    def told(self) -> str:
        """What they are, in words."""
        if self.split:
            return f"{self.reference.n:,} on the select side of {self.reference.name}"
        return (
            f"all {self.reference.n:,} of {self.reference.name}, which does not say who gave what, "
            "so that nothing of it is left untouched"
        )


def humans_of(spec: str, outcome: str, variable: Variable | None, role: str) -> Humans:
    """Return the human values of an outcome, on the select side where the reference has persons.

    Args:
        spec: a REF.
        outcome: its name.
        variable: as the scenario declares it, for a table.
        role: the speaker whose outcome it is.

    Raises:
        ReferenceDataError: the reference cannot be used, or nobody is on its select side.
    """
    whole = load_reference(spec, outcome, variable=variable)
    if not whole.persons or whole.weighted is not None:
        return Humans(whole, split=False)
    behind = _people_behind(spec, role)
    person = {each: behind.get(each, each) for each in whole.persons}
    given = {each: code for each, code in whole.persons.items() if _selects(person[each])}
    if not given:
        raise ReferenceDataError(f"reference {quote(spec)}: nobody is on the select side")
    counted = count_values(whole.variable, given, person, 0)
    part = replace(
        whole, values=counted.values, counts=counted.counts, groups=counted.groups, persons=given
    )
    return Humans(part, split=True)


def people_to_choose_by(population: str) -> Population | None:
    """Return the people of `IMPORTER:PATH` that are on the select side; None of another population.

    Raises:
        ReferenceDataError: the data cannot be used, or nobody is there.
    """
    if not is_release(population):
        return None
    people = people_named(population)
    behind = _people_behind(population, None)
    rows = [row for row in people.personas if _selects(behind.get(row.id, row.id))]
    if not rows:
        raise ReferenceDataError(f"{population}: nobody is on the select side")
    return people.model_copy(update={"personas": rows})


def language_of(
    spec: str, roles: Sequence[str], measures: Sequence[str]
) -> tuple[ReferenceFile, bool]:
    """Return how humans talk, and whether these are of the select side alone.

    Args:
        spec: a REF.
        roles: speakers.
        measures: of which one at least must be there.

    Raises:
        ReferenceDataError: the reference has neither language measures nor texts of these roles.
    """
    try:
        _, records = human_records(spec)
    except ReferenceDataError:
        file = open_reference(spec)
        if not {f"{role}.{each}" for role in roles for each in measures} & {*file.variables}:
            raise ReferenceDataError(
                f"reference {quote(spec)} has neither texts nor language measures of "
                f"{', '.join(roles)}"
            ) from None
        return file, False
    found = []
    for role in roles:
        own = [each for each in records if _selects(person_of(each, role))]
        found += measured_language(own, [role])
    release = release_of(spec)
    file = open_reference(spec) if release is None else release.file
    return replace(file, measured=tuple(found)), True


def has_dialogues(spec: str) -> bool:
    """Return whether a REF has the texts of dialogues."""
    try:
        return bool(human_records(spec)[1])
    except ReferenceDataError:
        return False


def _selects(person: str) -> bool:
    return split_of(person) == "select"


def _people_behind(spec: str, role: str | None) -> Mapping[str, str]:
    """Return, by the id of a persona, the person who is behind it, where dialogues say so."""
    try:
        _, records = human_records(spec)
    except ReferenceDataError:
        return {}
    return {_persona(each): person_of(each, role) for each in records}


def _persona(record: Mapping[str, Any]) -> str:
    return str((record.get("persona") or {}).get("id") or record.get("dialogue"))
