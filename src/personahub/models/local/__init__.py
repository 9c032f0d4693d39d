"""A small instruct model on this machine, without a key and without a GPU: llama.cpp in a process of its own.

The process is spoken to over HTTP on loopback like any endpoint. One that dies is started again, and what was in
flight comes back as NO_ANSWER, to be asked once more. With several requests in one batch the last bits of a sum
depend on the others, so an answer repeats itself under the same seed only where nothing else is asked meanwhile.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic

import orjson

from personahub.errors import ModelError
from personahub.http import Client
from personahub.models.base import NO_ANSWER, Completion, Prompt
from personahub.models.local.huggingface import Halted
from personahub.models.local.process import Process, Seat, require_package, usable_cores
from personahub.models.local.weights import DEFAULT, Shelf, Weights, cache_folder, wanted
from personahub.models.wire.chat import Dialect
from personahub.models.wire.endpoint import headers_with
from personahub.models.wire.live import Live
from personahub.text import sentence

__all__ = ["DEFAULT", "ConstrainedDialect", "Local", "Weights"]

PARALLEL = 4  # a CPU is busy with that many; more take memory and bring next to nothing
MOST_PARALLEL = 16
CONTEXT = 4096  # tokens of a prompt and its answer; with the default model they take 0.45 GB
LIMIT = 1024  # tokens; a small model that does not find an end is given one
TIMEOUT = 900.0  # seconds; a slow CPU is at work all the while, and a death is noticed at once
DEATHS = 5  # of the process within PERIOD; one more is the machine's or the file's fault and no mishap
PERIOD = 600.0  # seconds
UNTIL_DEAD = 1.0  # seconds until a process whose connections broke counts as dead, or else lives

_SETTINGS = ("temperature", "seed")
_log = logging.getLogger(__name__)


class Local:
    """One GGUF file; nothing is fetched and nothing is started before the first `complete`.

    Args:
        settings: temperature and seed, sent where given.
        limit: tokens of the longest answer.
        parallel: requests that are worked on at a time.
        timeout: seconds for one whole request.
        tell: called with the bytes that are there and the bytes there will be, while a file is fetched.
    """

    def __init__(
        self,
        found: Path | Weights = DEFAULT,
        *,
        settings: Mapping[str, float | int] | None = None,
        limit: int = LIMIT,
        parallel: int = PARALLEL,
        timeout: float = TIMEOUT,
        tell: Callable[[int, int], object] | None = None,
    ) -> None:
        self._found = found
        self._settings = dict(settings or {})
        self._limit = limit
        self._parallel = parallel
        self._timeout = timeout
        self._shelf = Shelf(cache_folder(), tell)
        self._digest = ""
        self._deaths: deque[float] = deque()
        self._halted = threading.Event()
        self._waking = asyncio.Lock()
        self._seats = asyncio.Semaphore(parallel)
        self._process: Process | None = None
        self._live: Live | None = None

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Local":
        """The model of "local", "local:FILE.gguf" or "local:OWNER/REPO" with the options of a verb.

        Raises:
            UsageError: the name cannot be meant.
        """
        chosen = {field: options.get(field) for field in _SETTINGS}
        return cls(
            wanted(name),
            settings={field: value for field, value in chosen.items() if isinstance(value, int | float)},
            limit=int(str(options.get("max_tokens") or LIMIT)),
            parallel=min(int(str(options.get("concurrency") or PARALLEL)), MOST_PARALLEL),
            timeout=float(str(options.get("timeout") or TIMEOUT)),
        )

    @property
    def name(self) -> str:
        return f"local:{self._found.name if isinstance(self._found, Path) else self._found.file or self._found.repo}"

    @property
    def identity(self) -> str:
        """With the file's sha256, as its content and not its name decides answers.

        The first time it may read the file, or ask the hub what the file will be.

        Raises:
            UsageError: the package is not installed.
            ModelError: the hub has to be asked and does not answer.
        """
        if not self._digest:
            require_package()
            self._digest = self._shelf.identified(self._found)
        settings = (f"{field}={value}" for field, value in sorted(self._settings.items()))
        return " ".join([self.name, self._digest[:16], *settings])

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def slots(self) -> int:
        return self._parallel

    @property
    def pid(self) -> int:
        """Of the process that holds the model; 0 where there is none."""
        return self._process.pid if self._process else 0

    async def complete(self, prompt: Prompt) -> Completion:
        # The server keeps a thread for every connection: one more than it has would wait for seconds, unseen.
        async with self._seats:
            try:
                process, live = await self._awake()
            except Halted:
                return Completion("", NO_ANSWER, "the run was stopped before the model was here")
            completion = await live.complete(prompt)
            if completion.error == NO_ANSWER and await _died(process):
                return replace(completion, detail=f"the local model's process ended ({process.last_words})")
            return completion

    def stop(self) -> None:
        """A download ends where it is, to be gone on from; nothing else waits here."""
        self._halted.set()

    async def close(self) -> None:
        """End the process; a later `complete` would start another."""
        process, live, self._process, self._live = self._process, self._live, None, None
        self._waking, self._seats = asyncio.Lock(), asyncio.Semaphore(self._parallel)
        if live:
            await live.client.close()
        if process:
            await asyncio.to_thread(process.end)

    async def _awake(self) -> tuple[Process, Live]:
        """The process and the way to it, started where there is none or it has died."""
        async with self._waking:
            if self._process and self._live:
                if self._process.alive:
                    return self._process, self._live
                await self._bury(self._process, self._live)
            self._process, self._live = await self._started()
            return self._process, self._live

    async def _started(self) -> tuple[Process, Live]:
        require_package()
        try:
            path = await asyncio.to_thread(self._shelf.path, self._found, self._halted)
        except asyncio.CancelledError:
            self._halted.set()  # else the thread would go on fetching
            raise
        threads = usable_cores()
        start = monotonic()
        process = await Process.start(Seat(path, CONTEXT * self._parallel, self._parallel, threads))
        _log.info(
            "%s answers on this machine: %d requests at a time, %d threads, loaded in %.1f s",
            path.name,
            self._parallel,
            threads,
            monotonic() - start,
        )
        client = Client(process.url, headers_with(process.key))
        return process, Live(
            path.name, client, process.key, self._settings, self._limit, self._timeout, ConstrainedDialect()
        )

    async def _bury(self, process: Process, live: Live) -> None:
        """Put a dead process away; raise ModelError where too many died of late."""
        words = process.last_words
        await live.client.close()
        await asyncio.to_thread(process.end)
        self._process = self._live = None
        now = monotonic()
        self._deaths.append(now)
        while now - self._deaths[0] > PERIOD:
            self._deaths.popleft()
        if len(self._deaths) > DEATHS:
            raise ModelError(
                f"{self.name} died {len(self._deaths)} times within {PERIOD / 60:g} minutes; the last time: "
                f"{sentence(words)} What was answered is saved; with less memory in use, or --concurrency 1, the same "
                "command goes on"
            )
        _log.warning("%s died (%s) and is started again", self.name, words)


class ConstrainedDialect(Dialect):
    """A schema as a grammar of llama.cpp's own, which holds every token to it.

    What it makes of `response_format` runs through its reading of answers as well, which turns those that were
    cut off, and many more, into an HTTP 500.
    """

    __slots__ = ()

    def body(self, model: str, prompt: Prompt, settings: Mapping[str, float | int], limit: int = 0) -> bytes:
        if not (prompt.schema and self.schema):
            return super().body(model, prompt, settings, limit)
        body = orjson.loads(super().body(model, replace(prompt, schema=""), settings, limit))
        schema = orjson.loads(prompt.schema)
        if isinstance(schema, dict):
            # A keyword it does not know loosens the grammar and does not undo it; endless spaces are no answer.
            schema["x-guidance"] = {"lenient": True, "whitespace_flexible": False}
        body["grammar"] = f"%llguidance {{}}\nstart: %json {orjson.dumps(schema).decode()}"
        return orjson.dumps(body)

    def narrowed(self, said: str) -> Dialect | None:
        if self.schema and "grammar" in said.lower():  # built without it: in words
            return replace(self, schema=False)
        return super().narrowed(said)


async def _died(process: Process) -> bool:
    """Whether it is gone; a process needs a moment between its last connection and its end."""
    for _ in range(10):
        if not process.alive:
            return True
        await asyncio.sleep(UNTIL_DEAD / 10)
    return False
