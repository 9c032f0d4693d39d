"""Who may ask: a link that works once, or a password where others can reach it, and a signed cookie from then on."""

import asyncio
import base64
import hmac
import os
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from threading import Lock

import orjson

from personahub.errors import UsageError

LASTS = 30 * 86_400  # seconds of a cookie
_WRONG = 1.0  # seconds that a wrong password takes
_KEY_BYTES = 32
_LEAST_PASSWORD = 8


@dataclass(frozen=True)
class Session:
    """Args:
    reviewer: in whose name what comes with this cookie is judged.
    """

    reviewer: str


@dataclass
class Sessions:
    """Args:
    subject: the hub that cookies are for; one of another hub does not hold.
    port: part of the cookie's name, as browsers keep cookies by host alone.
    """

    subject: str
    port: int
    reviewer: str
    key: bytes = field(repr=False)
    password: bytes | None = field(default=None, repr=False)
    _token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _turn: Lock = field(default_factory=Lock, repr=False)
    _waiting: set[str] = field(default_factory=set, repr=False)

    @property
    def token(self) -> str:
        """What the next link holds."""
        return self._token

    @property
    def cookie(self) -> str:
        return f"personahub_{self.port}"

    def let_in(self, token: str) -> bool:
        """Whether a link opens; it does once."""
        with self._turn:
            fits = hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())
            if fits:
                self._token = secrets.token_urlsafe(32)
            return fits

    def waits(self, who: str) -> bool:
        """Whether a wrong password came from there a moment ago: until then no other is looked at."""
        return who in self._waiting

    async def knows(self, password: str, who: str) -> bool:
        """Whether it is the password; a wrong one takes a while."""
        if hmac.compare_digest(password.encode("utf-8", "replace"), self.password or b""):
            return self.password is not None
        self._waiting.add(who)
        try:
            await asyncio.sleep(_WRONG)
        finally:
            self._waiting.discard(who)
        return False

    def header(self, reviewer: str | None = None) -> str:
        """What sets the cookie: no script reads it, no other site sends it."""
        told = orjson.dumps({"reviewer": reviewer or self.reviewer, "since": int(time.time())})
        said = base64.urlsafe_b64encode(told).decode().rstrip("=")
        return f"{self.cookie}={said}.{self._sign(said)}; Max-Age={LASTS}; Path=/; HttpOnly; SameSite=Strict"

    def of(self, header: str) -> Session | None:
        """The session of a request by its Cookie header; None where none holds."""
        try:
            held = SimpleCookie(header)[self.cookie].value
        except (CookieError, KeyError):
            return None
        said, _, sign = held.partition(".")
        if not hmac.compare_digest(sign.encode("utf-8", "replace"), self._sign(said).encode()):
            return None
        told = orjson.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
        return Session(told["reviewer"]) if time.time() - told["since"] < LASTS else None

    def _sign(self, said: str) -> str:
        return hmac.new(self.key, f"{self.subject}\n{said}".encode(), sha256).hexdigest()


def kept_key() -> bytes:
    """The key that signs cookies, so that they hold over a restart: in the user's own folder, for nobody else to read.

    Where that cannot be written, one for this time only.
    """
    place = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "personahub"
    path = place / "ui.key"
    try:
        if not path.exists():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = place / f"ui.key.{secrets.token_hex(8)}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(draft, path)  # whoever is first
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        found = path.read_bytes()
        return found if len(found) == _KEY_BYTES else secrets.token_bytes(_KEY_BYTES)
    except (OSError, RuntimeError):
        return secrets.token_bytes(_KEY_BYTES)


def read_password(path: str | None) -> bytes | None:
    """The password in a file.

    Raises UsageError where there is none that is of use.
    """
    if path is None:
        return None
    try:
        found = Path(path).read_bytes().strip()
    except OSError as error:
        raise UsageError(f"password_file {path!r} cannot be read: {error.strerror}") from error
    if len(found) < _LEAST_PASSWORD:
        raise UsageError(f"the password in {path!r} must have {_LEAST_PASSWORD} characters at least")
    return found
