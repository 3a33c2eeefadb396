"""How a sample is composed: points, strata and quotas, and in such a way that it can grow.

People come one after another, each by its own identity. Strata and quotas say for each place of the
sample which groups are open (`Openings`), and the first who fits takes it; who does not waits, and
is asked again for the next place. So the first n people of a larger sample are the sample of n, and
a person is who it would be without strata, too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from simulate.errors import PopulationError, quote
from simulate.files.conditions import condition_words
from simulate.files.strict import Strict
from simulate.population.drawing import drawn
from simulate.population.persona import Attributes, Value
from simulate.population.shares import (
    Shares,
    StratumShare,
    group_of,
    portions,
)
from simulate.randomness import uniform

MOST_STRATA = 1000
MOST_IN_VAIN = 50_000
"""People who are drawn in a row of whom none fits."""
SLACK = 1
"""By how many people a group may be ahead of its quota where there are several quotas."""

MOST_KNOWN = 100_000
"""Combinations of values whose group is kept."""

T = TypeVar("T")
GroupOf = Callable[[Attributes], int | None]


def _named(given: object) -> object:
    return {"points": given} if isinstance(given, str) else given


class Sampling(Strict):
    """How people are drawn; each person by itself where nothing is said."""

    points: Literal["random", "sobol"] = "random"
    """`sobol`: by a scrambled Sobol sequence, which fills the space of the attributes evenly."""
    strata: Annotated[list[str] | list[StratumShare], Field(max_length=MOST_STRATA)] = []
    """Attributes whose combinations each have their share of the population in every sample; or
    strata with shares as stated. Nobody is drawn who is in none of these."""
    quotas: dict[str, Shares] = {}
    """Attribute to the shares of its values or groups; each attribute by itself."""

    @model_validator(mode="after")
    def _check(self) -> Sampling:
        if self.strata and self.quotas:
            raise ValueError("strata: give strata or quotas, not both")
        for number, each in enumerate(self.strata):
            if each in self.strata[:number]:
                raise ValueError(f"strata.{number}: stands there twice")
        for name, groups in self.quotas.items():
            try:
                portions([group.share for group in groups])
            except ValueError as error:
                raise ValueError(f"quotas.{name}: {error}") from None
        return self

    def names(self) -> list[tuple[str, str]]:
        """Return each attribute that strata or quotas name, after the field that does."""
        found = [(f"sampling.quotas.{name}", name) for name in self.quotas]
        for number, each in enumerate[str | StratumShare](self.strata):
            where = f"sampling.strata.{number}"
            if isinstance(each, StratumShare):
                found += [(f"{where}.when.{name}", name) for name in each.when]
            else:
                found.append((where, each))
        return found


SamplingField = Annotated[
    Sampling, BeforeValidator(_named, json_schema_input_type=Sampling | Literal["random", "sobol"])
]


@dataclass(frozen=True)
class Grouping:
    """Groups of which each person is in one or none, and the share of the sample that each gets.

    Attributes:
        name: `strata`, or the attribute of a quota.
        labels: of the groups.
        shares: sum to 1.
        group: returns the group of a person, from 0; None for none that is drawn.
    """

    name: str
    labels: tuple[str, ...]
    shares: tuple[float, ...]
    group: GroupOf


def groupings_of(
    sampling: Sampling, people: Callable[[], Sequence[tuple[Attributes, float]]]
) -> list[Grouping]:
    """Return the groups that strata or quotas make.

    Args:
        sampling: as stated.
        people: of the population, with their weights.

    Raises:
        PopulationError: a group with a share has nobody in it, or a person is in two.
    """
    if not sampling.strata and not sampling.quotas:
        return []
    known = people()
    if sampling.quotas:
        found = [_quota(name, groups) for name, groups in sampling.quotas.items()]
    elif stated := [each for each in sampling.strata if isinstance(each, StratumShare)]:
        found = [_stated(stated)]
    else:
        return [_proportional([str(name) for name in sampling.strata], known)]
    for grouping in found:
        sizes = Counter(grouping.group(person) for person, weight in known if weight > 0)
        for number, share in enumerate(grouping.shares):
            if share and not sizes[number]:
                where = "strata" if sampling.strata else f"quotas.{grouping.name}"
                at = f"{where}.{number}" if sampling.strata else where
                raise PopulationError(
                    f"sampling.{at}: nobody of {len(known):,} people is in the group "
                    f"“{grouping.labels[number]}”; leave it out, or give it no share"
                )
    return found


def _quota(name: str, groups: Shares) -> Grouping:
    def group(person: Attributes) -> int | None:
        try:
            found = group_of(person.get(name), groups)
        except ValueError as error:
            raise PopulationError(f"sampling.quotas.{name}: {error}") from None
        return found if found is not None and shares[found] else None

    shares = tuple(portions([each.share for each in groups]))
    labels = tuple(condition_words(each.when) for each in groups)
    return Grouping(name, labels, shares, _once_for_each_value(group, [name]))


def _stated(strata: Sequence[StratumShare]) -> Grouping:
    def group(person: Attributes) -> int | None:
        found = [i for i, each in enumerate(strata) if each.holds(person)]
        if len(found) > 1:
            one, other = (strata[i].label for i in found[:2])
            raise PopulationError(
                f"sampling.strata.{found[1]}: somebody can be in the strata “{one}” and “{other}”; "
                "each person may be in one"
            )
        return found[0] if found else None

    shares = tuple(portions([each.share for each in strata]))
    names = list(dict.fromkeys(name for each in strata for name in each.when))
    labels = tuple(each.label for each in strata)
    return Grouping("strata", labels, shares, _once_for_each_value(group, names))


def _once_for_each_value(group: GroupOf, names: Sequence[str]) -> GroupOf:
    """Return `group`, which looks at some attributes, and is called once for each of their values.

    Among a great many people few values are different ones.
    """
    known: dict[object, int | None] = {}

    def found(person: Attributes) -> int | None:
        values = [person.get(name) for name in names]
        key = (*values, *map(type, values))  # 1 and yes are two values
        if key not in known:
            if len(known) > MOST_KNOWN:
                known.clear()
            known[key] = group(person)
        return known[key]

    return found


def _proportional(names: Sequence[str], people: Sequence[tuple[Attributes, float]]) -> Grouping:
    sizes: Counter[tuple[Value | None, ...]] = Counter()
    for person, weight in people:
        sizes[tuple(person.get(name) for name in names)] += weight  # type: ignore[assignment]
    if len(sizes) > MOST_STRATA:
        raise PopulationError(
            f"sampling.strata: {len(sizes):,} combinations of {', '.join(names)}; at most "
            f"{MOST_STRATA:,}: take fewer attributes, or state strata with ranges"
        )
    places = {values: i for i, values in enumerate(sorted(sizes, key=str))}
    labels = tuple(
        ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
        for values in places
    )
    return Grouping(
        "strata",
        labels,
        tuple(portions([sizes[values] for values in places])),
        lambda person: places.get(tuple(person.get(name) for name in names)),
    )


class Openings:
    """Which groups are open at each place of a sample.

    The places that a group gets are drawn by its share, evenly, from a random beginning. With one
    grouping a place is for one group. With several, a group is open until it is ahead by `SLACK`.
    """

    def __init__(self, groupings: Sequence[Grouping], seed: int, population: str) -> None:
        self._groupings = groupings
        self._due = []
        for grouping in groupings:
            start = uniform(seed, f"persona:groups:{grouping.name}", population)
            self._due.append(_places(grouping.shares, start))
        self._slack = SLACK if len(groupings) > 1 else 0
        self._left = [[self._slack] * len(grouping.shares) for grouping in groupings]

    def next(self) -> None:
        """Go on to the next place."""
        for left, due in zip(self._left, self._due, strict=True):
            left[next(due)] += 1

    def fits(self, groups: Sequence[int]) -> bool:
        """Tell whether somebody of these groups may take the place."""
        return all(left[group] > 0 for left, group in zip(self._left, groups, strict=True))

    def take(self, groups: Sequence[int]) -> None:
        """Give the place to somebody of these groups."""
        for left, group in zip(self._left, groups, strict=True):
            left[group] -= 1

    def wanted(self) -> str:
        """Return which groups are open, for a message."""
        open_groups = [
            f"{grouping.name} {' or '.join(quote(grouping.labels[i], 60) for i in here[:4])}"
            for grouping, left in zip(self._groupings, self._left, strict=True)
            if (here := [i for i, n in enumerate(left) if n > 0 and grouping.shares[i]])
        ]
        return "; ".join(open_groups)


def _places(shares: Sequence[float], start: float) -> Iterator[int]:
    some = [i for i, share in enumerate(shares) if share]
    return (some[i] for i in drawn([shares[i] for i in some], start))


def composed(
    candidates: Iterator[tuple[T, Attributes]],
    groupings: Sequence[Grouping],
    seed: int,
    population: str,
) -> Iterator[T]:
    """Iterate for ever over those who take the places of a sample.

    Args:
        candidates: who comes, with its attributes, without end.
        groupings: into which groups they fall.
        seed: of the sample.
        population: its name.

    Raises:
        PopulationError: nobody comes who fits.
    """
    openings = Openings(groupings, seed, population)
    waiting: dict[tuple[int, ...], deque[tuple[int, T]]] = {}
    numbers = count()
    while True:
        openings.next()
        fitting = [key for key, queue in waiting.items() if queue and openings.fits(key)]
        if fitting:
            first = min(fitting, key=lambda key: waiting[key][0][0])
            openings.take(first)
            yield waiting[first].popleft()[1]
            continue
        for _ in range(MOST_IN_VAIN):
            number, (candidate, attributes) = next(numbers), next(candidates)
            groups = [grouping.group(attributes) for grouping in groupings]
            key = tuple(group for group in groups if group is not None)
            if len(key) < len(groups):
                continue
            if openings.fits(key):
                openings.take(key)
                yield candidate
                break
            waiting.setdefault(key, deque()).append((number, candidate))
        else:
            raise PopulationError(
                f"sampling: none of {MOST_IN_VAIN:,} people fits what is open, "
                f"{openings.wanted()}: these do not go together in this population"
            )


def check_names(sampling: Sampling, known: Mapping[str, object]) -> None:
    """Check that strata and quotas name attributes.

    Raises:
        ValueError: one does not; the message begins with the field.
    """
    for field, name in sampling.names():
        if name not in known:
            raise ValueError(
                f"{field}: {quote(name, 40)} is no attribute; there are: {', '.join(known)}"
            )
