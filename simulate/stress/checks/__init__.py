"""The checks of a stress test: `rule` (what one is), `kinds` (one a module), `running`."""
