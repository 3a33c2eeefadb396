"""The comparison itself: each sample, then each baseline, against one reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulate.comparison.baselines import baselines, fresh_humans
from simulate.comparison.cell_contrasts import against_constant, paired_contrasts
from simulate.comparison.comparing import Comparing
from simulate.comparison.progress import Progress, untold
from simulate.comparison.result import Comparison, Row
from simulate.comparison.sample import Sample
from simulate.comparison.sentences import sentences
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError, quote
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.permutation import holm


def compare_samples(
    samples: Sequence[Sample],
    reference: Reference,
    *,
    outcome: str | None = None,
    settings: Settings | None = None,
    progress: Progress = untold,
) -> Comparison:
    """Compare samples, and the naive baselines, with human data.

    Every distance comes with its floor, and with an interval and a p-value from one null where
    there are enough personas; p-values of the sample rows are adjusted by Holm per distance. Cells
    that met the same personas are compared by paired contrasts of D². A sample that has no value
    becomes a row without numbers, as long as another one has some.

    Samples hold codes of the reference's variable, which names the outcome unless a name is given.
    `progress` is told of each row and distance.

    Raises:
        StatisticsError: no sample has a value, two have one name, a unit differs from the
            reference's, or a margin is not usable.
    """
    *_, found = comparison_stages(
        samples, reference, outcome=outcome, settings=settings, progress=progress
    )
    return found


def comparison_stages(
    samples: Sequence[Sample],
    reference: Reference,
    *,
    outcome: str | None = None,
    settings: Settings | None = None,
    progress: Progress = untold,
) -> Iterator[Comparison]:
    """Give what `compare_samples` returns as it comes: means, floors with D², then row by row.

    Each but the last is `partial`: a row that is still computed has D² alone or no distance, and
    no p-value is there before all sample rows are, since Holm needs them all.

    Raises:
        StatisticsError: as `compare_samples`.
    """
    settings = settings or Settings()
    if not any(sample.n for sample in samples):
        each = [f"{sample.name}: {sample.left_out or 'no dialogue'}" for sample in samples]
        names = "; ".join(each) or "none given"
        raise StatisticsError(
            f"no sample has a value of {outcome or reference.variable.name} ({names}); "
            "finish the run, or choose another outcome"
        )
    name, times = Counter(sample.name for sample in samples).most_common(1)[0]
    if times > 1:
        raise StatisticsError(
            f"{times} samples are called {quote(name)}; give each sample once, and tables of one "
            "name other names"
        )
    fixed = _with_edges(reference)
    known = baselines(fixed, 1) if settings.baselines == "all" else []
    others = len(known) + (settings.baselines != "none")
    comparing = Comparing(fixed, settings, progress, len(samples) + others)
    whole = Comparison(
        outcome=outcome or reference.variable.name,
        reference=fixed,
        rows=(),
        contrasts=(),
        sentences=(),
        notes=(),
        draws=settings.draws,
        confidence=settings.confidence,
        seed=settings.seed,
    )

    def so_far(rows: Sequence[Row]) -> Comparison:
        return replace(whole, rows=tuple(rows), partial=True)

    begun = [comparing.begun(sample) for sample in samples]
    yield so_far(begun)
    begun = [comparing.with_floors(row) for row in begun]
    yield so_far(begun)
    rows: list[Row] = []
    for place, sample in enumerate(samples):
        rows.append(comparing.row(sample))
        yield so_far([*map(_untested, rows), *begun[place + 1 :]])
    tested = _adjusted(rows)
    yield so_far(tested)
    notes: list[str] = []
    if settings.baselines != "none":
        n = max(row.people for row in rows)
        naive = baselines(fixed, n) if settings.baselines == "all" else []
        rows += [comparing.row(each, kind="baseline", people=people) for each, people in naive]
        rng = generator(settings.seed, "compare/human-sample", replicate=n)
        fresh = fresh_humans(fixed, n, rng)
        if isinstance(fresh, str):
            notes.append(fresh)
            comparing.steps.skip(len(comparing.measures))
        else:
            rows.append(comparing.row(fresh[0], fresh[1], kind="baseline"))
        yield so_far([*tested, *rows[len(samples) :]])
    comparing.steps.begin("contrasts with the baseline")
    compared = tuple(_adjusted(against_constant(rows, fixed, settings)))
    comparing.steps.begin("contrasts")
    yield replace(
        whole,
        rows=compared,
        sentences=sentences(compared, fixed),
        contrasts=paired_contrasts(samples, fixed, settings),
        notes=tuple(notes),
    )


def _untested(row: Row) -> Row:
    """Return a row without p-values."""
    distances = {name: replace(each, p=None) for name, each in row.distances.items()}
    return replace(row, distances=distances)


def _with_edges(reference: Reference) -> Reference:
    """Fix the histogram by the reference, so that every row and floor uses the same one."""
    variable = reference.variable
    if not variable.numeric or variable.edges is not None:
        return reference
    edges = tuple(float(e) for e in variable.histogram_edges(reference.values))
    return replace(reference, variable=replace(variable, edges=edges))


def _adjusted(rows: list[Row]) -> list[Row]:
    """Adjust the p-values of the sample rows by Holm, per distance."""
    adjusted = list(rows)
    for name in {name for row in rows for name in row.distances}:
        tested = [i for i, row in enumerate(rows) if row.kind == "sample" and name in row.distances]
        found = holm([rows[i].distances[name].p for i in tested])
        bounds = [
            p or 0.0
            for i, p in zip(tested, found, strict=True)
            if rows[i].distances[name].p_is_bound
        ]
        for i, p in zip(tested, found, strict=True):
            row, bound = adjusted[i], p is not None and p <= max(bounds, default=0.0)
            each = replace(row.distances[name], p_holm=p, holm_is_bound=bound)
            adjusted[i] = replace(row, distances=row.distances | {name: each})
    return adjusted
