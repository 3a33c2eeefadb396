"""The built-in importers of human data, one a module; see `simulate.reference.importing`."""
