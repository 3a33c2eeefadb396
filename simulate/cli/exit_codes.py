"""The exit codes of commands; 0 is success."""

EXIT_GATE = 1
"""A gate failed."""
EXIT_BAD_INPUT = 2
EXIT_FAILED_DIALOGUES = 3
"""The run is finished, with failed dialogues."""
EXIT_INTERRUPTED = 130
"""The run was interrupted, and can be resumed."""
