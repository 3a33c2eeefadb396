"""Chat logs that were not made here, in formats that are told by their content."""

from simulate.reference.chat_logs.logged import LoggedDialogue, Place
from simulate.reference.chat_logs.messages import LoggedTurn, turns_of
from simulate.reference.chat_logs.reading import ChatLogs, LeftOut

__all__ = ["ChatLogs", "LeftOut", "LoggedDialogue", "LoggedTurn", "Place", "turns_of"]
