"""Read a run: dialogues, the distribution behind each turn, and all of it as JSON Lines."""

import json
import sys
from pathlib import Path

import simulate

path = Path(sys.argv[1]) if len(sys.argv) > 1 else simulate.run_sync("donation", n=1).path
with simulate.open_run(path) as run:
    for dialogue in run.dialogues():
        print(f"\n{dialogue['dialogue']} · {dialogue['cell']} · {dialogue['status']}")
        for turn in dialogue["turns"]:
            print(f"  {turn['speaker']}: {turn['text']}")
            for place, candidate in enumerate(turn["candidates"] or []):
                drawn = "▶" if place == turn["chosen"] else " "
                print(f"    {drawn} {candidate['weight']:.2f} {candidate['text']}")
    lines = Path("dialogues.jsonl")  # `simulate export RUN --format jsonl` writes the same
    lines.write_text("".join(f"{json.dumps(d)}\n" for d in run.dialogues()), "utf-8")
