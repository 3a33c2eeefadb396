"""Pure functions on arrays: distances, resampling, intervals, proportions, pairing, weights."""
