import asyncio
import gc

from aiohttp import web

from simulate.models.request_body import RequestBody
from tests.endpoint import Serve
from tests.models.conftest import PLAIN
from tests.ways import over_wire


def test_the_body_of_a_request_is_held_no_longer_than_it_is_sent(serve: Serve) -> None:
    held: list[bytes] = []

    async def seen(request: web.Request) -> None:
        held.extend(each._value for each in gc.get_objects() if isinstance(each, RequestBody))

    async def asked(url: str) -> str:
        model = over_wire("mock", url)
        try:
            return (await model.complete(PLAIN)).text
        finally:
            await model.aclose()

    endpoint = serve(lambda body, n: seen)
    assert asyncio.run(asked(endpoint.url))
    assert endpoint.bodies
    assert held == [b""]
