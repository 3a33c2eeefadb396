"""The built-in checks, one a module; see `simulate.stress.checks.rule`."""
