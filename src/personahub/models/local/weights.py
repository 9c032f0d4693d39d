"""Which file a name means, where it lies, and what it must be.

A file from the Hugging Face hub lies in `~/.cache/personahub/models` (or below XDG_CACHE_HOME). Beside it a lock
file keeps its sha256, size, revision and licence as they were when it was first asked for, and every start holds
the file to that. Of the default, all four stand below; of any other repository they are believed to the hub at
the first use, and to nobody afterwards.
"""

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from personahub.errors import ModelError, UsageError
from personahub.models.local.huggingface import Halted, Listed, Listing, address, fetch, listing, sha256

SUFFIX = ".gguf"
MAGIC = b"GGUF"
LARGE = 10**9  # bytes that take some seconds to read
SECONDS_BETWEEN = 2.0  # of what is said about a download
QUANTIZATIONS = ("Q4_K_M", "Q8_0")  # taken from a repository of many files, in this order

_log = logging.getLogger(__name__)
_REPO = re.compile(r"[\w][\w.-]*/[\w][\w.-]*", re.ASCII)
_FILE = re.compile(r"(?:[\w][\w.+-]*/)*[\w][\w.+-]*\.gguf", re.ASCII)
_PIECE = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file of a repository on the hub; an empty field is what the hub has to be asked for.

    Args:
        size: bytes.
        licence: as the repository's card names it.
    """

    repo: str
    file: str = ""
    revision: str = ""
    sha256: str = ""
    size: int = 0
    licence: str = ""

    @property
    def known(self) -> bool:
        return bool(self.file and self.revision and self.sha256 and self.size)


# 640 MB. Nothing could be fetched where this was written: the checksum, size and revision are those that a dozen
# unrelated public projects pin for this file, and they agree with each other. Where the hub serves anything else
# it is refused; an empty sha256 would believe the hub at the first use instead, as for every other repository.
DEFAULT = Weights(
    repo="Qwen/Qwen3-0.6B-GGUF",
    file="Qwen3-0.6B-Q8_0.gguf",
    revision="23749fefcc72300e3a2ad315e1317431b06b590a",
    sha256="9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031",
    size=639_446_688,
    licence="apache-2.0",
)


def wanted(name: str) -> Path | Weights:
    """What stands behind "local:", if anything does.

    Raises:
        UsageError: it is neither a file that is there nor OWNER/REPO with or without a file.
    """
    if not name:
        return DEFAULT
    path = Path(name).expanduser()
    if path.is_file():
        return path.resolve()
    owner, _, rest = name.partition("/")
    repo, _, file = rest.partition("/")
    if _REPO.fullmatch(f"{owner}/{repo}") and not repo.endswith(SUFFIX) and (not file or _FILE.fullmatch(file)):
        return Weights(f"{owner}/{repo}", file)
    raise UsageError(
        f"local:{name} is neither a file that is there nor a model on the Hugging Face hub; "
        "write local, local:/path/to/model.gguf, local:OWNER/REPO or local:OWNER/REPO/FILE.gguf"
    )


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "personahub" / "models"


class Shelf:
    """The folder that fetched files lie in, with what is known of them.

    Args:
        tell: called with the bytes that are there and the bytes there will be, while a file is fetched.
    """

    def __init__(self, folder: Path, tell: Callable[[int, int], object] | None = None) -> None:
        self._folder = folder
        self._tell = tell

    def identified(self, found: Path | Weights) -> str:
        """The sha256 of a file, or of what will be fetched; raises ModelError where the hub has to say and does not."""
        return self.digest(found) if isinstance(found, Path) else self._settled(found).sha256

    def path(self, found: Path | Weights, halted: threading.Event) -> Path:
        """The file, here and checked.

        Raises:
            ModelError: it cannot be had, is no GGUF file, or is not what it was.
            Halted: `halted` was set while it was fetched.
        """
        path = found if isinstance(found, Path) else self._fetched(self._settled(found), halted)
        try:
            with path.open("rb") as file:
                good = file.read(len(MAGIC)) == MAGIC
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror})") from error
        if not good:
            raise ModelError(f"{path} is no GGUF file; models in that format end in {SUFFIX} and begin with GGUF")
        return path

    def digest(self, path: Path) -> str:
        """A file's sha256, computed once for each (path, size, time of change)."""
        memory = self._folder / "sha256.json"
        known = _read(memory)
        try:
            now = path.stat()
            key = f"{path.resolve()} {now.st_size} {now.st_mtime_ns}"
            if key not in known:
                if now.st_size > LARGE:
                    _log.info("reading %s once, to know it by its content", path.name)
                known[key] = sha256(path)
                with suppress(ModelError):  # a folder that cannot be written costs time, no more
                    _write(memory, known)
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror})") from error
        return str(known[key])

    def _settled(self, weights: Weights) -> Weights:
        """With every field: from the lock file, else from the hub, which is believed once."""
        if not weights.file:
            chosen = str(_read(self._folder / weights.repo / "chosen.json").get("file", ""))
            weights = replace(weights, file=chosen)
        held = self._held(weights)
        if held.known and weights.sha256 in ("", held.sha256):
            return held
        settled = weights if weights.known else _chosen(weights, listing(weights.repo, weights.revision or "main"))
        if not weights.file:
            _write(self._folder / weights.repo / "chosen.json", {"file": settled.file})
        _write(self._lock_file(settled), asdict(settled))
        return settled

    def _held(self, weights: Weights) -> Weights:
        noted = _read(self._lock_file(weights)) if weights.file else {}
        try:
            return Weights(**noted) if noted else Weights("")
        except TypeError:  # not ours, or of another version
            return Weights("")

    def _lock_file(self, weights: Weights) -> Path:
        return self._folder / weights.repo / f"{weights.file}.lock"

    def _fetched(self, weights: Weights, halted: threading.Event) -> Path:
        path = self._folder / weights.repo / weights.file
        # Its checksum in the name: the rest of another version is never gone on from.
        part = path.with_name(f"{path.name}.{weights.sha256[:16]}.part")
        if not path.exists():
            url = address(weights.repo, weights.revision, weights.file)
            said = _Progress(path.name, weights.size, self._tell)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with _alone(part.with_suffix(".busy"), path.name, halted):
                    if not path.exists():  # nor has another process fetched it meanwhile
                        fetch(url, part, Listed(path.name, weights.sha256, weights.size), said, halted)
                        part.replace(path)
            except OSError as error:
                raise _unwritable(path.parent, error) from error
            _log.info("%s is here: %s, licence %s", path.name, path, weights.licence or "not named")
        if self.digest(path) != weights.sha256:
            raise ModelError(
                f"{path} is not what it was when it was fetched (its sha256 is not that of {path.name}.lock); "
                "delete it and it will be fetched again"
            )
        return path


