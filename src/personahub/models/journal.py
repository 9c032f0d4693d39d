"""Every completion on disk before it is counted, and answered from there when asked again."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from weakref import finalize

from personahub.errors import HubError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Model, Prompt
from personahub.text import content_id

GROUP_ROWS = 64  # the most completions that one commit holds, so the most that a kill can take

_TABLE = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, error TEXT, detail TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL
) WITHOUT ROWID"""


class Journal:
    """A SQLite file of completions by what was asked.

    Write-ahead log with synchronous FULL: once `put` returns, neither a kill nor a power cut takes the rows.
    Its connections are closed with it, when it is no longer used.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._reading = sqlite3.connect(path, check_same_thread=False)
            finalize(self, self._reading.close)
            self._writing = sqlite3.connect(path, check_same_thread=False)
            finalize(self, self._writing.close)
            self._writing.execute("PRAGMA journal_mode=WAL")
            self._writing.execute("PRAGMA synchronous=FULL")
            self._writing.execute(_TABLE)
        except sqlite3.Error as error:
            raise HubError(
                f"the journal {path} cannot be opened ({error}); restore it from a copy, or move it away"
            ) from error

    def get(self, key: str) -> Completion | None:
        try:
            found = self._reading.execute(
                "SELECT text, error, detail, prompt_tokens, completion_tokens FROM completions WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.Error as error:
            raise HubError(f"the journal cannot be read ({error}); restore it from a copy, or move it away") from error
        return replace(Completion(*found), requests=0) if found else None

    def put(self, rows: list[tuple[str, Completion]]) -> None:
        """Store these completions in one durable commit; a key that is there already stays as it is."""
        try:
            with self._writing:
                self._writing.executemany(
                    "INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?, ?)",
                    [(key, c.text, c.error, c.detail, c.prompt_tokens, c.completion_tokens) for key, c in rows],
                )
        except sqlite3.Error as error:
            raise HubError(
                f"the journal cannot be written ({error}); free some disk and run the command again"
            ) from error


class Journaled:
    """A model whose answers are in the journal before anybody sees them.

    The same question, asked twice at once or in a later run, is paid for once.
    """

    def __init__(self, model: Model, journal: Journal) -> None:
        self._model = model
        self._journal = journal
        self._asking: dict[str, asyncio.Future[Completion]] = {}
        self._waiting: list[tuple[str, Completion, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def identity(self) -> str:
        return self._model.identity

    async def complete(self, prompt: Prompt) -> Completion:
        key = self._key(prompt)
        if known := self._journal.get(key):
            return known
        if key in self._asking:
            return replace(await asyncio.shield(self._asking[key]), requests=0)
        answer = self._asking[key] = asyncio.get_running_loop().create_future()
        try:
            completion = await self._model.complete(prompt)
            if completion.error not in (NO_ANSWER, NOT_TAKEN):
                await self._written(key, completion)
        except BaseException as error:
            answer.cancel() if isinstance(error, asyncio.CancelledError) else answer.set_exception(error)
            answer.cancelled() or answer.exception()  # seen, so that nobody is warned of it
            raise
        else:
            answer.set_result(completion)
            return completion
        finally:
            del self._asking[key]

    async def close(self) -> None:
        """Write what has arrived, then let go of the model."""
        if self._writer:
            await self._writer
        await self._model.close()

    def _key(self, prompt: Prompt) -> str:
        said = [part for message in prompt.messages for part in (message.role, message.content)]
        return content_id(self.identity, str(prompt.sample), *said)

    async def _written(self, key: str, completion: Completion) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, completion, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        """Group commit: while one group is on its way to the disk the next one gathers."""
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP_ROWS], self._waiting[GROUP_ROWS:]
            failed: HubError | None = None
            try:
                await asyncio.to_thread(self._journal.put, [(key, completion) for key, completion, _ in group])
            except HubError as error:
                failed = error
            for _, _, done in group:
                if not done.done():
                    done.set_exception(failed) if failed else done.set_result(None)
