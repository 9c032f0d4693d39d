"""What a repository on the Hugging Face hub holds, and a file of it brought here: resumed, and checked at its end.

By urllib and not by our client for endpoints: the hub hands a download on to another host, and there may be a
proxy in between, both of which an endpoint has no business with.
"""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson

from personahub.errors import ModelError, UsageError
from personahub.text import printable

HOME = "https://huggingface.co"
LARGEST_LISTING = 8 * 2**20  # bytes
PIECE = 2**18
SILENCE = 30.0  # seconds without a byte
TRIES = 5  # in a row that bring nothing
FIRST_PAUSE = 0.5  # seconds; doubled at each

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Halted(Exception):  # noqa: N818 - says what is so
    """The run was stopped while a file was on its way; what has come stays and is gone on from."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Args:
    size: bytes.
    """

    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The GGUF files of one revision of a repository.

    Args:
        revision: the commit, so that what is fetched later is what was listed.
        licence: as its card names it; "" where it does not.
    """

    revision: str
    licence: str
    files: tuple[Listed, ...]


def listing(repo: str, revision: str) -> Listing:
    """Raises ModelError where the hub does not say."""
    url = f"{_home()}/api/models/{repo}/revision/{quote(revision, safe='')}?blobs=true"
    try:
        with _opened(Request(url, headers=_headers()), repo) as reply:  # noqa: S310 - _home checks the scheme
            found = orjson.loads(reply.read(LARGEST_LISTING))
        files = [entry for entry in found["siblings"] if str(entry["rfilename"]).endswith(".gguf")]
        listed = tuple(
            Listed(str(one["rfilename"]), str(one["lfs"]["sha256"]), int(one["lfs"]["size"]))
            for one in files
            if one.get("lfs")
        )
        card = found.get("cardData") or {}
        return Listing(str(found.get("sha") or revision), str(card.get("license") or ""), listed)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{_home()} answered with something that is no listing of {repo}") from error
    except (OSError, HTTPException) as error:
        _unreached(f"the listing of {repo}", error)


def address(repo: str, revision: str, file: str) -> str:
    return f"{_home()}/{repo}/resolve/{quote(revision, safe='')}/{quote(file)}"


def fetch(url: str, part: Path, wanted: Listed, tell: Callable[[int], None], halted: threading.Event) -> None:
    """Fill `part` with the file, going on from what it holds already; it is on the disk and checked on return.

    Args:
        tell: called with the bytes that are there.
        halted: once set, Halted is raised soon.

    Raises:
        ModelError: it cannot be fetched, or is not what it should be.
    """
    with part.open("r+b" if part.exists() else "w+b") as file:
        _room_for(wanted.size - os.fstat(file.fileno()).st_size, part)
        failures, most = 0, 1  # who never sent anything is not there
        while (have := file.seek(0, os.SEEK_END)) < wanted.size:
            failure: Exception = TimeoutError("it sends nothing")
            try:
                _more(url, file, wanted, tell, halted)
            except (OSError, HTTPException) as error:
                failure = error
            failures, most = (0, TRIES) if file.tell() > have else (failures + 1, most)
            if failures >= most:
                _unreached(wanted.file, failure)
            if failures and halted.wait(FIRST_PAUSE * 2**failures):
                raise Halted
        file.flush()
        os.fsync(file.fileno())
    if part.stat().st_size != wanted.size or sha256(part) != wanted.sha256:
        part.unlink()
        raise ModelError(
            f"{wanted.file} did not arrive as it should be (sha256 {wanted.sha256[:16]}...) and was removed; "
            "run the same command to fetch it again, and if that fails too, do not trust what stands in between"
        )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _more(url: str, file: IO[bytes], wanted: Listed, tell: Callable[[int], None], halted: threading.Event) -> None:
    """One request, appended as far as it comes."""
    have = file.tell()
    request = Request(url, headers={**_headers(), **({"Range": f"bytes={have}-"} if have else {})})  # noqa: S310
    with _opened(request, wanted.file) as reply:
        if have and not (reply.headers.get("Content-Range") or "").startswith(f"bytes {have}-"):
            have = file.seek(0)  # it does not resume: from the start
            file.truncate()
        while piece := reply.read1(PIECE):
            if halted.is_set():
                raise Halted
            _put(file, piece)
            have += len(piece)
            if have > wanted.size:
                return  # more than there is: the checksum will say so
            tell(have)


def _put(file: IO[bytes], piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:  # not to be taken for a fault of the network
        raise ModelError(f"the model cannot be written ({error.strerror}); what has come is kept") from error


class _Redirects(HTTPRedirectHandler):
    """To https, or within this machine; what says who we are stays with the host it was meant for."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        came, goes = urlsplit(req.full_url), urlsplit(newurl)
        within = came.hostname in _LOOPBACK and goes.hostname in _LOOPBACK
        if goes.scheme != "https" and not (goes.scheme == "http" and within):
            raise ModelError(f"{_host(came.netloc)} redirects to {printable(newurl)[:200]}, which is not https")
        request = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if request and came.netloc != goes.netloc:
            request.remove_header("Authorization")
        return request


def _opened(request: Request, wanted: str) -> HTTPResponse:
    if os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on"):
        raise ModelError(f"{wanted} is not here and HF_HUB_OFFLINE forbids to fetch it; {_ways_on(wanted)}")
    try:
        reply: HTTPResponse = build_opener(_Redirects).open(request, timeout=SILENCE)
    except HTTPError as error:
        with error:
            _refused(error, wanted)
    return reply


def _refused(error: HTTPError, wanted: str) -> NoReturn:
    """Raise ModelError for a status that another try would not change, else the error itself."""
    host = _host(_home())
    if error.code in (401, 403):
        raise ModelError(
            f"{host} answered {error.code} for {wanted}: there is none of that name, or it is not open to everybody; "
            "check the name, and if it asks for a licence or a login, accept it there and set HF_TOKEN"
        ) from error
    if error.code == 404:
        raise ModelError(f"{host} has no {wanted} (404); check the name and the file") from error
    if error.code == 416:  # more is here than there
        raise ModelError(f"{wanted} changed on {host} while it was fetched; run the same command again") from error
    raise error


def _unreached(wanted: str, error: Exception) -> NoReturn:
    reason = error.reason if isinstance(error, URLError) else error
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    raise ModelError(f"{_host(_home())} cannot be reached for {wanted} ({said}); {_ways_on(wanted)}") from error


def _ways_on(wanted: str) -> str:
    file = wanted if wanted.endswith(".gguf") else "a GGUF file"
    return (
        f"download {file} by hand and give --model local:/path/to/it, "
        "or give another endpoint with --model openai:NAME --base-url URL"
    )


def _room_for(size: int, part: Path) -> None:
    if (free := shutil.disk_usage(part.parent).free) < size:
        raise ModelError(
            f"{part.parent} has {free // 10**6} MB left and the model needs {size // 10**6} MB more; "
            "make room, or set XDG_CACHE_HOME to a folder on a larger disk"
        )


def _headers() -> dict[str, str]:
    token = os.environ.get("HF_TOKEN", "").strip()
    if not (token.isascii() and token.isprintable()):
        raise UsageError("HF_TOKEN holds characters that no token has")
    return {"User-Agent": "personahub", **({"Authorization": f"Bearer {token}"} if token else {})}


def _home() -> str:
    home = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or HOME
    if not home.startswith(("https://", "http://")):
        raise UsageError(f"HF_ENDPOINT is {home!r} and must be an address such as {HOME}")
    return home


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url
