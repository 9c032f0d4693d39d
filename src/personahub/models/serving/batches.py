"""The Files and Batch API of OpenAI, in memory: a file of requests goes in, files of answers come out.

store = Batches(server.complete)
Routes({**table, **store.routes()})
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from time import time
from typing import Any

import orjson

from personahub.models.serving.messages import Request, Response, Route, error, said

CHAT = "/v1/chat/completions"
WORKERS = 64  # lines of all batches that are asked at a time
MOST_REQUESTS = 50_000
PAGE, LARGEST_PAGE = 20, 100
RUNNING = ("validating", "in_progress", "cancelling")

Answering = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong on purpose.

    Args:
        seconds: from the making of a batch to its end, at least.
        failing: share of the lines that fail, drawn anew in every batch; `status`: with which status;
            `most_failures`: how often one custom_id does at most, 0 for any number.
        done: share of the lines that are answered before the batch expires; 1 where it does not.
        invalid: words with which every batch fails its validation.
        queue: the most requests that may be in all batches under way together; beyond it a batch fails.
    """

    seconds: float = 0.0
    failing: float = 0.0
    status: int = 429
    most_failures: int = 0
    done: float = 1.0
    invalid: str = ""
    queue: int = 0
    seed: int = 0


@dataclass(slots=True)
class _Batch:
    id: str
    file: str
    lines: list[dict[str, object]]
    metadata: object
    endpoint: object
    headers: Mapping[str, str]
    made: int
    status: str = "validating"
    output: str = ""
    errors: str = ""
    faults: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    work: list[asyncio.Task[Any]] = field(default_factory=list)


