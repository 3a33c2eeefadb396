"""Compare what simulated people gave with what people gave, beside naive baselines."""

import simulate

result = simulate.run_sync("donation", n=5, methods=["direct", "vs"], seed=1)
comparison = simulate.compare(result.path, draws=200)  # the scenario names the human data
print(comparison.reference.name, "n =", comparison.reference.n)
for row in comparison.rows:
    distance = row.distances["wasserstein"]
    print(f"{row.name:24} n {row.n:3}  distance {distance.value:.3f} {comparison.unit}")
