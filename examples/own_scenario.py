"""Run a scenario and a population of your own: `rent.yaml` and `tenants.yaml` beside this file."""

from collections import Counter
from pathlib import Path

import simulate

HERE = Path(__file__).parent

for persona in simulate.load_population(HERE / "tenants.yaml").sample(3, seed=1):
    print(persona.id, persona.prose)

result = simulate.run_sync(HERE / "rent.yaml", n=4)
accepts = Counter[tuple[str, object]]()
with result.open() as run:
    for dialogue in run.read():
        if outcome := dialogue.outcomes.get("accepts"):
            accepts[dialogue.cell.label, outcome.value] += 1
for (method, value), count in sorted(accepts.items()):
    print(f"{method}: {count} × accepts = {value}")
