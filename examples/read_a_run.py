"""Read a run: dialogues, the distribution behind each turn, and all of it as JSON Lines."""

import json
import sys
from pathlib import Path

import simulate

path = Path(sys.argv[1]) if len(sys.argv) > 1 else simulate.run_sync("donation", n=1).path
with simulate.open_run(path) as run:
    for dialogue in run.read():
        print(f"\n{dialogue.key} · {dialogue.cell.label} · {dialogue.status}")
        for turn in dialogue.turns:
            print(f"  {turn.speaker}: {turn.text}")
            if turn.draw is None or turn.distribution is None:
                continue
            for place, text in enumerate(turn.distribution.texts):
                drawn = "▶" if place == turn.draw.chosen else " "
                print(f"    {drawn} {turn.distribution.weights[place]:.2f} {text}")
    lines = Path("dialogues.jsonl")  # `simulate export RUN --format jsonl` writes the same
    lines.write_text("".join(f"{json.dumps(d)}\n" for d in run.dialogues()), "utf-8")
