"""The Batch API of OpenAI and of those that speak as it does: half the price, an answer within a day.

`complete` is asked as of a live model and answers when its batch has ended, which may be in another process: a
killed or stopped run finds what it has submitted, and submits nothing twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from personahub.errors import UsageError
from personahub.models.base import NO_ANSWER, NOT_YET, Completion, Prompt
from personahub.models.batch.carrier import Carrier, Sizes
from personahub.models.batch.load import Fate, Outcome
from personahub.models.batch.records import Shelf
from personahub.models.batch.remote import Patience, Remote
from personahub.models.wire.endpoint import OPENAI_URL, key_from, stop_if_hopeless
from personahub.models.wire.lines import Answer, Form, answers, best, custom_id_of, keep_form, known_form
from personahub.text import content_id

SLOTS = 20_000  # prompts that wait at a time; a batch may hold more, but each of them is held in memory
RETRIES = 2  # batches that a request is put into again; each may take a day
TIMEOUT = 120.0  # seconds for a small request; files have an hour

__all__ = ["Batch", "Patience", "Remote", "Sizes"]


class Batch:
    """Args:
    folder: where batches are kept, those of each model and endpoint in a folder of their own; made when the
        first prompt comes.
    retries: how often a request that failed inside a batch is put into another one.
    """

    def __init__(
        self,
        form: Form,
        remote: Remote,
        folder: Path,
        *,
        slots: int = SLOTS,
        retries: int = RETRIES,
        sizes: Sizes = Sizes(),  # noqa: B008 - frozen
    ) -> None:
        self._form = form
        self._remote = remote
        self._folder = folder / f"{_slug(form.model)}-{content_id(form.identity, remote.address)[:8]}"
        self._slots = slots
        self._retries = retries
        self._sizes = sizes
        self._open: tuple[Shelf, Carrier] | None = None
        self._stopped = False

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "Batch":
        """The model of "batch:name" with the options of a verb.

        Args:
            options: of "retries" no more than two count, and "concurrency" lowers the number that wait at a time.
        """
        if not name:
            raise UsageError("which model? Write batch:NAME, such as batch:gpt-4o")
        if not options.get("folder"):
            raise UsageError("batch: needs a folder in which to note what it has submitted; a hub has one")
        base_url = str(options.get("base_url") or OPENAI_URL)
        patience = Patience(timeout=float(str(options.get("timeout") or TIMEOUT)))
        asked = options.get("retries")
        return cls(
            Form.of(name, options),
            Remote(base_url, key_from(options, base_url), patience),
            Path(str(options["folder"])) / "batches",
            slots=min(SLOTS, int(str(options.get("concurrency") or SLOTS))),
            retries=min(RETRIES, asked if isinstance(asked, int) else RETRIES),
        )

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
        return self._slots

    @property
    def address(self) -> str:
        return self._remote.address

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer, once its batch has ended; NOT_YET where the run is stopped before."""
        shelf, carrier = self._opened()
        form, way = self._form, _Way(self._retries)
        while True:
            body = form.body(prompt)
            custom_id = custom_id_of(body)
            found = answers(shelf.places.lines(custom_id), custom_id, prompt.limit or form.limit)
            failed = way.failed(found)
            answer = best(found)
            if answer and answer.final:
                learned = None if answer.good else self._learned(form, prompt, answer.completion.detail)
                if learned is None:
                    return replace(answer.completion, requests=way.requests)
                form, way = learned, _Way(self._retries)
                continue
            if way.fresh and way.fresh.hopeless:
                said = way.fresh.completion.detail
                stop_if_hopeless(self.address, way.fresh.reply, said, has_key=self._remote.has_key)
            if failed:
                return failed
            way.outcome = await carrier.carried(custom_id, body)

    def stop(self) -> None:
        self._stopped = True
        if self._open:
            self._open[1].stop()

    async def close(self) -> None:
        if self._open:
            shelf, carrier = self._open
            await carrier.close()
            shelf.close()
        await self._remote.close()

    def _opened(self) -> tuple[Shelf, Carrier]:
        if self._open is None:
            shelf = Shelf(self._folder)
            self._form = known_form(self._form, shelf.forms)
            self._open = shelf, Carrier(shelf, self._remote, self._sizes)
            if self._stopped:
                self._open[1].stop()
        return self._open

    def _learned(self, form: Form, prompt: Prompt, said: str) -> Form | None:
        """A form that the endpoint may take; None where it is the prompt that it does not."""
        if self._form.body(prompt) != form.body(prompt):  # another request has learned it meanwhile
            return self._form
        learned = form.learned(prompt, said)
        if learned and self._open:
            self._form = learned
            keep_form(learned, self._open[0].forms)
        return learned


@dataclass(slots=True)
class _Way:
    """What became so far of one request in one form.

    Args:
        outcome: of the last batch that it was in.
        fresh: what that batch said of it.
    """

    retries: int
    outcome: Outcome | None = None
    fresh: Answer | None = None
    requests: int = 1
    _lines: int | None = None
    _barren: int = 0

    def failed(self, found: list[Answer]) -> Completion | None:
        """Why it will not be asked again, unless there is an answer; None where it will be."""
        self.fresh = found[-1] if self._lines is not None and len(found) > self._lines else None
        self._lines = len(found)
        if self.outcome is None or self.outcome.fate is Fate.NOT_SENT:
            return None
        batch = self.outcome.batch
        if self.outcome.fate is Fate.STOPPED:
            later = f"waits in batch {batch}; run the same command later to collect it"
            return Completion("", NOT_YET, later if batch else "was not sent; run the same command to send it")
        if self.fresh and self.fresh.failed:
            return self._failed_again(sum(one.failed for one in found), self.fresh.completion)
        # What a batch had no time for is simply put into the next, as long as batches get anything done.
        if not (self.outcome.fruitful and self.outcome.status in ("expired", "cancelled")):
            self._barren += 1
        if self._barren > self.retries:
            return Completion("", NO_ANSWER, f"batch {batch} ended ({self.outcome.status}) without an answer to it")
        return None

    def _failed_again(self, failures: int, said: Completion) -> Completion | None:
        """Failures count over all runs, as a kill must not begin the count anew; a call after the last one does."""
        if failures % (self.retries + 1) == 0:
            return replace(said, requests=self.requests)
        self.requests += 1
        return None


def _slug(model: str) -> str:
    """A name for a folder that a person recognises."""
    return re.sub(r"[^\w.-]+", "-", model)[:40].strip(".-") or "model"
