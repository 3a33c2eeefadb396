"""Ask people without a talk, show them something, and ask again."""

from pathlib import Path

import simulate

result = simulate.run_sync(Path(__file__).with_name("questionnaire.yaml"), n=2, seed=1)
with result.open() as run:
    for dialogue in run.dialogues():
        scores = ("trust_before", "trust_after", "change")
        before, after, change = (dialogue["outcomes"][name]["value"] for name in scores)
        print(f"{dialogue['persona']['id']}: {before} before the letter, {after} after it")
        print(f"  a change of {change:+.1f}")
