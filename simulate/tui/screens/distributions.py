"""Placeholder."""

from simulate.tui.screens.page import Page


class Distributions(Page):
    """x"""

    NAME = "distributions"

    def body(self):
        return []
