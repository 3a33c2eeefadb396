"""Personas and populations: who is simulated."""

from simulate.population.load import load_population
from simulate.population.persona import Attributes, Persona, Value
from simulate.population.population import (
    Attribute,
    Population,
    RankCorrelation,
    TableRow,
    root_persona,
)

__all__ = [
    "Attribute",
    "Attributes",
    "Persona",
    "Population",
    "RankCorrelation",
    "TableRow",
    "Value",
    "load_population",
    "root_persona",
]
