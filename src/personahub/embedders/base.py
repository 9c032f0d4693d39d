"""The contract of an embedder: texts to vectors of unit length, whose cosine says how alike the meanings are."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, TypedDict, runtime_checkable

import numpy as np
import numpy.typing as npt

from personahub.errors import ModelError, UsageError
from personahub.events import Usage
from personahub.options import EMBEDDING
from personahub.plugins import find

Vectors = npt.NDArray[np.float32]

CALLS = 16  # of `embed` at once, on as many threads, of an embedder that asks somebody else
_TOLD_EVERY = 0.5  # seconds
_CHUNK = 1 << 20  # bytes of a file that are read at one time


class Embedding(TypedDict, total=False):
    """The options of every verb that makes vectors; `personahub.options.EMBEDDING` has what each means."""

    embedder: str
    dimensions: int | None
    base_url: str | Sequence[str]
    key_file: str | None
    concurrency: int | None
    rpm: float | None
    tpm: float | None
    retries: int
    timeout: float | None
    patience: float
    max_cost: float | None
    max_total_tokens: int | None
    max_requests: int | None
    prices: str | None


class Embedder(Protocol):
    """Named "kind" or "kind:name" on the command line; `open(name, options)` of its class makes one.

    `fingerprint` is the same where the same text gets the same vector, on any machine: vectors of different ones are
    never compared with each other.
    """

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, dim), each of length 1; a text without a word, or without one that is known, has zeros.

        Raises ModelError where a vector is no direction.
        """
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """How it goes with an embedder that asks somebody else.

    Args:
        usage: since it was opened.
        trouble: why less is asked than could be, in a sentence; "" where nothing is wrong.
        notes: what a person should know of how the vectors were made.
    """

    usage: Usage
    trouble: str
    notes: tuple[str, ...]


@runtime_checkable
class Renamed(Protocol):
    """An embedder whose vectors earlier versions of this program knew by other fingerprints."""

    def was(self, fingerprint: str) -> bool:
        """Whether this was one of them."""
        ...


@runtime_checkable
class Remote(Protocol):
    """What an embedder has besides that asks somebody else for its vectors, which takes its time and may cost money.

    Its `embed` may be called on several threads at once, and fills the time of an answer with other questions so.
    """

    def told(self) -> Told: ...

    def stop(self) -> None:
        """Ask nothing more; what is in flight may arrive, and is kept."""
        ...

    def end(self) -> None:
        """Wait for nothing any more; it is not used afterwards."""
        ...


@runtime_checkable
class Asymmetric(Protocol):
    """What an embedder has besides that reads what is looked for in another way than what is looked through."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, of texts that are looked for."""
        ...


def opened(
    given: Mapping[str, object], *, folder: str | PathLike[str] | None = None, writing: bool = False
) -> Embedder:
    """The embedder that the options of a verb name.

    Args:
        given: options of EMBEDDING; what is not given is as it is without.
        folder: of the hub, where a remote one keeps what was paid for, and what it was like when it was asked first.
        writing: whether this process holds the hub's lock, so that it may keep more.

    Raises:
        UsageError: there is none such, or its package is not installed.
        ModelError: it has no such model.
    """
    options = {option.name: option.default for option in EMBEDDING} | dict(given)
    part, name = find("embedders", str(options["embedder"]))
    made: Embedder = part.open(name, {**options, "folder": folder, "writing": writing})
    return made


def only(options: Mapping[str, object], kind: str, *own: str) -> None:
    """Raise UsageError for an option that was given and that this kind of embedder has no use for."""
    for option in EMBEDDING:
        given = options.get(option.name, option.default)
        if option.name not in ("embedder", *own) and given not in (option.default, [], None):
            raise UsageError(f"{option.name} means nothing to embedder {kind!r}, which asks no endpoint; leave it out")


def calls(embedder: Embedder) -> int:
    """How many calls of `embed` may be under way at once, each on a thread."""
    return CALLS if isinstance(embedder, Remote) else 1


