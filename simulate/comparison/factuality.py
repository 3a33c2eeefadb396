"""Factuality of each cell of a task with right answers: top-1 and pass@N.

A reply is a candidate, as in `diversity_gain`, and a question is a person of the population: what
a row of its table asks. Right is what the outcome says that has accepted answers, or else the
judged outcome `right`, of which only the reply that was drawn is known.

- **top-1**: is the most probable candidate right? Candidates that are the same answer
  (`normalization.answer_form`) count as one with their weights together; where several are the most
  probable alike, it is the share of these that are right.
- **pass@N at equal replies**: is one of N replies right, N the replies to a question of the cell
  that has the fewest? Replies of a list are not independent, so N of k replies a dialogue are drawn
  as whole dialogues, and what is left as replies of one more (`statistics.pass_at`, unbiased).
- **pass@N at equal tokens**: is one reply right of as many whole dialogues as the tokens, read and
  written, of the cell pay for that spends the fewest on a question?

Intervals are Wilson's, by question: of top-1 with dialogues in clusters (`statistics.proportions`);
of pass@N over one value a question, which covers more often than it says where values lie between
0 and 1.

A right answer among other words (“I think it is Ottawa.”) counts as wrong, and so a method whose
replies are chattier loses by that. Such replies are counted (`within`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.measures.normalization import answer_form
from simulate.scenario import with_answers
from simulate.statistics.pass_at import Counts, pass_at, pass_within
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Rows, cluster_index

if TYPE_CHECKING:
    from simulate.runfile import Dialogue, RunReader
    from simulate.scenario import Outcome, Scenario

RIGHT = "right"
TIE = 1e-9
"""Two weights that differ by no more are alike."""


@dataclass(frozen=True)
class PassAt:
    """pass@N at one budget.

    Attributes:
        budget: replies, or tokens, that each question is given.
        dialogues: how many dialogues of a question that is.
        share: of questions, with its interval; None where no question has as many dialogues, or
            the budget does not pay for one.
    """

    budget: float
    dialogues: float
    share: Proportion | None


@dataclass(frozen=True)
class CellFactuality:
    """One cell's row.

    Attributes:
        name: the cell's label.
        dialogues: with a reply that is right or wrong.
        questions: behind them.
        failed: dialogues that failed.
        within: replies that count as wrong and hold a right answer among other words.
        top_one: share of dialogues; None without any.
        equal_replies: pass@N at equal replies; None without a dialogue.
        equal_tokens: at equal tokens; None where tokens are not counted.
    """

    name: str
    dialogues: int
    questions: int
    failed: int
    within: int = 0
    top_one: Proportion | None = None
    equal_replies: PassAt | None = None
    equal_tokens: PassAt | None = None

    @property
    def without_rates(self) -> CellFactuality:
        """The counts alone."""
        return replace(self, top_one=None, equal_replies=None, equal_tokens=None)


@dataclass(frozen=True, eq=False)
class Answers:
    """What the replies of one cell are.

    Attributes:
        name: the cell's label.
        question: (D,) of each dialogue, from 0.
        top: (D,) whether the most probable candidate is right, in [0, 1].
        right: (D,) right replies.
        sizes: (D,) replies.
        tokens: (D,) prompt and completion tokens of the replies.
        failed: dialogues that failed.
        within: see `CellFactuality`.
    """

    name: str
    question: Counts
    top: NDArray[np.float64]
    right: Counts
    sizes: Counts
    tokens: NDArray[np.float64]
    failed: int = 0
    within: int = 0

    @property
    def of_question(self) -> list[Counts]:
        """The dialogues of each question."""
        return [np.flatnonzero(self.question == q) for q in range(self.question.max() + 1)]


def right_outcome(scenario: Scenario) -> str | None:
    """Return the outcome that says whether a reply is right; None where there is none."""
    for name, outcome in scenario.outcomes.items():
        if outcome.matched and outcome.matched.accepted:
            return name
    judged = scenario.outcomes.get(RIGHT)
    return RIGHT if judged and judged.judged and judged.kind == "yesno" else None


def factuality(run: RunReader, outcome: str) -> list[CellFactuality]:
    """Measure each cell of a task with right answers; the outcome is as `right_outcome` says."""
    return factuality_of(answers_of(run, outcome))


def answers_of(run: RunReader, outcome: str) -> list[Answers]:
    """Read what the replies of each cell are."""
    judged = run.scenario.outcomes[outcome].judged is not None
    rows: list[list[tuple[str, float, int, int, float]]] = [[] for _ in run.cells]
    failed = [counts["failed"] for counts in run.counts().values()]
    within = [0] * len(run.cells)
    for dialogue in run.completed():
        at = dialogue.cell.index
        measured = dialogue.outcomes.get(outcome)
        if measured is None or measured.value is None:
            continue
        spent: float = dialogue.spent.prompt_tokens + dialogue.spent.completion_tokens
        if judged:  # what the judge reads and writes is no part of the method
            usages = [call.usage for call in run.calls(dialogue.id) if call.outcome is None]
            spent = sum(usage.prompt_tokens + usage.completion_tokens for usage in usages)
        rows[at].append((run.root(dialogue.persona.id), *_scored(dialogue, outcome), spent))
        within[at] += _within(dialogue, outcome, run.scenario.outcomes[outcome])
    found = []
    for cell, each, lost, held in zip(run.cells, rows, failed, within, strict=True):
        people, top, right, sizes, tokens = zip(*each, strict=True) if each else ((),) * 5
        found.append(
            Answers(
                cell.label,
                cluster_index(people),
                np.array(top, dtype=np.float64),
                np.array(right, dtype=np.int64),
                np.array(sizes, dtype=np.int64),
                np.array(tokens, dtype=np.float64),
                lost,
                held,
            )
        )
    return found


def _scored(dialogue: Dialogue, outcome: str) -> tuple[float, int, int]:
    """Return top-1 in [0, 1], the number of right replies and of all."""
    measured = dialogue.outcomes[outcome]
    drawn_from = dialogue.turns[0].distribution
    if measured.candidates is None or drawn_from is None:
        right = measured.value is True
        return float(right), int(right), 1
    weights: defaultdict[str, float] = defaultdict(float)
    rights: dict[str, bool] = {}
    for text, candidate in zip(drawn_from.texts, measured.candidates, strict=True):
        form = answer_form(text)
        weights[form] += candidate.weight
        rights[form] = candidate.value is True
    most = max(weights.values())
    best = [rights[form] for form, weight in weights.items() if weight >= most - TIE]
    count = sum(c.value is True for c in measured.candidates)
    return sum(best) / len(best), count, len(measured.candidates)


def _within(dialogue: Dialogue, name: str, outcome: Outcome) -> int:
    """Return how many replies count as wrong and hold a right answer among other words."""
    rule = with_answers(outcome, name, dialogue.cell, dialogue.persona).matched
    turn = dialogue.turns[0]
    right = [f" {answer_form(each)} " for each in (rule and rule.accepted) or ()]
    texts = (turn.text,) if turn.distribution is None else turn.distribution.texts
    forms = [f" {answer_form(text)} " for text in texts]
    return sum(form not in right and any(each in form for each in right) for form in forms)


def factuality_of(cells: Sequence[Answers]) -> list[CellFactuality]:
    """Measure cells, at replies and tokens that all of those with a dialogue have."""
    filled = [cell for cell in cells if len(cell.top)]
    lists = {cell.name: _usual(np.bincount(cell.question)) for cell in filled}
    size = {cell.name: _usual(cell.sizes) for cell in filled}
    price = {cell.name: float(cell.tokens.mean()) for cell in filled}
    replies = min((lists[c.name] * size[c.name] for c in filled), default=0)
    tokens = min((lists[c.name] * price[c.name] for c in filled), default=0.0)
    found = []
    for cell in cells:
        if not len(cell.top):
            found.append(CellFactuality(cell.name, 0, 0, cell.failed))
            continue
        questions = [(cell.right[at], cell.sizes[at]) for at in cell.of_question]
        whole, rest = divmod(replies, size[cell.name])
        at_replies = [pass_at(right, sizes, whole, rest) for right, sizes in questions]
        at_tokens = None
        if tokens > 0:
            paid = tokens / price[cell.name]
            within = [pass_within(right, sizes, paid) for right, sizes in questions]
            at_tokens = PassAt(tokens, paid, _share(within))
        found.append(
            CellFactuality(
                cell.name,
                len(cell.top),
                len(questions),
                cell.failed,
                cell.within,
                proportion(Rows.of(cell.top, clusters=cell.question)),
                PassAt(replies, replies / size[cell.name], _share(at_replies)),
                at_tokens,
            )
        )
    return found


def _usual(numbers: Counts) -> int:
    """Return the most frequent number."""
    return int(np.bincount(numbers).argmax())


def _share(values: Sequence[float | None]) -> Proportion | None:
    known = [value for value in values if value is not None]
    return proportion(Rows.of(known)) if known else None
