"""What could have been said in a dialogue."""

from simulate.tui.screens.analysis_page import AnalysisPage


class TreePage(AnalysisPage):
    """The page."""

    NAME = "tree"
