"""A probability map that is fitted to a walk through dialogues of people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from simulate.calibration.fitting import fit_isotonic, fit_temperature, judged
from simulate.calibration.walk_forecasts import ACT, Thing, WalkForecasts, model_of
from simulate.errors import InputError, StatisticsError, first_of
from simulate.reference.human_talks import HumanTalk
from simulate.runfile import RunReader
from simulate.verbalized.probability_map import FittedTo, ProbabilityMap


@dataclass(frozen=True)
class MapOf:
    """What a map is fitted to.

    Attributes:
        what: `act`, `leaving`, or an outcome.
        role: whose; by default the last role of which it was forecast.
        kind: `temperature` or `isotonic`; by default isotonic of an event, else a temperature.
    """

    what: str = ACT
    role: str | None = None
    kind: Literal["temperature", "isotonic"] | None = None

    def among(self, things: Sequence[Thing]) -> Thing:
        """Return the thing that is meant.

        Raises:
            InputError: nothing of the kind was forecast.
        """
        found = [t for t in things if t.what == self.what and self.role in (None, t.role)]
        if not found:
            there = first_of([f"{thing.what}:{thing.role}" for thing in things]) or "nothing"
            asked = self.what if self.role is None else f"{self.what}:{self.role}"
            raise InputError(f"a map of {asked}: was not forecast; there are: {there}")
        return found[-1]


def fitted_map(walked: WalkForecasts, run: RunReader, method: str, fit: MapOf) -> ProbabilityMap:
    """Fit a map to the people of the select split who were walked through, and judge it.

    Raises:
        InputError: there is nothing of the kind to fit it to.
        StatisticsError: nobody of the select split was walked through.
    """
    thing = fit.among(walked.things)
    ours = walked.forecasts(thing, method)
    known, others = ours.of_split("select"), ours.of_split("report")
    if not known.n:
        raise StatisticsError(
            f"map of {thing.what} of {thing.role}: nobody of the select split was walked through; "
            "walk through both splits (leave --split out), or --split select"
        )
    talks = walked.talks[walked.reference]
    fitted = FittedTo(
        reference=walked.reference,
        release=fingerprint(talks),
        split="select",
        role=thing.role,
        persons=known.persons,
        model=model_of(run),
        method=method,
        prompt_version=run.scenario.prompt_version,
    )
    isotonic = fit.kind == "isotonic" or (fit.kind is None and len(ours.levels) == 2)
    made = (fit_isotonic if isotonic else fit_temperature)(
        known, fitted, version("simulate-dialogues")
    )
    return judged(made, others) if others.n else made


def fingerprint(talks: Iterable[HumanTalk]) -> str:
    """Return the SHA-256 of dialogues: who said what, and what came of it; hexadecimal."""
    found = hashlib.sha256()
    for talk in sorted(talks, key=lambda each: each.key):
        said = [[turn.speaker, turn.text, *turn.acts] for turn in talk.turns]
        whole = [talk.key, said, dict(talk.people), dict(talk.outcomes)]
        found.update(json.dumps(whole, sort_keys=True, default=str).encode())
    return found.hexdigest()
