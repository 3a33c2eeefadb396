"""What a worker says to its driver."""

import asyncio
import pickle
import socket

from simulate.engine.plan import Plan
from simulate.engine.player_options import PlayerOptions
from simulate.engine.players import open_players
from simulate.engine.prepare import plan_of
from simulate.engine.targets import Attach
from simulate.engine.workers.channel import Link, SocketChannel
from simulate.engine.workers.messages import Opened, Shrunk, Slots
from simulate.engine.workers.setup import setup_of
from simulate.engine.workers.worker import work
from tests.engine.workers.places import TALK


async def told(plan: Plan, options: PlayerOptions) -> list[object]:
    """Return what a worker says that is told to play fewer dialogues, and then more again."""
    ours, theirs = socket.socketpair()
    driver = await SocketChannel.over(ours)
    worker = asyncio.create_task(work(await SocketChannel.over(theirs)))
    await driver.receive()
    async with open_players(plan, options) as players:
        await driver.send(pickle.dumps(setup_of(plan, options, players, 10, "r", 60.0)))
    link = Link(driver)
    found = list(await link.receive())
    for slots in (10, 3, 5):
        link.post(Slots(slots, 10))
        found += await link.receive()
    await link.aclose()
    await worker
    return found


def test_a_worker_says_of_each_share_that_it_is_given_when_it_plays_no_more_than_that() -> None:
    options = PlayerOptions(attach=Attach(), model="mock@http://127.0.0.1:9/v1")
    opened, *slots = asyncio.run(told(plan_of(TALK, n=1), options))
    assert isinstance(opened, Opened)
    assert slots == [Shrunk(10), Shrunk(3), Shrunk(5)]
