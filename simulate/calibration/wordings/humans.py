"""The humans that wordings are chosen by: those on the *select* side of the split of a reference.

Those on the other side stay untouched, so that the wording that is chosen can be reported there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulate.comparison.preflight import check_references
from simulate.comparison.reference_spec import load_reference
from simulate.errors import InputError, ReferenceDataError, first_of, quote
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
from simulate.scenario import Scenario
from simulate.scenario.own_populations import first_user

LANGUAGE = (
    "words_per_turn",
    "question_share",
    "lower_case_starts",
    "missing_end_stops",
    "distinct_2_w50",
)
"""The measures that differ most between humans and models in a chat."""


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


@dataclass(frozen=True, eq=False)
class Against:
    """The humans that wordings are held against.

    Attributes:
        outcome: which outcome is compared; None without a reference.
        humans: their values of it.
        talk: how they talk; None without a reference.
        talk_split: whether these are of the select side alone.
        acts: the REF of dialogues whose next acts are forecast; None without any.
    """

    outcome: str | None
    humans: Humans | None
    talk: ReferenceFile | None
    talk_split: bool = False
    acts: str | None = None


def held_against(
    scenario: Scenario,
    outcome: str | None,
    reference: str | None,
    language: str | None,
) -> Against:
    """Load the references, before anything is paid for.

    Args:
        scenario: whose outcomes they are.
        outcome: by default the first that the scenario compares, or that it is about.
        reference: a REF; by default the scenario's.
        language: a REF of how humans talk; by default the reference, where it has texts.

    Raises:
        InputError: there is no such outcome, or a reference cannot be used for it.
    """
    named = outcome or next(iter(scenario.compare), None)
    if named is None and reference is not None:
        named = next(iter(scenario.in_question), None)
    if named is not None and named not in scenario.outcomes:
        raise InputError(
            f"--outcome {quote(named)}: there is none in {scenario.name}; there are: "
            f"{first_of(scenario.outcomes) or 'none'}"
        )
    spec = reference or (scenario.compare.get(named) if named else None)
    humans = None
    if named is not None and spec is not None:
        declared = scenario.outcomes[named]
        check_references(scenario.model_copy(update={"compare": {named: spec}}))
        role = declared.asked.speaker if declared.asked else first_user(scenario.speakers)
        humans = humans_of(spec, named, Variable.of_outcome(named, declared), role or "")
    acts = spec if spec is not None and _records(spec) else None
    if (talk := language or acts) is None:
        return Against(named, humans, None)
    users = [name for name, each in scenario.speakers.items() if each.plays == "user"]
    return Against(named, humans, *language_of(talk, users), acts)


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


def language_of(spec: str, roles: Sequence[str]) -> tuple[ReferenceFile, bool]:
    """Return how humans talk, and whether these are of the select side alone.

    Args:
        spec: a REF.
        roles: speakers.

    Raises:
        ReferenceDataError: the reference has neither language measures nor texts of these roles.
    """
    records = _records(spec)
    if not records:
        file = open_reference(spec)
        if not {f"{role}.{each}" for role in roles for each in LANGUAGE} & {*file.variables}:
            raise ReferenceDataError(
                f"reference {quote(spec)} has neither texts nor language measures of "
                f"{', '.join(roles)}"
            )
        return file, False
    found = []
    for role in roles:
        own = [each for each in records if _selects(person_of(each, role))]
        found += measured_language(own, [role])
    release = release_of(spec)
    file = open_reference(spec) if release is None else release.file
    return replace(file, measured=tuple(found)), True


def _selects(person: str) -> bool:
    return split_of(person) == "select"


def _people_behind(spec: str, role: str | None) -> Mapping[str, str]:
    """Return, by the id of a persona, the person who is behind it, where dialogues say so."""
    return {
        str((each.get("persona") or {}).get("id") or each.get("dialogue")): person_of(each, role)
        for each in _records(spec)
    }


def _records(spec: str) -> list[Mapping[str, Any]]:
    """Return the dialogues of a REF; none where it has no texts."""
    try:
        return human_records(spec)[1]
    except ReferenceDataError:
        return []
