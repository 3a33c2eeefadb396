"""The simulated user's own faults."""
