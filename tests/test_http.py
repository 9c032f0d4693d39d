import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from personahub.http import Client


@pytest.fixture
def slow() -> Iterator["_Slow"]:
    server = _Slow()
    yield server
    server.socket.close()


class _Slow:
    """Takes connections and never answers."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1"

    def taken(self) -> int:
        """How many are there that wait."""
        self.socket.setblocking(False)
        count = 0
        try:
            while True:
                self.socket.accept()[0].close()
                count += 1
        except BlockingIOError:
            return count


def _asked(url: str, ahead: int, seconds: float) -> None:
    async def ask() -> None:
        client = Client(url, ahead=ahead)
        asking = asyncio.create_task(client.ask("POST", "/x", b"{}", timeout=30))
        await asyncio.sleep(seconds)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await client.close()

    asyncio.run(ask())


def test_a_first_request_opens_the_connections_of_the_crowd_behind_it(slow: _Slow) -> None:
    _asked(slow.url, 20, 0.5)
    assert slow.taken() == 21


def test_none_is_opened_ahead_where_nobody_said_how_many(slow: _Slow) -> None:
    _asked(slow.url, 0, 0.2)
    assert slow.taken() == 1


def test_closing_does_not_wait_for_connections_that_are_still_being_opened() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as full:
        start = time.monotonic()
        _asked(f"http://127.0.0.1:{full.getsockname()[1]}", 50, 0.3)
        assert time.monotonic() - start < 3
