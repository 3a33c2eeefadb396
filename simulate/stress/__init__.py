"""Stress tests: how often does a target fail, where, and for whom?

Read in this order: `api` (a whole test), `examiner` and `checks` (what must hold), `simulator` (the
simulated user's own faults), `records` (what a rate is computed from), `statistics` (the numbers),
`failures` (the turns that fail), `analysis` and `gates` (the result), `cases` (shrinking and
regression cases), `reports` (for CI), `pytest_plugin`.
"""
