"""The contract of an embedder: texts to vectors of unit length, whose cosine says how alike the meanings are."""

from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from personahub.errors import ModelError, UsageError

Vectors = npt.NDArray[np.float32]

_CHUNK = 1 << 20  # bytes of a file that are read at one time


class Embedder(Protocol):
    """Named "kind" or "kind:name" on the command line; `open(name)` of its class makes one.

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


def library(module: str, extra: str) -> ModuleType:
    """A package that an embedder stands on.

    Raises UsageError that says how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(f"this embedder needs {module}: pip install 'personahub[{extra}]'") from error


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
    """16 hexadecimal digits of all files below it, by their names and content; hidden ones aside."""
    whole = sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = file.relative_to(folder)
        if any(part.startswith(".") for part in place.parts):
            continue
        whole.update(f"{place.as_posix()}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as held:
            while some := held.read(_CHUNK):
                whole.update(some)
    return whole.hexdigest()[:16]
