"""The built-in kinds of targets, one a module; see `simulate.targets.config`."""