def streamed(
    embedder: Embedder, portions: Iterable[Sequence[str]], waiting: Callable[[str], None] = lambda _: None
) -> Iterator[Vectors]:
    """Vectors of each portion of texts, in their order; as many of them under way as the embedder takes.

    Ctrl-C ends it when what is in flight has arrived, and a second one at once.

    Args:
        portions: of some hundred texts each.
        waiting: hears, while nothing comes, why less is asked than could be; "" where nothing is wrong.
    """
    if not isinstance(embedder, Remote):
        yield from map(embedder.embed, portions)
        return
    ahead: deque[Future[Vectors]] = deque()
    with ThreadPoolExecutor(CALLS) as pool:
        try:
            for portion in portions:
                ahead.append(pool.submit(embedder.embed, portion))
                if len(ahead) >= 2 * CALLS:
                    yield _come(ahead.popleft(), embedder, waiting)
            while ahead:
                yield _come(ahead.popleft(), embedder, waiting)
        except BaseException:
            embedder.stop()
            _let_arrive(pool, embedder)
            raise


def _come(future: Future[Vectors], embedder: Remote, waiting: Callable[[str], None]) -> Vectors:
    while not wait([future], _TOLD_EVERY).done:
        waiting(embedder.told().trouble)
    return future.result()


def _let_arrive(pool: ThreadPoolExecutor, embedder: Remote) -> None:
    try:
        pool.shutdown(cancel_futures=True)
    except KeyboardInterrupt:
        embedder.end()


def used(embedder: Embedder) -> tuple[Usage, tuple[str, ...]]:
    """What it was asked and used since it was opened, and what a person should know of that."""
    if not isinstance(embedder, Remote):
        return Usage(), ()
    told = embedder.told()
    return told.usage, told.notes


def queries(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Vectors of texts that are looked for, to be compared with those of `embed`."""
    return embedder.embed_queries(texts) if isinstance(embedder, Asymmetric) else embedder.embed(texts)


def unit(raw: Any, texts: Sequence[str], name: str) -> Vectors:
    """What an embedder's library gave for some texts, as the contract has it.

    Raises ModelError where a number is none, or the shape is not (len(texts), dim).
    """
    made = np.asarray(raw, np.float64)
    if made.ndim != 2 or len(made) != len(texts) or not np.isfinite(made).all():
        raise ModelError(
            f"embedder {name} gave no usable vectors (shape {made.shape} for {len(texts)} texts); take another one"
        )
    made[[not text.strip() for text in texts]] = 0
    lengths = np.linalg.norm(made, axis=1, keepdims=True)
    whole: Vectors = np.divide(made, lengths, out=np.zeros_like(made), where=lengths > 0).astype(np.float32)
    return whole


def library(module: str, extra: str, where: str = "") -> ModuleType:
    """A package that an embedder stands on.

    Args:
        where: it need not be installed by hand, in words.

    Raises UsageError that says how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        said = f" ({where})" if where else ""
        raise UsageError(f"this embedder needs {module}{said}: pip install 'personahub[{extra}]'") from error


def weights(name: str, kind: str) -> Path:
    """The folder of a model: the one that is named, or that of a model of the Hugging Face hub, fetched once.

    Raises:
        UsageError: nothing is named.
        ModelError: it is no folder, and the hub does not have it or does not answer.
    """
    if not name:
        raise UsageError(f"embedder {kind!r} needs a model: {kind}:FOLDER or {kind}:OWNER/NAME")
    if Path(name).is_dir():
        return Path(name)
    try:
        return Path(import_module("huggingface_hub").snapshot_download(name))
    except (OSError, ValueError) as error:  # its own errors are among these
        said = str(error).strip().split("\n", 1)[0][:200]
        raise ModelError(f"{name} is no folder here, and the Hugging Face hub did not give it: {said}") from error


def digest(folder: Path) -> str:
    """16 hexadecimal digits of all files below it, by their names and content.

    Hidden ones aside, and what an interpreter compiled: that has the time of its installation in it.
    """
    whole = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = file.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in place.parts):
            continue
        whole.update(f"{place.as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as held:
            while some := held.read(_CHUNK):
                whole.update(some)
    return whole.hexdigest()[:16]
