"""Who plays what, and how much at once."""

from simulate.engine.run_context import Work
from simulate.engine.workers.desk import Desk
from simulate.population import Persona
from simulate.runfile import PlannedDialogue
from tests.engine.workers.places import TALK

CELLS = TALK.cells()


def work(people: int) -> list[Work]:
    """Return two dialogues of each person, in the order of a plan."""
    return [
        Work(PlannedDialogue(2 * i + cell.index, f"k{i}", cell.index, f"p{i}", 0), cell, each)
        for i in range(people)
        for each in [Persona(f"p{i}")]
        for cell in CELLS
    ]


def ids(shard: list[Work]) -> list[int]:
    return [each.planned.id for each in shard]


def settled(desk: Desk) -> dict[int, int]:
    """Divide until nothing changes, and return how many each may play that was told anything."""
    told: dict[int, int] = {}
    while new := desk.rebalanced():
        told |= new
        for worker, slots in new.items():
            desk.shrunk(worker, slots)
    return told


def test_a_shard_is_all_dialogues_of_its_people_in_the_order_of_the_plan() -> None:
    desk = Desk(work(5), 2)
    desk.joins(1)
    assert settled(desk) == {1: 2}
    assert [ids(desk.dealt(1)) for _ in range(3)] == [[0, 1], [2, 3], []]
    desk.ended(1, 0)
    desk.ended(1, 1)
    assert ids(desk.dealt(1)) == [4, 5]


def test_the_first_of_several_workers_takes_not_all_of_a_small_plan() -> None:
    desk = Desk(work(6), 12)
    desk.expected = 2
    desk.joins(1)
    assert settled(desk) == {1: 6}
    while desk.dealt(1):
        pass
    desk.joins(2)
    assert settled(desk) == {2: 6}
    assert ids(desk.dealt(2)) == [10, 11]
    desk.expected = 0
    desk.leaves(2)
    assert settled(desk) == {1: 12}


def test_what_a_lost_worker_held_is_handed_out_first_and_nobody_else_has_it() -> None:
    desk = Desk(work(4), 4)
    desk.joins(1)
    desk.joins(2)
    settled(desk)
    lost, kept = desk.dealt(1), desk.dealt(2)
    desk.put_back(desk.leaves(1))
    settled(desk)
    later = [ids(desk.dealt(2)), ids(desk.dealt(2))]
    assert (ids(lost), ids(kept), later) == ([0, 1], [2, 3], [[0, 1], [4, 5]])
    assert not desk.done


def test_never_are_more_played_at_once_than_there_may_be() -> None:
    desk = Desk(work(9), 9)
    desk.joins(1)
    assert desk.rebalanced() == {1: 9}
    desk.joins(2)
    assert desk.rebalanced() == {1: 5}, "the first gives up before the second gets anything"
    assert desk.rebalanced() == {}
    desk.shrunk(1, 5)
    assert desk.rebalanced() == {2: 4}
    desk.joins(3)
    desk.leaves(1)
    assert desk.rebalanced() == {2: 5, 3: 4}


def test_stopped_it_hands_out_nothing_and_is_done_when_all_is_given_back() -> None:
    desk = Desk(work(3), 2)
    desk.joins(1)
    settled(desk)
    held = ids(desk.dealt(1))
    desk.stop()
    assert desk.dealt(1) == []
    assert not desk.done
    desk.given_back(1, held)
    assert desk.done
