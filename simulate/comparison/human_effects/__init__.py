"""Effects of conditions and traits in a run, beside the same effects in people."""
