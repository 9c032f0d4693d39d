"""The steps at the far side of the Batch API, each tried again for as long as that may help."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from time import time
from typing import IO, TypeVar

import orjson

from personahub.errors import ModelError, NoReply, failing
from personahub.http import Client, Reply
from personahub.models.batch.records import Record
from personahub.models.wire.chat import error_words
from personahub.models.wire.endpoint import NOT_TAKEN_STATUS, headers_with, retry_after, stop_if_hopeless, told
from personahub.models.wire.folder import DRAFT, put_in_place
from personahub.models.wire.lines import CHAT
from personahub.text import sentence

WINDOW = "24h"
PAGE = 100  # batches in one page of a list, the most that OpenAI gives
LOOK_BACK = 86_400.0  # seconds by which the clocks of both sides may differ
LARGEST_FILE = 2**36  # bytes of answers; it goes to the disk as it comes
FILE_SECONDS = 3600.0  # for a file to come or go
SLOWEST = 30  # times the first pause is the longest
_MARK = "personahub"  # the key in a batch's metadata under which its name stands

NO_BATCHES = "Is there a Batch API at this address? The same model can be asked live, as openai:NAME"
FAILED = "failed"

Json = dict[str, object]
Out = TypeVar("Out")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, all of them.

    Args:
        poll: the pause after the first look at a batch; later ones grow to 30 times that.
        settle: how long a request whose end was not seen may still be at work on the far side.
        give_up: how long one step is tried before a person should look.
        timeout: for one small request.
    """

    poll: float = 2.0
    settle: float = 10.0
    give_up: float = 600.0
    timeout: float = 120.0

    def longer(self, pause: float) -> float:
        return min(1.5 * pause, SLOWEST * self.poll)


@dataclass(frozen=True, slots=True)
class Told:
    """What the endpoint says of a batch.

    Args:
        status: validating, in_progress, finalizing, cancelling; at the end completed, failed, expired or cancelled.
        words: what is wrong with it, in the endpoint's words.
    """

    id: str
    status: str
    output: str
    errors: str
    words: str
    counted: str


