"""What an HTTP endpoint's status and headers mean for a request, a row and a run."""

import os
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time
from urllib.parse import urlsplit

from personahub.errors import ModelError, UsageError
from personahub.http import Reply
from personahub.models.base import Allowance
from personahub.text import printable

OPENAI_URL = "https://api.openai.com/v1"
BUSY = (429, 503, 529)  # no room now; the prompt was not looked at
NOT_TAKEN_STATUS = (400, 413, 422)
TOLD = 300  # characters of an endpoint's error that are passed on
LONGEST_WAIT = 86_400.0  # seconds; a Retry-After beyond a day is a broken clock

_KEY_SHAPED = re.compile(r"\b(?:sk|key|Bearer)[-_ ][\w*.-]{6,}", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|h|m|s|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LIMIT_HEADERS = {
    kind: (
        (f"x-ratelimit-remaining-{kind}", f"x-ratelimit-limit-{kind}", f"x-ratelimit-reset-{kind}"),
        (
            f"anthropic-ratelimit-{kind}-remaining",
            f"anthropic-ratelimit-{kind}-limit",
            f"anthropic-ratelimit-{kind}-reset",
        ),
    )
    for kind in ("requests", "tokens")
}


def stop_if_hopeless(url: str, reply: Reply, said: str, *, has_key: bool) -> None:
    """Raise ModelError for what no other prompt and no other try would change.

    Args:
        said: the endpoint's words, fit to be shown.
    """
    status = reply.status
    if status in (401, 403):
        key = "the key was refused" if has_key else "no key was given"
        raise ModelError(f"{url} answered {status}: {key}; set PERSONAHUB_API_KEY or give --key-file ({said})")
    if status == 404:
        raise ModelError(f"{url} answered 404: check --base-url and the model name ({said})")
    if status == 402 or (status == 429 and b"insufficient_quota" in reply.body):
        raise ModelError(f"{url} says the account is out of credit; add some and run the same command ({said})")
    if 300 <= status < 400:
        target = printable(reply.headers.get("location", "elsewhere"))[:TOLD]
        raise ModelError(f"{url} redirects to {target}; if you trust it, give it as --base-url")


def told(message: str, body: bytes, key: str | None) -> str:
    """The endpoint's words, short, fit for a terminal, and without the key should it echo it."""
    text = message or body[: 4 * TOLD].decode("utf-8", "replace")
    if key:
        text = text.replace(key, "[key]")
    return " ".join(printable(_KEY_SHAPED.sub("[key]", text)).split())[:TOLD] or "nothing"


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After, which holds seconds or a date, or of retry-after-ms; 0 where there is none."""
    if milliseconds := _number(headers.get("retry-after-ms")):
        return min(milliseconds / 1000, LONGEST_WAIT)
    value = headers.get("retry-after")
    if not value:
        return 0.0
    seconds = _number(value)
    if seconds is None:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT)


def allowances(headers: Mapping[str, str]) -> dict[str, Allowance] | None:
    """What the usual rate-limit headers say; None where there are none."""
    found = {}
    for kind, spellings in _LIMIT_HEADERS.items():
        for left_name, most_name, reset_name in spellings:
            if left_name in headers:
                left, most = _number(headers[left_name]), _number(headers.get(most_name))
                seconds = _until(headers.get(reset_name, ""))
                if left is not None and most and seconds is not None:
                    found[kind] = Allowance(left, most, seconds)
    return found or None


def key_from(options: Mapping[str, object], base_url: str) -> str | None:
    """The key of --key-file, else PERSONAHUB_API_KEY; OPENAI_API_KEY only for OpenAI itself, so no other host has it.

    Raises:
        UsageError: a file that cannot be read or holds more than a key.
    """
    if path := options.get("key_file"):
        return read_key(str(path))
    if key := os.environ.get("PERSONAHUB_API_KEY"):
        return key.strip()
    at_home = urlsplit(base_url).hostname == urlsplit(OPENAI_URL).hostname
    return (os.environ.get("OPENAI_API_KEY") or "").strip() or None if at_home else None


def headers_with(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def read_key(path: str) -> str:
    """The key that a file holds; UsageError where it cannot be read or holds more."""
    try:
        key = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"key_file {path!r} cannot be read ({type(error).__name__}); it holds the key and nothing else"
        ) from error
    if not key or not key.isprintable() or " " in key:
        raise UsageError(f"key_file {path!r} must hold one key on one line and nothing else")
    return key


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e15 else None


def _until(value: str) -> float | None:
    """Seconds of "6m0s", "16ms", "1.5" or a moment in ISO form."""
    if (number := _number(value)) is not None:
        return number
    if parts := _DURATION.findall(value):
        return float(sum(float(count) * _SECONDS[unit] for count, unit in parts))
    try:
        return max(0.0, datetime.fromisoformat(value).timestamp() - time())
    except ValueError:
        return None