class _Progress:
    """Says how far a download is, now and then."""

    def __init__(self, name: str, total: int, tell: Callable[[int, int], object] | None) -> None:
        self._name, self._total, self._tell = name, total, tell
        self._start = self._said = time.monotonic()
        self._first = -1

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if self._first < 0:
            self._first, self._said = done, now - SECONDS_BETWEEN
        if self._tell:
            self._tell(done, self._total)
        if now - self._said < SECONDS_BETWEEN:
            return
        self._said = now
        speed = (done - self._first) / max(now - self._start, 1e-3)
        left = f", {(self._total - done) / speed:.0f} s left" if speed > 0 else ""
        _log.info("fetching %s: %d of %d MB%s", self._name, done / 1e6, self._total / 1e6, left)


@contextmanager
def _alone(path: Path, name: str, halted: threading.Event) -> Iterator[None]:
    """Wait until no other process fetches the same file."""
    with path.open("w") as file:
        if not _taken(file):
            _log.info("another process fetches %s; waiting for it", name)
            while not _taken(file):
                if halted.wait(1.0):
                    raise Halted
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _chosen(weights: Weights, found: Listing) -> Weights:
    """The file that is wanted, or the one that most would take."""
    whole = [one for one in found.files if not _PIECE.search(one.file)]
    if weights.file:
        fitting = [one for one in whole if one.file == weights.file]
    else:
        fitting = whole if len(whole) == 1 else []
        for name in QUANTIZATIONS:
            fitting = fitting or [one for one in whole if name.lower() in one.file.lower()]
    if not fitting or not _FILE.fullmatch(fitting[0].file):
        there = ", ".join(one.file for one in whole)[:300] or "no GGUF file in one piece"
        raise ModelError(f"which file of {weights.repo}? It has {there}; write local:{weights.repo}/FILE.gguf")
    one = fitting[0]
    return Weights(weights.repo, one.file, found.revision, one.sha256, one.size, found.licence)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, value: dict[str, Any]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
        fresh.replace(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"{folder} cannot be written ({error.strerror}); set XDG_CACHE_HOME to a folder that can, "
        "or give --model local:/path/to/model.gguf"
    )
