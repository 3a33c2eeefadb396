"""Dialogue and persona simulation with verbalized sampling."""
