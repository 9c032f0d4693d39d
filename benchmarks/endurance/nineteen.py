"""Nineteen things that endpoints do wrong, each met by some prompts at their first answers, and what is wanted then.

The server is small and raw on purpose: what it sends is what stands here, and when each request came is known.
"""

import asyncio
import threading
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from math import ceil

import orjson

HIT_EVERY = 4  # of the prompts every fourth, and never the first, meets the fault
EARLY_GRACE = 0.25  # seconds in which what was sent before a refusal came back may still arrive
CLOCK = 0.02  # seconds by which two looks at a clock may differ
BOMB_MB = 300
DRIP_SECONDS = 0.5
HANG_SECONDS = 60.0

WAITS = "waits as long as it is told to, then asks again"
AGAIN = "asks again"
DEADLINE = "gives up at its own deadline and asks again"
STOPS = "stops the run at once, and says so"
STAYS = "stops the run, and sends the other host nothing"
CAPPED = "reads no more than 8 MB of it, and asks again"


@dataclass(frozen=True, slots=True)
class Seen:
    """One request.

    Args:
        prompt: its number, by first appearance.
        at: seconds.
        hit: whether it met the fault.
        not_before: when the next may come, where it was told to wait.
    """

    prompt: int
    at: float
    hit: bool
    not_before: float = 0.0


