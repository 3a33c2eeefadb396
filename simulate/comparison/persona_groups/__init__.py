"""An outcome by kinds of personas: a small picture of each group, beside humans of that group."""

from simulate.comparison.persona_groups.grouping import GroupedOutcome, group_outcome
from simulate.comparison.persona_groups.result import PersonaGroup, PersonaGroups
from simulate.comparison.persona_groups.view import persona_groups

__all__ = ["GroupedOutcome", "PersonaGroup", "PersonaGroups", "group_outcome", "persona_groups"]
