"""Few humans, many simulations: what simulations of the same and of other people add to humans."""

from simulate.comparison.prediction_powered.api import ppi
from simulate.comparison.prediction_powered.result import PredictionPowered

__all__ = ["PredictionPowered", "ppi"]
