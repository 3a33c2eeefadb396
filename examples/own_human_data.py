"""Compare simulated people with human data of your own: a table with one row a person."""

import csv
from pathlib import Path

import simulate

table = Path("humans.csv")  # in place of data that you have
with table.open("w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file)
    rows.writerow(["person", "given"])
    rows.writerows([f"p{i}", [0, 0, 0.5, 1, 2][i % 5]] for i in range(100))

result = simulate.run_sync("donation", n=5, methods=["vs"])
comparison = simulate.compare(result.path, table, outcome="donation", column="given", draws=200)
for row in comparison.rows:
    print(f"{row.name:24} mean {row.mean:.2f}, KS {row.distances['ks'].value:.2f}")
