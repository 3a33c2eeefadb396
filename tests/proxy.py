"""A real HTTP proxy that leads every request to one local server, whatever host it names."""

from __future__ import annotations

import asyncio
import contextlib

from tests.serving import LocalServer


class Proxy(LocalServer):
    """Forwards plain requests and CONNECTs; a context manager.

    Args:
        port: of the local server.
        answer: what a CONNECT is answered in place of a tunnel, such as `407 Who are you`.

    Attributes:
        heads: the head of each request that came, as it was sent to the proxy.
    """

    def __init__(self, port: int, answer: str | None = None) -> None:
        super().__init__()
        self._to = port
        self._answer = answer
        self.heads: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._serve_one, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in self._writers:
            writer.close()
        waiting = [writer.wait_closed() for writer in self._writers]
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        tunnel = head.startswith(b"CONNECT")
        if tunnel and self._answer:
            writer.write(f"HTTP/1.1 {self._answer}\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()
            return
        there, to = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers.append(to)
        if tunnel:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            to.write(head)
        await asyncio.gather(_copied(reader, to), _copied(there, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()
