"""A package that adds one of each kind of thing to simulate."""