class Batches:
    """Args:
    answer: answers one chat request, as the live endpoint does.
    """

    def __init__(self, answer: Answering, trouble: Trouble = Trouble()) -> None:
        self.trouble = trouble
        self.worked_on: Counter[str] = Counter()  # how often each custom_id got an answer or a failure
        self._failed: Counter[str] = Counter()
        self._answer = answer
        self._dice = random.Random(trouble.seed)  # noqa: S311 - decides what fails in a test
        self._files: dict[str, tuple[str, bytes]] = {}  # name and content
        self._batches: dict[str, _Batch] = {}
        self._turn = asyncio.Semaphore(WORKERS)
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/v1/files"): self._take,
            ("GET", "/v1/files/{id}"): self._tell_file,
            ("GET", "/v1/files/{id}/content"): self._content,
            ("POST", "/v1/batches"): self._make,
            ("GET", "/v1/batches"): self._list,
            ("GET", "/v1/batches/{id}"): self._tell,
            ("POST", "/v1/batches/{id}/cancel"): self._cancel,
        }

    @property
    def made(self) -> list[dict[str, object]]:
        """Every batch as it is told of, oldest first."""
        return [_told(batch) for batch in self._batches.values()]

    def asked_in(self, batch_id: str) -> list[str]:
        """The custom_ids of a batch."""
        return [str(line["custom_id"]) for line in self._batches[batch_id].lines]

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, request: Request) -> Response:
        fields = _fields(request)
        if fields.get("purpose", ("", b""))[1] != b"batch" or "file" not in fields:
            return error(400, "a file for a batch has the purpose 'batch'")
        return said(self._file_told(self._keep(*fields["file"])))

    async def _tell_file(self, request: Request) -> Response:
        file_id = request.names["id"]
        return said(self._file_told(file_id)) if file_id in self._files else _no_file(file_id)

    async def _content(self, request: Request) -> Response:
        found = self._files.get(request.names["id"])
        return Response(found[1], content_type="application/jsonl") if found else _no_file(request.names["id"])

    async def _make(self, request: Request) -> Response:
        try:
            wanted = orjson.loads(request.body)
            file_id = wanted["input_file_id"]
            lines = [dict(orjson.loads(line)) for line in self._files[file_id][1].splitlines()]
        except KeyError as missing:
            return error(400, f"Cannot find file or field {missing}, or it does not belong to this project.")
        except (ValueError, TypeError) as found:
            return error(400, f"the body is no request for a batch ({found})")
        number = len(self._batches) + 1
        batch = _Batch(
            id=f"batch_{number}",
            file=file_id,
            lines=lines,
            metadata=wanted.get("metadata"),
            endpoint=wanted.get("endpoint"),
            headers=request.headers,
            made=int(time()),
        )
        self._batches[batch.id] = batch
        task = asyncio.create_task(self._work(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return said(_told(batch))

    async def _list(self, request: Request) -> Response:
        newest_first = [*reversed(self._batches.values())]
        if after := request.query.get("after"):
            ids = [batch.id for batch in newest_first]
            if after not in ids:
                return error(400, f"there is no batch {after!r} to begin after")
            newest_first = newest_first[ids.index(after) + 1 :]
        wanted = request.query.get("limit", str(PAGE))
        if not (wanted.isdecimal() and 1 <= int(wanted) <= LARGEST_PAGE):
            return error(400, f"limit must be a whole number from 1 to {LARGEST_PAGE}")
        page = [_told(batch) for batch in newest_first[: int(wanted)]]
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
        return said({"object": "list", "data": page, "has_more": len(newest_first) > len(page), **ends})

    async def _tell(self, request: Request) -> Response:
        batch = self._batches.get(request.names["id"])
        return said(_told(batch)) if batch else _no_batch(request.names["id"])

    async def _cancel(self, request: Request) -> Response:
        batch = self._batches.get(request.names["id"])
        if batch is None:
            return _no_batch(request.names["id"])
        if batch.status not in RUNNING:
            return error(409, f"the batch is {batch.status} and cannot be cancelled")
        batch.status = "cancelling"
        for task in batch.work:
            task.cancel()
        return said(_told(batch))

    async def _work(self, batch: _Batch) -> None:
        batch.faults = self._faults(batch)
        if batch.faults:
            batch.status = "failed"
            return
        done, working = 0, list[asyncio.Task[tuple[int, bytes]]]()
        if batch.status != "cancelling":
            batch.status = "in_progress"
            done = int(self.trouble.done * len(batch.lines))
            working = [asyncio.create_task(self._line(line, batch.headers)) for line in batch.lines[:done]]
            batch.work = [asyncio.create_task(asyncio.sleep(self.trouble.seconds)), *working]
            await asyncio.gather(*batch.work, return_exceptions=True)
        lines = [task.result() for task in working if not task.cancelled()]
        left = [line for line, task in zip(batch.lines, working, strict=False) if task.cancelled()]
        end = "expired" if self.trouble.done < 1 else "completed"
        left += batch.lines[done:]
        self._end(batch, "cancelled" if batch.status == "cancelling" else end, lines, left)

    async def _line(self, line: dict[str, object], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status, and the line of the file in which it comes back.

        Args:
            headers: with which the batch was made; the key is among them.
        """
        async with self._turn:
            custom_id = str(line["custom_id"])
            if self._fails(custom_id):
                response = error(self.trouble.status, "it failed on purpose", kind="server_error")
            else:
                response = await self._answer(Request("POST", CHAT, headers=headers, body=orjson.dumps(line["body"])))
            self.worked_on[custom_id] += 1
            reply = {"status_code": response.status, "request_id": custom_id, "body": orjson.loads(response.body)}
            back = {"id": f"batch_req_{custom_id}", "custom_id": custom_id, "response": reply, "error": None}
            return response.status, orjson.dumps(back) + b"\n"

    def _fails(self, custom_id: str) -> bool:
        most = self.trouble.most_failures or self._failed[custom_id] + 1
        fails = self._failed[custom_id] < most and self._dice.random() < self.trouble.failing
        self._failed[custom_id] += fails
        return fails

    def _end(
        self, batch: _Batch, status: str, answered: list[tuple[int, bytes]], left: list[dict[str, object]]
    ) -> None:
        """Answers come back in no order, with failures and what was not worked on in a file of their own."""
        good = [line for code, line in answered if code == 200]
        bad = [line for code, line in answered if code != 200]
        word = {"code": f"batch_{status}", "message": "This request was not worked on before the batch ended."}
        for line in left:
            back = {"id": "", "custom_id": line["custom_id"], "response": None, "error": word}
            bad.append(orjson.dumps(back) + b"\n")
        self._dice.shuffle(good)
        batch.output = self._keep("output.jsonl", b"".join(good)) if good else ""
        batch.errors = self._keep("errors.jsonl", b"".join(bad)) if bad else ""
        batch.counts = {"total": len(batch.lines), "completed": len(good), "failed": len(bad)}
        batch.status = status

    def _faults(self, batch: _Batch) -> list[dict[str, object]]:
        words, code = self.trouble.invalid, "invalid_request"
        ids = [line.get("custom_id") for line in batch.lines]
        under_way = sum(len(one.lines) for one in self._batches.values() if one.status in RUNNING)
        if batch.endpoint != CHAT:
            words = f"only {CHAT} is served in batches"
        elif not 0 < len(ids) <= MOST_REQUESTS or None in ids or len(set(ids)) < len(ids):
            words = f"a batch has 1 to {MOST_REQUESTS} requests, each with a custom_id of its own"
        elif self.trouble.queue and under_way > self.trouble.queue:
            words, code = (
                f"Enqueued token limit reached: {self.trouble.queue} requests at a time.",
                "token_limit_exceeded",
            )
        return [{"code": code, "message": words, "line": None, "param": None}] if words else []

    def _keep(self, name: str, content: bytes) -> str:
        file_id = f"file-{len(self._files) + 1}"
        self._files[file_id] = (name, content)
        return file_id

    def _file_told(self, file_id: str) -> dict[str, object]:
        name, content = self._files[file_id]
        return {"id": file_id, "object": "file", "bytes": len(content), "filename": name, "purpose": "batch"}


def _told(batch: _Batch) -> dict[str, object]:
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": batch.faults} if batch.faults else None,
        "input_file_id": batch.file,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output or None,
        "error_file_id": batch.errors or None,
        "created_at": batch.made,
        "request_counts": batch.counts or {"total": len(batch.lines), "completed": 0, "failed": 0},
        "metadata": batch.metadata,
    }


def _fields(request: Request) -> dict[str, tuple[str, bytes]]:
    """The parts of a form by name: file name and content."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode("latin-1")
    found = BytesParser(policy=HTTP).parsebytes(head + request.body)
    fields: dict[str, tuple[str, bytes]] = {}
    for part in found.iter_parts() if found.is_multipart() else ():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(content, bytes):
            fields[str(name)] = (part.get_filename() or "", content)
    return fields


def _no_file(file_id: str) -> Response:
    return error(404, f"No such File object: {file_id}")


def _no_batch(batch_id: str) -> Response:
    return error(404, f"No batch found with id {batch_id!r}.")
