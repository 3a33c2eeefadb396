"""Multiverse: one contrast over a declared grid of wordings, options, models and cleaning rules."""

from simulate.comparison.multiverse.analysis import multiverse, multiverse_sync
from simulate.comparison.multiverse.plan_file import MultiversePlan
from simulate.comparison.multiverse.result import Multiverse

__all__ = ["Multiverse", "MultiversePlan", "multiverse", "multiverse_sync"]
