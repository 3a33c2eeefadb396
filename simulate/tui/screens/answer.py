"""The answer of the run: what its outcome came to."""

from __future__ import annotations

from simulate.tui.screens.analysis_page import AnalysisPage


class AnswerPage(AnalysisPage):
    """What the run says of one outcome."""

    NAME = "answer"