class Remote:
    def __init__(self, base_url: str, key: str | None, patience: Patience) -> None:
        self._client = Client(base_url, headers_with(key))
        self._key = key
        self.patience = patience

    @property
    def address(self) -> str:
        return self._client.url

    @property
    def has_key(self) -> bool:
        return bool(self._key)

    async def close(self) -> None:
        await self._client.close()

    async def upload(self, name: str, requests: Path) -> str:
        """Send a file of requests; its id."""
        mark = token_hex(16)
        kind = f"multipart/form-data; boundary={mark}"

        async def step() -> Json:
            body = await asyncio.to_thread(_form, mark, f"{name}.jsonl", requests)
            reply = await self._client.ask("POST", "/files", body, timeout=FILE_SECONDS, content_type=kind)
            return await self._object(reply, "/files", "id")

        return str((await self._patiently(step))["id"])

    async def create(self, record: Record) -> Told:
        """Make a batch of an uploaded file; where the answer to that was lost, it is looked for before the next try."""
        wanted = {
            "input_file_id": record.file_id,
            "endpoint": CHAT,
            "completion_window": WINDOW,
            "metadata": {_MARK: record.name, "attempt": str(record.attempt)},
        }
        asked = False

        async def step() -> Json:
            nonlocal asked
            if asked and (found := await self._search(record)) is not None:
                return found
            asked = True
            try:
                reply = await self._client.ask("POST", "/batches", orjson.dumps(wanted), timeout=self.patience.timeout)
                if reply.status != 200 and is_crowded(said := self._said(reply)):
                    return {"id": "", "status": FAILED, "errors": [{"message": said}]}
                return await self._object(reply, "/batches", "id")
            except NoReply:
                await asyncio.sleep(self.patience.settle)
                raise

        return self._told(await self._patiently(step))

    async def find(self, record: Record) -> Told | None:
        """The batch that an earlier process may have made of this record."""
        await asyncio.sleep(min(self.patience.settle, max(0.0, record.at + self.patience.settle - time())))
        found = await self._patiently(lambda: self._search(record))
        return self._told(found) if found else None

    async def look(self, batch_id: str, *, lost: str) -> Told:
        """Args:
        lost: what to do where the endpoint does not know it.
        """
        return self._told(await self._patiently(lambda: self._ask("GET", f"/batches/{batch_id}", "id", lost=lost)))

    async def fetch(self, file_id: str, path: Path, *, lost: str) -> None:
        """Bring a file of answers to the disk."""
        draft, place = path.with_name(path.name + DRAFT), f"/files/{file_id}/content"

        async def step() -> None:
            with failing(path), draft.open("wb") as file:
                await self._check(await self._into(file, place), place, lost)

        await self._patiently(step)
        await asyncio.to_thread(put_in_place, draft, path)

    async def _into(self, file: IO[bytes], place: str) -> Reply:
        refused: list[OSError] = []

        def sink(data: bytes) -> None:
            try:
                file.write(data)
            except OSError as error:  # the client would take it for a fault of the endpoint
                refused.append(error)
                raise

        try:
            return await self._client.ask("GET", place, timeout=FILE_SECONDS, largest=LARGEST_FILE, sink=sink)
        except NoReply:
            if refused:
                raise refused[0] from None
            raise

    async def _patiently(self, step: Callable[[], Awaitable[Out]]) -> Out:
        """Try until it is done, with growing pauses.

        Raises:
            ModelError: it cannot be done, or was not for so long that a person should look.
        """
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + self.patience.give_up, self.patience.poll
        while True:
            try:
                return await step()
            except NoReply as error:
                if loop.time() >= until:
                    raise ModelError(
                        f"{sentence(str(error))} So it was for {self.patience.give_up / 60:g} minutes; everything is "
                        "saved: run the same command later to go on"
                    ) from error
                _log.info("%s; trying again in %.1f s", error, pause)
            await asyncio.sleep(pause)
            pause = self.patience.longer(pause)

    async def _search(self, record: Record) -> Json | None:
        after = ""
        while True:
            page = await self._ask("GET", f"/batches?limit={PAGE}{after}", "data")
            data = page["data"]
            entries = [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
            for entry in entries:
                if _is_of(entry, record):
                    return entry
            if not entries or not page.get("has_more") or _made(entries[-1]) < record.at - LOOK_BACK:
                return None
            after = f"&after={entries[-1].get('id')}"

    async def _ask(self, method: str, path: str, needed: str, lost: str = NO_BATCHES) -> Json:
        reply = await self._client.ask(method, path, timeout=self.patience.timeout)
        return await self._object(reply, path, needed, lost)

    async def _object(self, reply: Reply, path: str, needed: str, lost: str = NO_BATCHES) -> Json:
        await self._check(reply, path, lost)
        found = _parsed(reply.body)
        if needed not in found:
            raise NoReply(f"{self.address}{path} answered with something that is no Batch API: {self._said(reply)}")
        return found

    async def _check(self, reply: Reply, path: str, lost: str) -> None:
        """Raise ModelError where another try cannot help, NoReply where it may."""
        if reply.status == 200:
            return
        said = self._said(reply)
        words = f"{self.address}{path} answered {reply.status}: {said}"
        # A file that was just uploaded is not known everywhere at once.
        if not (reply.status in (400, 404) and "find file" in said.lower()):
            if reply.status == 404:
                raise ModelError(f"{sentence(words)} {lost}")
            stop_if_hopeless(self.address, reply, said, has_key=bool(self._key))
            if reply.status in NOT_TAKEN_STATUS:
                raise ModelError(f"{sentence(words)} Mend this and run the same command; everything is saved")
        await asyncio.sleep(min(retry_after(reply.headers), self.patience.give_up))
        raise NoReply(words)

    def _said(self, reply: Reply) -> str:
        return told(error_words(_parsed(reply.body)), reply.body, self._key)

    def _told(self, found: Json) -> Told:
        errors, counts = found.get("errors"), found.get("request_counts")
        data = errors.get("data") if isinstance(errors, dict) else errors
        faults = [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
        said = dict.fromkeys(f"{one.get('message')} ({one.get('code')})" for one in faults)
        return Told(
            id=str(found["id"]),
            status=str(found.get("status")),
            output=str(found.get("output_file_id") or ""),
            errors=str(found.get("error_file_id") or ""),
            words=told("; ".join(said), b"no reason is given", self._key),
            counted=f"({counts.get('completed')} of {counts.get('total')} done)" if isinstance(counts, dict) else "",
        )


def is_crowded(words: str) -> bool:
    """Whether it is only the tokens that may wait in the queue at once that are too many."""
    text = words.lower()
    return "enqueued token" in text or "token_limit_exceeded" in text


def _form(mark: str, filename: str, requests: Path) -> bytes:
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    with failing(requests):
        return b"".join([head.encode(), requests.read_bytes(), f"\r\n--{mark}--\r\n".encode()])


def _parsed(body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_of(entry: Json, record: Record) -> bool:
    marks = entry.get("metadata")
    if isinstance(marks, dict) and _MARK in marks:
        return marks[_MARK] == record.name and (not record.attempt or marks.get("attempt") == str(record.attempt))
    # Not every endpoint keeps the metadata; no other batch was made of this file, unless one that failed.
    return bool(record.file_id) and entry.get("input_file_id") == record.file_id and entry.get("status") != FAILED


def _made(entry: Json) -> float:
    made = entry.get("created_at")
    return float(made) if isinstance(made, int | float) else 0.0
