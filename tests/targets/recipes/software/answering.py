"""What the bots of this folder say; imported beside the software of one vendor alone."""

CRASH = "Crash, please."
BROKEN = "The bot has broken down."


def answer_to(said):
    if said[-1] == CRASH:
        raise ValueError(BROKEN)
    if len(said) == 1:
        return f"“{said[0]}”, I see.\nWhat else?"
    return f"Turn {len(said)}; you began with “{said[0]}”."
