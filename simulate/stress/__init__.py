"""Stress tests: checks, judges, rates, shrinking, gating."""
