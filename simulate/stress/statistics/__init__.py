"""The numbers of a stress test: pure functions over `Observed` records of one cell."""
