"""Requests in files and answers out of files, for whoever runs a model offline, such as vLLM's `run-batch`.

A first run writes FOLDER/requests-00001.jsonl and has no answers yet. Somebody answers each of those files, in the
form of OpenAI's Batch API, into any other .jsonl file below FOLDER, and the same run again takes the answers:

    vllm run-batch -i FOLDER/requests-00001.jsonl -o FOLDER/answers-00001.jsonl --model NAME
"""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from personahub.errors import UsageError, failing
from personahub.models.base import NOT_YET, Completion, Prompt
from personahub.models.wire.folder import locked
from personahub.models.wire.lines import Form, answers, best, custom_id_of, keep_form, known_form, named, request_line
from personahub.models.wire.places import Places, survey

SLOTS = 1024  # prompts at a time; none of them waits
MOST_LINES = 50_000  # of a file of requests, and
MOST_BYTES = 190 * 10**6  # what OpenAI takes, should somebody upload it there
GROUP_LINES = 1024  # lines that one sync of the disk is for

_OURS = ".personahub"  # the folder, inside, of what is no concern of others
_REQUESTS = re.compile(r"requests-(\d+)\.jsonl")

_log = logging.getLogger(__name__)


class Files:
    """Args:
    folder: of requests and answers; made when the first prompt comes.
    """

    def __init__(self, form: Form, folder: Path) -> None:
        self._form = form
        self._folder = folder
        self._desk: _Desk | None = None

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Files":
        """The model of "files:NAME@FOLDER" with the options of a verb."""
        model, _, folder = name.partition("@")
        if not model or not folder:
            raise UsageError("which model, and where? Write files:NAME@FOLDER, such as files:qwen3@/data/runs/a")
        return cls(Form.of(model, options), Path(folder))

    @property
    def name(self) -> str:
        return self._form.name

    @property
    def identity(self) -> str:
        return self._form.identity

    @property
    def limit(self) -> int:
        return self._form.limit

    @property
    def slots(self) -> int:
        return SLOTS

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer where there is one; else NOT_YET, with the request in a file, once.

        Where the answer is a failure of the runner, such as HTTP 429 or 500, the request is written again.

        Raises:
            HubBusy: another run writes requests there.
            HubError: the disk does not take them.
        """
        desk = self._opened()
        form = self._form
        while True:
            body = form.body(prompt)
            custom_id = custom_id_of(body)
            found = answers(desk.answers.lines(custom_id), custom_id, prompt.limit or form.limit)
            answer = best(found)
            if answer is None or not answer.final:
                if desk.times_asked(custom_id) <= len(found):
                    desk.write(custom_id, request_line(custom_id, body))
                failed = f"; the last one was a failure: {answer.completion.detail}" if answer else ""
                return Completion("", NOT_YET, f"waits for an answer in {self._folder}{failed}")
            learned = None if answer.good else self._learned(form, prompt, answer.completion.detail)
            if learned is None:
                return answer.completion
            form = learned

    def stop(self) -> None:
        """Nothing waits here."""

    async def close(self) -> None:
        if self._desk:
            self._desk.close()

    def _opened(self) -> "_Desk":
        if self._desk is None:
            self._desk = _Desk(self._folder)
            self._form = known_form(self._form, self._desk.forms)
        return self._desk

    def _learned(self, form: Form, prompt: Prompt, said: str) -> Form | None:
        """A form that the runner may take; None where it is the prompt that it does not."""
        learned = form.learned(prompt, said)
        if learned and self._desk:
            self._form = learned
            keep_form(learned, self._desk.forms)
        return learned


class _Desk:
    """The folder while a process works with it."""

    def __init__(self, folder: Path) -> None:
        self._lock = locked(folder / _OURS)
        self._folder = folder
        self._requests = Places()
        self._file: IO[bytes] | None = None
        self._lines = self._size = self._unsynced = self._at = self._last = 0
        self.answers = Places()
        self.forms = folder / _OURS / "forms.json"
        with failing(folder):
            for path in sorted(folder.rglob("*.jsonl")):
                self._take_up(path)

    def times_asked(self, custom_id: str) -> int:
        """How often a request of that id stands in the files."""
        return sum(named(line) == custom_id for line in self._requests.lines(custom_id))

    def write(self, custom_id: str, line: bytes) -> None:
        """A file of an earlier process is not written to: somebody may have answered it by now."""
        if self._file is None or self._lines == MOST_LINES or self._size + len(line) > MOST_BYTES:
            self._begin()
        assert self._file  # noqa: S101 - just begun
        with failing(self._folder):
            try:
                data = memoryview(line)
                while data:
                    data = data[self._file.write(data) :]
            except OSError:
                self._file.truncate(self._size)
                raise
        self._requests.note(custom_id, self._at, self._size)
        self._lines += 1
        self._size += len(line)
        self._unsynced += 1
        if self._unsynced == GROUP_LINES:
            self._sync()

    def close(self) -> None:
        self._end()
        self._requests.close()
        self.answers.close()
        self._lock.close()

    def _take_up(self, path: Path) -> None:
        number = _REQUESTS.fullmatch(path.name) if path.parent == self._folder else None
        if path.name.startswith("requests") and number is None:
            return
        found = survey(path, self._folder / _OURS / "places")
        if number is None:
            self.answers.add(path, found.rows)
            return
        self._last = max(self._last, int(number[1]))
        if found.end < path.stat().st_size:
            _log.warning("%s: its last line was cut off in writing, and is taken away", path)
            os.truncate(path, found.end)
        self._requests.add(path, found.rows)

    def _begin(self) -> None:
        self._end()
        self._last += 1
        path = self._folder / f"requests-{self._last:05}.jsonl"
        with failing(path):
            self._file = path.open("xb", buffering=0)
        self._at = self._requests.add(path)
        self._lines = self._size = 0
        _log.info("requests are written to %s", path)

    def _sync(self) -> None:
        if self._file:
            with failing(self._folder):
                os.fsync(self._file.fileno())
        self._unsynced = 0

    def _end(self) -> None:
        self._sync()
        if self._file:
            self._file.close()
        self._file = None
