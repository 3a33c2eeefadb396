"""Diversity of each cell of a one-turn task, and its gain over `direct`.

The replies of a cell are all candidates of all its turns, as the paper counts them: a call that
gives k candidates gives k replies. A gain is the ratio of a cell's diversity to that of `direct`,

- at equal replies: of each cell as many replies are taken as the cell with the fewest has;
- at equal tokens: of each cell as many dialogues as the tokens (read and written) of the cheapest
  cell pay for;
- of measures that do not depend on the number of replies, at all replies.

Where a cell has more than that, the value is the mean over random choices of whole dialogues. The
interval is that of a delete-half jackknife on the logarithm of the ratio (Shao and Wu 1989), with
Student's t for the number of people: in each of `draws` random halves the same people are taken
from both cells, so that the comparison stays paired. A bootstrap would not do: it repeats replies,
and repeated replies are not diverse.

The pairwise measures are given twice: over all pairs, and over pairs of different dialogues, which
alone does not depend on how many replies a dialogue gives (`measures.diversity`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.measures import diversity
from simulate.measures.language import distinct
from simulate.measures.scripts import no_words
from simulate.randomness import generator
from simulate.statistics.confidence import CONFIDENCE, student_quantile
from simulate.statistics.distances import kl
from simulate.statistics.rows import cluster_index

if TYPE_CHECKING:
    from simulate.measures.embeddings import Embedder
    from simulate.runfile import RunReader

BASE = "direct"
DRAWS = 100
ORDERS = 20
ORDERS_OF_HALF = 3
FEWEST_PEOPLE = 30
MOST_REPLIES = 1000
"""Of a cell with more replies only the first dialogues up to this number take part."""

Index = NDArray[np.int64]
Measure = Callable[["Replies", Index], float | None]


@dataclass(frozen=True, eq=False)
class Replies:
    """The replies of one cell.

    Attributes:
        name: the cell's label.
        texts: all replies.
        dialogue: (n,) the dialogue of each reply, from 0.
        persona: persona and replicate of each dialogue.
        tokens: (dialogues,) prompt and completion tokens of each.
        values: what the outcome reads from each reply, where there is an answer set.
        failed: dialogues that failed.
        embedder: for semantic diversity, or None.
        roots: who is behind each dialogue's persona, where it may have been drawn more than once;
            the persona itself for none.
    """

    name: str
    texts: Sequence[str]
    dialogue: Index
    persona: Sequence[tuple[str, int]]
    tokens: NDArray[np.float64]
    values: Sequence[object] = ()
    failed: int = 0
    embedder: Embedder | None = None
    roots: Sequence[str] = ()

    @cached_property
    def people(self) -> Index:
        """(dialogues,) the person behind each, from 0."""
        return cluster_index(self.roots or [persona for persona, _ in self.persona])

    @cached_property
    def semantic(self) -> NDArray[np.float64]:
        """(n, n) semantic distances."""
        assert self.embedder is not None  # noqa: S101  # the measure is only offered with one
        return diversity.semantic_distances(self.embedder.embed(list(self.texts)))

    @cached_property
    def unreadable(self) -> str | None:
        """Why words of the replies cannot be counted; None where they can."""
        return no_words(self.texts)

    @cached_property
    def lexical(self) -> NDArray[np.float64]:
        """(n, n) lexical distances."""
        return diversity.lexical_distances(self.texts)

    @cached_property
    def near(self) -> NDArray[np.bool_]:
        """(n, n) which are near-duplicates."""
        return diversity.near_duplicates(self.texts)

    @cached_property
    def by_dialogue(self) -> list[Index]:
        """The replies of each dialogue."""
        return [np.flatnonzero(self.dialogue == d) for d in range(len(self.tokens))]


def _sub(matrix: NDArray[Any], at: Index) -> NDArray[Any]:
    return np.asarray(matrix[np.ix_(at, at)])


def _lexical(replies: Replies, at: Index, lists: Index | None = None) -> float | None:
    if replies.unreadable:
        return None
    return diversity.mean_of_pairs(_sub(replies.lexical, at), lists)


MEASURES: dict[str, Measure] = {
    "semantic": lambda r, at: diversity.mean_of_pairs(_sub(r.semantic, at)),
    "semantic_between": lambda r, at: diversity.mean_of_pairs(_sub(r.semantic, at), r.dialogue[at]),
    "lexical": _lexical,
    "lexical_between": lambda r, at: _lexical(r, at, r.dialogue[at]),
    "distinct_2": lambda r, at: None if r.unreadable else distinct([r.texts[i] for i in at], 2),
    "unique": lambda r, at: diversity.groups(_sub(r.near, at)) / len(at) if len(at) else None,
}
"""The measures by name, `between` over pairs of different dialogues; `coverage` comes with an
answer set, `semantic` with an embedder."""
OF_ALL = frozenset({"semantic_between", "lexical_between"})
"""Measures that do not depend on the number of replies: all are taken, whatever the budget."""


@dataclass(frozen=True)
class Gain:
    """A ratio to `direct`.

    Attributes:
        value: the ratio; None where direct's diversity is 0.
        interval: 95 % of the ratio; None with fewer than 30 people in both cells, or where most
            halves have no ratio.
        replies: how many replies of the cell were compared.
    """

    value: float | None
    interval: tuple[float, float] | None
    replies: int


@dataclass(frozen=True)
class CellDiversity:
    """One cell's row.

    Attributes:
        name: the cell's label.
        dialogues: completed dialogues.
        failed: failed ones.
        replies: all replies.
        tokens: of the completed dialogues.
        values: measure to value over all replies.
        equal_replies: measure to gain over direct at equal replies; empty for direct.
        equal_tokens: measure to gain at equal tokens; empty where no tokens are counted.
        precision: share of right answers, with an answer set.
        kl: of the pooled answers from the reference, with an answer set; None without.
        unreadable: why what counts words has no value; None where it has.
        requests: how many different ones the personas of the run were asked.
    """

    name: str
    dialogues: int
    failed: int
    replies: int
    tokens: float
    values: Mapping[str, float | None]
    equal_replies: Mapping[str, Gain] = field(default_factory=dict)
    equal_tokens: Mapping[str, Gain] = field(default_factory=dict)
    precision: float | None = None
    kl: float | None = None
    unreadable: str | None = None
    requests: int = 1


def replies_of(
    run: RunReader, outcome: str | None = None, embedder: Embedder | None = None
) -> list[Replies]:
    """Read the replies of each cell of a run.

    The outcome, if any, reads a value from each reply; the embedder is for semantic diversity.

    Raises:
        StatisticsError: the scenario has more than one speaker.
    """
    if not run.scenario.is_task:
        raise StatisticsError(
            f"{run.path}: scenario {run.scenario.scenario} has several speakers; diversity is "
            "measured on the replies to one request. Of dialogues, `simulate diversity RUN` "
            "without further options measures how many replies are left turn by turn, and "
            "`simulate compare RUN --language REF` how they talk"
        )
    if not all(cell.talks for cell in run.cells):
        raise StatisticsError(f"{run.path}: nobody is asked for a reply in some cell, only items")
    (speaker,) = run.scenario.speakers
    read = run.scenario.outcomes[outcome] if outcome else None
    texts: list[list[str]] = [[] for _ in run.cells]
    sizes: list[list[int]] = [[] for _ in run.cells]
    people: list[list[tuple[str, int]]] = [[] for _ in run.cells]
    tokens: list[list[float]] = [[] for _ in run.cells]
    failed = [counts["failed"] for counts in run.counts().values()]
    for dialogue in run.completed():
        at = dialogue.cell.index
        turn = dialogue.turns[0]
        each = (turn.text,) if turn.distribution is None else turn.distribution.texts
        said = [text for text in each if text]  # a leave without a word is no reply
        if len(texts[at]) + len(said) > MOST_REPLIES:
            continue
        sizes[at].append(len(said))
        texts[at] += said
        people[at].append((dialogue.persona.id, dialogue.replicate))
        tokens[at].append(dialogue.spent.prompt_tokens + dialogue.spent.completion_tokens)
    return [
        Replies(
            cell.label,
            texts[i],
            np.repeat(np.arange(len(sizes[i])), sizes[i]),
            people[i],
            np.array(tokens[i], dtype=np.float64),
            [read.read_from(speaker, text).value for text in texts[i]] if read else (),
            failed[i],
            embedder,
            [run.root(persona) for persona, _ in people[i]],
        )
        for i, cell in enumerate(run.cells)
    ]


def diversity_of(
    cells: Sequence[Replies],
    *,
    answers: Sequence[object] | None = None,
    shares: NDArray[Any] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[CellDiversity]:
    """Measure each cell, and its gain over `direct`; without that cell there are no gains.

    There may be a set of right answers, and the reference's `shares` of them for KL; `draws` are
    the half samples of an interval.

    Raises:
        StatisticsError: no cell has a reply, or the answer set is empty.
    """
    if not any(len(c.texts) for c in cells):
        raise StatisticsError("no dialogue of this run is completed; finish the run first")
    embedded = cells[0].embedder is not None
    measures = {n: m for n, m in MEASURES.items() if embedded or not n.startswith("semantic")}
    if answers is not None:
        known = list(answers)
        measures["coverage"] = lambda r, at: diversity.coverage([r.values[i] for i in at], known)
    direct = next((c for c in cells if c.name == BASE and len(c.texts)), None)
    rows = []
    for cell in cells:
        everything = np.arange(len(cell.texts))
        gains: list[dict[str, Gain]] = [{}, {}]
        if direct is not None and cell is not direct and len(cell.texts):
            pair = _Pair(cell, direct, measures, draws, seed)
            gains = [pair.gains("replies"), pair.gains("tokens")]
        precision = divergence = None
        if answers is not None:
            precision = diversity.precision(cell.values, answers)
            counted = np.array([sum(v == a for v in cell.values) for a in answers], dtype=float)
            divergence = None if shares is None or not counted.any() else kl(counted, shares)
        rows.append(
            CellDiversity(
                cell.name,
                len(cell.tokens),
                cell.failed,
                len(cell.texts),
                float(cell.tokens.sum()),
                {n: m(cell, everything) if len(everything) else None for n, m in measures.items()},
                gains[0],
                gains[1],
                precision,
                divergence,
                cell.unreadable,
            )
        )
    return rows


@dataclass(frozen=True, eq=False)
class _Pair:
    """A cell beside the base cell."""

    cell: Replies
    base: Replies
    measures: Mapping[str, Measure]
    draws: int
    seed: int

    def gains(self, budget: str) -> dict[str, Gain]:
        """Return the gain of each measure at an equal budget of `replies` or `tokens`."""
        sides = (self.cell, self.base)
        if budget == "tokens" and not all(s.tokens.sum() > 0 for s in sides):
            return {}
        rng = generator(self.seed, f"diversity/{budget}/{self.cell.name}")
        whole = self._logs(budget, [np.arange(len(s.tokens)) for s in sides], rng, ORDERS)
        common = sorted(set(self.cell.persona) & set(self.base.persona))
        places = [[s.persona.index(key) for key in common] for s in sides]
        owner = self.cell.people[places[0]]
        people = np.unique(owner)
        kept = len(people) // 2
        spread: dict[str, list[float]] = {n: [] for n in self.measures}
        if len(people) >= FEWEST_PEOPLE:
            for _ in range(self.draws):
                half = np.isin(owner, rng.permutation(people)[:kept])
                chosen = [np.array(place)[half] for place in places]
                for name, (value, _) in self._logs(budget, chosen, rng, ORDERS_OF_HALF).items():
                    if value is not None:
                        spread[name].append(value)
        found = {}
        for name, (value, taken) in whole.items():
            interval = None
            if value is not None and len(spread[name]) > self.draws / 2:
                # Leaving half out is as variable as the whole; exactly so where `kept` is half.
                error = float(np.std(spread[name])) * (kept / (len(people) - kept)) ** 0.5
                reach = student_quantile(CONFIDENCE, len(people) - 1) * error
                interval = (float(np.exp(value - reach)), float(np.exp(value + reach)))
            ratio = None if value is None else float(np.exp(value))
            found[name] = Gain(ratio, interval, taken)
        return found

    def _logs(
        self, budget: str, chosen: Sequence[Index], rng: np.random.Generator, orders: int
    ) -> dict[str, tuple[float | None, int]]:
        """Return the log ratio of each measure and the replies of the cell that were taken."""
        values: dict[str, list[list[float]]] = {n: [[], []] for n in self.measures}
        taken = 0
        sides = (self.cell, self.base)
        sizes = [_size(s, d, budget) for s, d in zip(sides, chosen, strict=True)]
        limit = min(sizes)
        for which, (side, dialogues) in enumerate(zip(sides, chosen, strict=True)):
            for _ in range(orders if sizes[which] > limit else 1):
                at = _within(side, rng.permutation(dialogues), budget, limit)
                taken = len(at) if which == 0 else taken
                for name, measure in self.measures.items():
                    value = measure(side, at) if len(at) and name not in OF_ALL else None
                    if value is not None:
                        values[name][which].append(value)
        every = [_within(s, d, "tokens", np.inf) for s, d in zip(sides, chosen, strict=True)]
        for name in OF_ALL & self.measures.keys():
            found_in = [self.measures[name](s, at) for s, at in zip(sides, every, strict=True)]
            values[name] = [[] if v is None else [v] for v in found_in]
        found: dict[str, tuple[float | None, int]] = {}
        for name, (ours, theirs) in values.items():
            a, b = (float(np.mean(v)) if v else 0.0 for v in (ours, theirs))
            counted = len(every[0]) if name in OF_ALL else taken
            found[name] = (float(np.log(a / b)) if a > 0 and b > 0 else None, counted)
        return found


def _size(side: Replies, dialogues: Index, budget: str) -> float:
    if budget == "tokens":
        return float(side.tokens[dialogues].sum())
    return float(sum(len(side.by_dialogue[d]) for d in dialogues))


def _within(side: Replies, dialogues: Index, budget: str, limit: float) -> Index:
    """Return the replies of the first of these dialogues that the limit pays for."""
    taken: list[Index] = []
    spent = 0.0
    for d in dialogues:
        replies = side.by_dialogue[d]
        if budget == "tokens":
            spent += float(side.tokens[d])
            if spent > limit * (1 + 1e-9) and taken:
                break
            taken.append(replies)
        else:
            left = int(limit - spent)
            if left <= 0:
                break
            taken.append(replies[:left])
            spent += len(replies[:left])
    return np.concatenate(taken) if taken else np.zeros(0, dtype=np.int64)
