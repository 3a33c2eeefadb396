"""Draw calibrate.png: what a reliability diagram and a map show, on people whose acts are known.

    uv run python docs/recorded-distributions/calibrate_figure.py FOLDER

FOLDER holds the PersuasionForGood release with its annotated dialogues. The forecaster is no model:
it states how often each act followed the act before, counted in half of the people of the select
split, and then the same made too sure, as most models are. A temperature is fitted to the other
half, and everything is shown on the people of the report split.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from simulate.calibration.acts import levels_of
from simulate.calibration.assessment import assess
from simulate.calibration.baselines import act_bigram
from simulate.calibration.fitting import best_temperature, mapped
from simulate.calibration.forecasts import Forecasts, Position, level_of
from simulate.calibration.moves import moves_of
from simulate.calibration.result import Calibration
from simulate.calibration.situation import load_situation
from simulate.reference.human_talks import human_talks
from simulate.report.calibration_figures import reliability_diagrams
from simulate.report.plotting import write_figure
from simulate.verbalized.draw_settings import tempered
from simulate.verbalized.probability_map import FittedTo, ProbabilityMap

ROLE = "persuadee"
TOO_SURE = 0.5
"""The temperature that makes the forecaster too sure; 1/TOO_SURE makes it right again."""


def known(folder: str) -> Forecasts:
    """Return the acts of all annotated turns of a role, with the same stated of each."""
    situation = load_situation()
    talks = [talk for talk in human_talks(f"persuasionforgood:{folder}") if talk.annotated]
    levels = levels_of(talks, situation)[ROLE]
    moves = [m for talk in talks for m in moves_of(talk, ROLE) if talk.turns[m.turn].acts]
    acts = [situation.first_act(m.talk.turns[m.turn].acts) or "" for m in moves]
    before = [situation.first_act(m.talk.turns[m.turn - 1].acts) or "" for m in moves]
    positions = [
        Position(m.person, m.talk.id, m.turn, ROLE, m.split, previous_act=act)
        for m, act in zip(moves, before, strict=True)
    ]
    flat = np.full((len(moves), len(levels)), 1 / len(levels))
    happened = np.array([level_of(act, levels) for act in acts])
    return Forecasts.of("act", "counted", levels, flat, happened, positions)


def main() -> None:
    """Write the figure, and print what is said of it."""
    people = known(sys.argv[1])
    select = people.of_split("select")
    half = np.array([sha256(at.person.encode()).digest()[1] & 1 for at in select.positions])
    counted, fitting = (select.taken(np.flatnonzero(half == side)) for side in (0, 1))

    def stated(of: Forecasts, temperature: float) -> Forecasts:
        found = act_bigram(counted, of)
        return replace(found, method="counted", stated=tempered(found.stated, temperature))

    temperature, interval = best_temperature(stated(fitting, TOO_SURE))
    whom = FittedTo(
        reference="persuasionforgood", release="0" * 64, split="select", role=ROLE,
        persons=fitting.persons, model="counted", method="counted",
        prompt_version=1,
    )  # fmt: skip
    found = ProbabilityMap(what="act", temperature=temperature, fitted=whom, simulate="–")
    sure = stated(people, TOO_SURE)
    shown = {
        "as counted": stated(people, 1.0),
        "made too sure": sure,
        "after the map": replace(sure, stated=mapped(sure, found)),
    }
    parts = tuple(replace(assess(each), what=name) for name, each in shown.items())
    sizes = {"select": select.persons, "report": parts[0].persons}
    told = Calibration("counted", "counted", ("persuasionforgood",), sizes, parts, margin=0.1)
    write_figure(reliability_diagrams(told), Path(__file__).with_name("calibrate.png"))
    print(f"temperature {temperature:.2f}", interval, sizes)
    print("\n".join(told.said(part) for part in parts))
    for part in parts:
        print(part.reliability and part.reliability.decomposition)


if __name__ == "__main__":
    main()
