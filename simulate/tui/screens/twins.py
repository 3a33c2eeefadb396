"""Two cells side by side."""

from simulate.tui.screens.analysis_page import AnalysisPage


class TwinsPage(AnalysisPage):
    """The page."""

    NAME = "twins"
