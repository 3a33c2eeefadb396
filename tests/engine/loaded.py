"""Load what a run of `donation` needs, by estimating one: for processes that are forked from it."""

import asyncio

import aiohttp  # noqa: F401  an estimate asks no endpoint

from simulate.engine import estimate

asyncio.run(estimate("donation", n=1))
