"""The built-in outcome kinds, one a module; see `simulate.scenario.outcome_kind`."""
