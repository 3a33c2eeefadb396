"""The answer of a run: what it says in one look."""

from simulate.comparison.answer.analysis import answer, first_look, with_sentences
from simulate.comparison.answer.result import Answer, CheckCounts, OutcomeAnswer

__all__ = ["Answer", "CheckCounts", "OutcomeAnswer", "answer", "first_look", "with_sentences"]
