"""The tree of a dialogue: the path's probability and rank, branches, and which turn decided."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections import Counter
from pathlib import Path

import pytest

from simulate.comparison.dialogue_tree import DialogueTree, PathRank, dialogue_tree
from simulate.comparison.dialogue_tree.result import power
from simulate.comparison.leverage import explore_sync
from simulate.engine import run
from simulate.engine.branching import branch_sync
from simulate.report.document_markdown import to_markdown
from simulate.report.tree_document import tree_document
from simulate.report.tree_lines import tree_lines
from simulate.runfile import open_run
from simulate.runfile.path_weights import path_weights
from tests.enumerated import nine_paths, path_of
from tests.made_runs import MakeRun

TREE = nine_paths()
N = 20
EXPLORED, BRANCHED = 1, 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trees") / "run.db"
    asyncio.run(run(TREE.scenario(), n=N, model=TREE.model(), out=path))
    explore_sync(path, EXPLORED, budget_calls=240, model=TREE.model())
    with open_run(path) as file:
        taken = path_of([turn.text for turn in file.dialogue(BRANCHED).turns])
    branch_sync(path, BRANCHED, turn=1, choose=(taken[0] + 1) % 3, n=2, model=TREE.model())
    return path


def tree_of(path: Path, dialogue: int) -> DialogueTree:
    with open_run(path) as file:
        return dialogue_tree(file, dialogue)


def paths_taken(path: Path) -> list[tuple[int, ...]]:
    with open_run(path) as file:
        return [path_of([turn.text for turn in each.turns]) for each in file.read()]


def test_the_probability_of_a_path_is_the_product_of_what_was_stated(whole: Path) -> None:
    for number, taken in enumerate(paths_taken(whole)):
        found = tree_of(whole, number)
        assert found.log_weight == pytest.approx(math.log(TREE.chance(taken)))
        assert found.per_turn == pytest.approx(math.sqrt(TREE.chance(taken)))


def test_the_rank_of_a_path_counts_those_that_are_more_probable(whole: Path) -> None:
    taken = paths_taken(whole)
    chances = [round(TREE.chance(path), 9) for path in taken]
    assert len(taken) == N
    for number, own in enumerate(chances):
        rank = tree_of(whole, number).rank
        above = sum(each > own for each in chances)
        assert rank == PathRank(1 + above, N, N - above)
        assert rank.tail is (N - above <= N / 10)


def test_paths_of_a_cell_are_read_without_branches_and_in_any_order_of_weights(
    whole: Path,
) -> None:
    with open_run(whole) as file:
        found = path_weights(file, 0)
    assert len(found) == N
    assert {each.turns for each in found.values()} == {2}
    assert len(Counter(each.per_turn for each in found.values())) < N


def test_the_first_line_names_the_turn_with_the_largest_leverage(whole: Path) -> None:
    found = tree_of(whole, EXPLORED)
    with open_run(whole) as file:
        (turn, effects) = file.leverage(EXPLORED).largest(1)[0]
    assert found.decisive is not None
    assert found.decisive[0].index == turn.turn
    assert found.decisive[1] == effects
    assert found.sentence.startswith(f"Turn {turn.turn} (guest) may have decided most, of 2 that")
    assert "without an interval, as no rollout differs" in found.sentence
    assert found.command is None
    means = {c.index: c.played.mean for c in found.turns[turn.turn].candidates if c.played}
    assert list(means.values()) == list(effects.means)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ((0.01, 0.02), (0.03, 0.1), "Turn 3 (guest) decided most, of 2"),
        ((0.01, 0.04), (0.03, 0.1), "Turn 3 (guest) may have decided most, of 2"),
        ((0.01, 0.02), (-0.01, 0.1), "None of 2 turns"),
    ],
)
def test_a_turn_decided_most_where_its_interval_lies_above_all_others(
    whole: Path, first: tuple[float, float], second: tuple[float, float], told: str
) -> None:
    found = tree_of(whole, EXPLORED)
    intervals = iter((first, second))
    turns = []
    for turn in found.turns:
        if turn.effect is not None and turn.found is not None:
            of = dataclasses.replace(turn.found, leverage_interval=next(intervals))
            turn = dataclasses.replace(turn, effect=dataclasses.replace(turn.effect, effects=of))  # noqa: PLW2901
        turns.append(turn)
    tree = dataclasses.replace(found, turns=tuple(turns))
    assert tree.sentence.startswith(told)
    drawn = "\n".join(each.text for each in tree_lines(tree, 200, lambda text, _: [text]))
    assert ("◆ decided most" in drawn) == (" decided most, of 2" in told and "may" not in told)


def test_branches_stand_beside_the_candidate_that_they_took(whole: Path) -> None:
    found = tree_of(whole, BRANCHED)
    played = {c.index: c.played for c in found.turns[1].candidates if c.played is not None}
    ((chosen, branches),) = played.items()
    assert chosen == (path_of([t.text for t in found.turns])[0] + 1) % 3
    assert (branches.completed, branches.failed, branches.values) == (2, 0, 2)
    assert found.sentence == (
        "Which turn of dialogue 2 decided is not on record: 2 branches played, but not of every "
        "listed reply of a turn."
    )
    of_branch = tree_of(whole, branches.ids[0])
    assert of_branch.rank is None
    assert "No rank: a branch is forced." in of_branch.path_told
    assert len(of_branch.drawn) == 1


def test_without_branches_it_says_what_to_run(whole: Path) -> None:
    found = tree_of(whole, 3)
    assert found.sentence.endswith("nobody has tried what else could have been said.")
    assert found.command == f"simulate branch {whole} 3 --explore --budget-calls 144"
    assert found.to_dict()["command"] == found.command


def test_a_budget_as_it_is_told_gives_every_reply_an_interval(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    asyncio.run(run(TREE.scenario(), n=1, model=TREE.model(), out=path))
    command = tree_of(path, 0).command
    assert command is not None
    found = explore_sync(path, 0, budget_calls=int(command.split()[-1]), model=TREE.model())
    assert all(min(effects.rollouts) >= 4 for _, effects in found.found)


def test_what_was_not_drawn_has_no_path_and_no_turn_that_decides(make_run: MakeRun) -> None:
    path = make_run({"vs": [1.0, "failed"]})
    found = tree_of(path, 0)
    assert (found.log_weight, found.rank, found.command) == (None, None, None)
    assert "no turn has another reply on record" in found.sentence
    assert found.path_told.startswith("Nothing that was said was drawn from a list")
    assert "only a completed dialogue is left for a branch" in tree_of(path, 2).sentence


def test_a_dialogue_that_has_not_begun_has_no_tree_yet(make_run: MakeRun) -> None:
    path = make_run({"vs": [1.0, 2.0], "direct": [1.0]})
    assert tree_of(path, 3).sentence == "Dialogue 3 has no turn yet (planned)."
    assert "no turn yet" in to_markdown(tree_document(tree_of(path, 3)))


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        (math.log(0.012), ".012"),
        (-800.0, "3.7e-348"),
        (math.log(9.99e-7), "1.0e-6"),
        (-math.inf, ".000"),
    ],
)
def test_a_path_probability_is_written_however_small_it_is(log: float, shown: str) -> None:
    assert power(log) == shown


def test_the_document_draws_the_tree(whole: Path) -> None:
    text = to_markdown(tree_document(tree_of(whole, EXPLORED)))
    assert "┃ ├▶ " in text or "┃ ╰▶ " in text
    assert "◆ decided most" not in text
    assert "What hung on each turn: gift" in text


def test_what_is_said_of_a_tree_is_one_json_object(whole: Path) -> None:
    told = tree_of(whole, EXPLORED).to_dict()
    assert told["decisive_turn"] in (1, 3)
    assert told["path"]["drawn_turns"] == 2
    assert set(told["path"]["rank"]) == {"rank", "of", "at_most", "tail"}
    turn = told["turns"][1]
    assert [c["candidate"] for c in turn["candidates"]] == [0, 1, 2]
    assert sum(c["weight"] for c in turn["candidates"]) == pytest.approx(1)
    assert sum(c["drawn"] for c in turn["candidates"]) == 1


def test_an_outcome_that_was_asked_for_shows_what_could_have_been_answered(whole: Path) -> None:
    found = tree_of(whole, 0)
    (asked,) = found.answers
    with open_run(whole) as file:
        taken = path_of([turn.text for turn in file.dialogue(0).turns])
    stated = {float(c.text): c.weight for c in asked.candidates}
    assert stated == pytest.approx(dict(TREE.outcome(taken)))
    assert sum(c.drawn for c in asked.candidates) == 1
    assert "┣ gift was asked for · 2 answers listed" in to_markdown(tree_document(found))


def test_a_questionnaire_has_answers_and_no_turns(whole: Path) -> None:
    found = dataclasses.replace(tree_of(whole, 0), turns=(), log_weight=None, rank=None)
    assert found.sentence == "Dialogue 0 has no turns: nothing but its outcomes was asked for."
    assert "┣ gift was asked for" in to_markdown(tree_document(found))
