"""Follow a run while it goes on, stop it at a budget, and go on with it later."""

import simulate
from simulate.engine import DialogueEnded, Event


def listener(event: Event) -> None:
    """Say when a dialogue has ended."""
    if isinstance(event, DialogueEnded):
        print(f"dialogue {event.dialogue} ended after {event.turns} turns")


first = simulate.run_sync("donation", n=2, out="watched.db", budget_tokens=3000, listener=listener)
print(f"stopped: {first.why}; {first.left} dialogues are left")
last = simulate.run_sync("donation", n=2, out="watched.db", resume=True, listener=listener)
print(f"finished: {last.completed} completed, no finished turn was asked for again")
