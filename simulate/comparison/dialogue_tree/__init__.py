"""The tree of a dialogue: what could have been said at each turn, and what was played of it."""

from simulate.comparison.dialogue_tree.analysis import dialogue_tree, explored_dialogue
from simulate.comparison.dialogue_tree.nodes import PathRank, Played, TreeCandidate, TreeTurn
from simulate.comparison.dialogue_tree.result import DialogueTree

__all__ = [
    "DialogueTree",
    "PathRank",
    "Played",
    "TreeCandidate",
    "TreeTurn",
    "dialogue_tree",
    "explored_dialogue",
]
