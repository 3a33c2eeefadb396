"""Personas and populations: who is simulated."""

from simulate.population.attribute import Attribute
from simulate.population.correlation import RankCorrelation
from simulate.population.load import load_population
from simulate.population.matching import MatchRule, check_match
from simulate.population.partners import Partner, Partners
from simulate.population.persona import Attributes, Persona, Value
from simulate.population.population import Population
from simulate.population.table_row import TableRow, root_persona

__all__ = [
    "Attribute",
    "Attributes",
    "MatchRule",
    "Partner",
    "Partners",
    "Persona",
    "Population",
    "RankCorrelation",
    "TableRow",
    "Value",
    "check_match",
    "load_population",
    "root_persona",
]
