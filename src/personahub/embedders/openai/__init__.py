"""Vectors of any endpoint that speaks OpenAI's `/v1/embeddings`: paced, metered and kept as answers of an LLM are."""

from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from weakref import finalize

import numpy as np

from personahub.embedders.base import Told, Vectors, unit
from personahub.embedders.openai.asked import Asked
from personahub.embedders.openai.first import PROBES, First, remember, remembered
from personahub.embedders.openai.wire import Endpoint
from personahub.errors import ModelError, UsageError
from personahub.events import Usage
from personahub.http import Client
from personahub.loops import Aside
from personahub.models.budget import Metered, meter
from personahub.models.journal.kept import Kept
from personahub.models.pacing import Pace, Paced
from personahub.models.wire.endpoint import OPENAI_URL, headers_with, key_from
from personahub.text import content_id

FOLDER = Path("journal") / "vectors"  # in a hub: what was paid for

Out = TypeVar("Out")

_TIMEOUT = 120.0  # seconds


class OpenAI:
    """One model at one or several endpoints.

    Vectors are kept in the hub by model and text, whatever the endpoint, so none is paid for twice: not after a kill,
    nor for the same text in another field or table.

    Args:
        endpoints: of the same model.
        folder: for what is paid for, and for what the model was like at first; None to keep neither.
        writing: whether more may be put there.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], asked: Mapping[str, Any], folder: Path | None, *, writing: bool
    ) -> None:
        self._meter = meter(endpoints[0].name, asked)
        pace = Pace(asked["concurrency"], asked["rpm"], asked["tpm"])
        metered = [Metered(one, self._meter) for one in endpoints]
        self._paced = Paced(metered, pace, retries=asked["retries"], patience=asked["patience"])
        self._model = endpoints[0]
        self._card = folder / f"{content_id(self._model.identity)}.json" if folder else None
        self._writing = writing and folder is not None
        self._kept = Kept(folder, writing=True) if folder and writing else None
        self._asked = Asked(self._paced, self._kept)
        self._checking = Lock()
        self._first: First | None = None
        self._checked = False
        self._reused = 0
        self._loop = Aside(self._paced.close)
        self._end = finalize(self, self._loop.end)

    @classmethod
    def open(cls, name: str, options: Mapping[str, Any]) -> "OpenAI":
        """The model of "openai:NAME"; nothing is sent yet.

        Raises UsageError where none is named, or an option cannot be meant.
        """
        if not name:
            raise UsageError("which model? Write openai:NAME, such as openai:text-embedding-3-small")
        given = options["base_url"]
        urls = [given] if isinstance(given, str) else [*given]
        endpoints = []
        for url in urls or [OPENAI_URL]:
            key = key_from(options, url)
            client = Client(url, headers_with(key))
            timeout = options["timeout"] or _TIMEOUT
            endpoints.append(Endpoint(name, client, options["dimensions"] or 0, key, timeout))
        folder = Path(options["folder"]) / FOLDER if options.get("folder") else None
        return cls(endpoints, options, folder, writing=bool(options.get("writing")))

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def dim(self) -> int:
        return self._known.dim

    @property
    def fingerprint(self) -> str:
        """The same for as long as the hub remembers what the model was like at first."""
        return self._known.fingerprint

    def embed(self, texts: Sequence[str]) -> Vectors:
        """On any thread, and on several at once.

        Raises:
            ModelError: the endpoint does not answer, or is not what it was.
            LimitReached: as much was used as a person allowed.
        """
        name = self.fingerprint
        keys = {text: bytes.fromhex(content_id(name, text)) for text in texts if text.strip()}
        found = self._kept.known(list(keys.values())) if self._kept else {}
        self._reused += len(found)
        missing = {text: key for text, key in keys.items() if key not in found}
        if missing:
            self._check()
            made = self._wait(self._asked.vectors(missing, self.dim))
            found |= {missing[text]: vector for text, vector in made.items()}
        rows = np.zeros((len(texts), self.dim), "<f4")
        for row, text in enumerate(texts):
            if text in keys:
                rows[row] = np.frombuffer(found[keys[text]], "<f4")
        return unit(rows, texts, self.name)

    def told(self) -> Told:
        usage = self._meter.usage + Usage(reused=self._reused)
        return Told(usage, self._wait(_trouble(self._paced)), self._notes())

    def stop(self) -> None:
        """Ask nothing more; what is in flight may arrive, and is kept."""
        self._loop.tell(self._paced.stop)

    def end(self) -> None:
        """Wait for nothing any more; it is not used afterwards."""
        self._end()

    @property
    def _known(self) -> First:
        """What the model was like when it was first asked: maybe just now."""
        with self._checking:
            if self._first is None:
                self._first = self._remembered() or self._seen()
            return self._first

    def _remembered(self) -> First | None:
        return remembered(self._card, self._model.identity) if self._card else None

    def _seen(self) -> First:
        made = First(self._model.identity, self._probed())
        if (wanted := self._model.dimensions) and made.dim != wanted:
            raise ModelError(
                f"{self.name} gives vectors of {made.dim} numbers where {wanted} were asked for: it makes no others; "
                "leave out --dimensions"
            )
        self._checked = True
        if self._card and self._writing:
            remember(self._card, made)
        return made

    def _check(self) -> None:
        """That it is still the model that it was; once, and only where it is asked for more."""
        first = self._known
        with self._checking:
            if not self._checked:
                first.check(self._probed(), self._card)
                self._checked = True

    def _probed(self) -> Vectors:
        made = self._wait(self._asked.vectors({text: text.encode() for text in PROBES}, 0))
        try:
            raw = np.stack([np.frombuffer(made[text], "<f4") for text in PROBES])
        except ValueError as error:
            raise ModelError(f"{self.name} gives vectors of several lengths, or none; take another one") from error
        return unit(raw, PROBES, self.name)

    def _wait(self, work: Coroutine[Any, Any, Out]) -> Out:
        """For what is asked. Ctrl-C ends it when what is in flight has arrived, and a second one at once."""
        future = self._loop.begin(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            self.stop()
            future.exception()
            raise

    def _notes(self) -> tuple[str, ...]:
        said = []
        if cut := self._asked.cut:
            said.append(f"Texts longer than {self.name} takes: {cut:,}. Of those the beginning counts.")
        if refused := self._asked.refused:
            words = self._asked.words
            said.append(f"Texts that {self.name} refuses: {refused:,}. They are near to none. It says: {words}")
        return tuple(said)


async def _trouble(paced: Paced) -> str:
    return paced.trouble
