"""A finished run under another draw rule or population, by the draws that are on file."""

from simulate.comparison.reweighing.estimates import reweigh
from simulate.comparison.reweighing.result import Reweighed, ReweighedRow

__all__ = ["Reweighed", "ReweighedRow", "reweigh"]