Sender = Callable[["FaultServer", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Args:
    closes: the connection is of no use afterwards.
    """

    name: str
    wanted: str
    send: Sender
    closes: bool = False


@dataclass
class FaultServer:
    """Listens in a thread of its own while it is entered.

    Args:
        wait: seconds that it asks for.
        times: answers of a hit prompt that are the fault.
        latency: seconds for a right answer.
        mended: from now on everything is right.
        elsewhere: requests that came to the host it redirects to.
    """

    fault: Fault
    wait: float = 1.0
    times: int = 1
    latency: float = 0.02
    mended: bool = False
    elsewhere: int = 0
    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> "FaultServer":
        if self.fault.wanted is CAPPED:
            bomb()  # takes a second, and here holds nobody up
        self._loop = asyncio.new_event_loop()
        self._prompts: dict[bytes, int] = {}
        self._asked: Counter[int] = Counter()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def early(self) -> int:
        """Requests that came before they might."""
        found = 0
        for number, one in enumerate(self.seen):
            for later in self.seen[number + 1 :] if one.not_before else ():
                grace = 0.0 if later.prompt == one.prompt else one.at + EARLY_GRACE
                found += grace < later.at < one.not_before - CLOCK
        return found

    @property
    def shortest_wait(self) -> float:
        """Seconds between a fault and the next request of that prompt."""
        gaps = [gap for one in self.seen if one.hit and (gap := self._gap(one)) is not None]
        return min(gaps, default=0.0)

    @property
    def longest_wait(self) -> float:
        gaps = [gap for one in self.seen if one.hit and (gap := self._gap(one)) is not None]
        return max(gaps, default=0.0)

    @property
    def hits(self) -> int:
        return sum(one.hit for one in self.seen)

    @property
    def after_the_first_hit(self) -> int:
        """Requests."""
        first = next((number for number, one in enumerate(self.seen) if one.hit), len(self.seen))
        return len(self.seen) - first

    def _gap(self, one: Seen) -> float | None:
        return next(
            (later.at - one.at for later in self.seen if later.prompt == one.prompt and later.at > one.at), None
        )

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self._other = await asyncio.start_server(self._count, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        self.other_port = self._other.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._other.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _count(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.elsewhere += 1
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length"))
        said = orjson.dumps(orjson.loads(await reader.readexactly(length))["messages"])
        prompt = self._prompts.setdefault(said, len(self._prompts))
        self._asked[prompt] += 1
        hit = not self.mended and prompt % HIT_EVERY == HIT_EVERY - 1 and self._asked[prompt] <= self.times
        now = time.monotonic()
        self.seen.append(Seen(prompt, now, hit, self._not_before(now) if hit and self.fault.wanted is WAITS else 0.0))
        if hit:
            await self.fault.send(self, writer)
            await writer.drain()
            return not self.fault.closes
        await asyncio.sleep(self.latency)
        writer.write(message(200, chat()))
        await writer.drain()
        return True

    def _not_before(self, now: float) -> float:
        if self.fault.name == "429, Retry-After a date":
            return now + self.date - time.time()
        return now + self.wait

    @property
    def date(self) -> int:
        """The first whole second that is so far away."""
        return ceil(time.time() + self.wait)


def chat(
    content: str | None = "Math problem: a baker sells 12 loaves in 3 hours; how many in one?", **more: object
) -> bytes:
    choices = [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]
    usage = {"prompt_tokens": 7, "completion_tokens": 5}
    return orjson.dumps({"choices": choices, "usage": usage, **more})


def message(status: int, body: bytes, headers: Mapping[str, str] | None = None, length: int | None = None) -> bytes:
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body) if length is None else length)}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in {**fields, **(headers or {})}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _says(status: int, code: str = "", headers: Callable[["FaultServer"], dict[str, str]] = lambda _: {}) -> Sender:
    body = orjson.dumps({"error": {"message": f"this is a {status}", "code": code}})

    async def send(server: FaultServer, writer: asyncio.StreamWriter) -> None:
        writer.write(message(status, body, headers(server)))

    return send


def _gives(data: Callable[[], bytes]) -> Sender:
    async def send(_: FaultServer, writer: asyncio.StreamWriter) -> None:
        writer.write(data())

    return send


async def _reset(_: FaultServer, writer: asyncio.StreamWriter) -> None:
    # Aborted with an unread byte waiting or not, a lingering time of nothing makes it a RST.
    sock = writer.get_extra_info("socket")
    sock.setsockopt(1, 13, (1).to_bytes(4, "little") + bytes(4))  # SOL_SOCKET, SO_LINGER: on, 0 s
    writer.transport.abort()
    raise ConnectionResetError


async def _hang(_: FaultServer, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(HANG_SECONDS)
    writer.close()


async def _drip(_: FaultServer, writer: asyncio.StreamWriter) -> None:
    for byte in message(200, chat()):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(DRIP_SECONDS)


@cache
def bomb() -> bytes:
    """JSON whose content unpacks to 300 MB."""
    packer = zlib.compressobj(9, wbits=31)
    start, end = chat("Z").split(b"Z")
    middle = (packer.compress(b"0" * 2**20) for _ in range(BOMB_MB))
    return packer.compress(start) + b"".join(middle) + packer.compress(end) + packer.flush()


FAULTS = (
    Fault("429, Retry-After in seconds", WAITS, _says(429, headers=lambda s: {"Retry-After": f"{s.wait:g}"})),
    Fault("429, retry-after-ms", WAITS, _says(429, headers=lambda s: {"retry-after-ms": f"{s.wait * 1000:g}"})),
    Fault(
        "429, Retry-After a date", WAITS, _says(429, headers=lambda s: {"Retry-After": formatdate(s.date, usegmt=True)})
    ),
    Fault("503, Retry-After in seconds", WAITS, _says(503, headers=lambda s: {"Retry-After": f"{s.wait:g}"})),
    Fault("529", AGAIN, _says(529, "overloaded_error")),
    Fault("500", AGAIN, _says(500)),
    Fault("connection reset", AGAIN, _reset, closes=True),
    Fault("connection closed without a word", AGAIN, _gives(bytes), closes=True),
    Fault("body cut short", AGAIN, _gives(lambda: message(200, chat()[:40], length=len(chat()))), closes=True),
    Fault("no answer at all", DEADLINE, _hang, closes=True),
    Fault("one byte every half second", DEADLINE, _drip, closes=True),
    Fault("429, insufficient_quota", STOPS, _says(429, "insufficient_quota")),
    Fault("200 with broken JSON", AGAIN, _gives(lambda: message(200, chat()[:-20]))),
    Fault(
        "200 with HTML", AGAIN, _gives(lambda: message(200, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}))
    ),
    Fault("200 with an error inside", AGAIN, _gives(lambda: message(200, b'{"error": {"message": "overloaded"}}'))),
    Fault("200 without a choice", AGAIN, _gives(lambda: message(200, chat(choices=[])))),
    Fault("200 with content null", AGAIN, _gives(lambda: message(200, chat(None)))),
    Fault(
        "307 to another host", STAYS, _says(307, headers=lambda s: {"Location": f"http://127.0.0.1:{s.other_port}/v1"})
    ),
    Fault("gzip of 300 MB", CAPPED, _gives(lambda: message(200, bomb(), {"Content-Encoding": "gzip"}))),
)
