"""Scenarios: the situation that is simulated, as a YAML file describes it."""

from simulate.scenario.analysis import Analysis, PlannedComparison
from simulate.scenario.applicability import DOES_NOT_APPLY, Answer
from simulate.scenario.cell import Cell, cells_called
from simulate.scenario.checks import Check
from simulate.scenario.contrast import Contrast
from simulate.scenario.declaration import Defaults, Level
from simulate.scenario.design import Design, Factor
from simulate.scenario.frame import Moment, frame_of, framed
from simulate.scenario.layout import (
    History,
    exchange,
    filled,
    indented,
    instructions_of,
    judge_messages,
    patience,
    sent,
    spoken_or_left,
    template_values,
)
from simulate.scenario.load import (
    json_schema,
    lines_of_checks,
    load_scenario,
    load_with_population,
    load_with_populations,
    population_of,
)
from simulate.scenario.method import MethodChange
from simulate.scenario.names import speaker_names
from simulate.scenario.outcome_kind import OutcomeScalar
from simulate.scenario.outcomes import Answered, Asked, Judged, Matched, Outcome
from simulate.scenario.own_talk import fitting
from simulate.scenario.partners import load_populations, partners_of, who_told
from simulate.scenario.rehearsal import rehearse
from simulate.scenario.right_answers import with_answers
from simulate.scenario.scenario import Scenario
from simulate.scenario.speaker import Fact, Speaker, SpeakerChange, Tail
from simulate.scenario.steps import GivenTurn, Show, Step
from simulate.scenario.tasks import outcome_task, turn_task
from simulate.scenario.turns import Turns
from simulate.scenario.unchanging import unchanging

__all__ = [
    "DOES_NOT_APPLY",
    "Analysis",
    "Answer",
    "Answered",
    "Asked",
    "Cell",
    "Check",
    "Contrast",
    "Defaults",
    "Design",
    "Fact",
    "Factor",
    "GivenTurn",
    "History",
    "Judged",
    "Level",
    "Matched",
    "MethodChange",
    "Moment",
    "Outcome",
    "OutcomeScalar",
    "PlannedComparison",
    "Scenario",
    "Show",
    "Speaker",
    "SpeakerChange",
    "Step",
    "Tail",
    "Turns",
    "cells_called",
    "exchange",
    "filled",
    "fitting",
    "frame_of",
    "framed",
    "indented",
    "instructions_of",
    "json_schema",
    "judge_messages",
    "lines_of_checks",
    "load_populations",
    "load_scenario",
    "load_with_population",
    "load_with_populations",
    "outcome_task",
    "partners_of",
    "patience",
    "population_of",
    "rehearse",
    "sent",
    "speaker_names",
    "spoken_or_left",
    "template_values",
    "turn_task",
    "unchanging",
    "who_told",
    "with_answers",
]
