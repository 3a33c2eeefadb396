"""Stress tests: how often does a target fail, where, and for whom?

Read in this order: `api` (a whole test), `examiner` and `checks` (what must hold), `simulator` (the
simulated user's own faults), `observed` (what a rate is computed from), `statistics` (the
numbers), `analysis` and `gating` (what it comes to), `cases` (shrinking and regression cases),
`reports` (for CI), `pytest_plugin`.
"""
