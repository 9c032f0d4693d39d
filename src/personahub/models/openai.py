"""Any endpoint that speaks the OpenAI chat format, over aiohttp."""

import asyncio
import os
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from time import time
from urllib.parse import urlsplit

import aiohttp
import orjson

from personahub.errors import ModelError, UsageError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Prompt
from personahub.text import printable

OPENAI_URL = "https://api.openai.com/v1"
LARGEST_ANSWER = 8 * 2**20  # bytes; more is a fault or an attack, not an answer
LONGEST_RETRY_AFTER = 120.0  # seconds
LARGE_REQUEST = 2**20  # bytes; aiohttp wants what is larger as a file, to send it piece by piece
TOLD = 300  # characters of an endpoint's error that are passed on

_KEY_SHAPED = re.compile(r"\b(?:sk|key|Bearer)[-_ ][\w*.-]{6,}", re.IGNORECASE)


class OpenAI:
    """One model of one endpoint.

    Args:
        temperature, max_tokens, seed: sent where given; None leaves them to the endpoint.
        timeout: seconds for one whole request, however slowly it drips.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str = OPENAI_URL,
        key: str | None = None,
        settings: Mapping[str, float | int] | None = None,
        timeout: float = 120.0,
    ) -> None:
        self._model = model
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = key
        self._settings = dict(settings or {})
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "OpenAI":
        """The model of "openai:name" with the options of a verb."""
        if not name:
            raise UsageError("which model? Write openai:NAME, such as openai:gpt-4o")
        base_url = str(options.get("base_url") or OPENAI_URL)
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
            raise UsageError(f"base_url {base_url!r} is no address; it looks like http://127.0.0.1:8000/v1")
        key_file = options.get("key_file")
        chosen = {field: options.get(field) for field in ("temperature", "max_tokens", "seed")}
        return cls(
            name,
            base_url=base_url,
            key=_read_key(str(key_file)) if key_file else _key_from_environment(base_url),
            settings={k: v for k, v in chosen.items() if isinstance(v, int | float)},
            timeout=float(str(options["timeout"])),
        )

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    @property
    def identity(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in sorted(self._settings.items()))])

    async def complete(self, prompt: Prompt) -> Completion:
        body: dict[str, object] = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in prompt.messages],
        }
        body.update(self._settings)
        if prompt.sample:
            body["seed"] = int(self._settings.get("seed", 0)) + prompt.sample
        try:
            async with asyncio.timeout(self._timeout):
                return await self._ask(orjson.dumps(body))
        except TimeoutError:
            return _no_answer(f"{self._url} did not finish an answer within {self._timeout:g} s")
        except aiohttp.ClientConnectorError as error:
            return _no_answer(
                f"nothing answers at {self._url} ({error.os_error.strerror or 'cannot connect'}); is it running?"
            )
        except (aiohttp.ClientError, OSError) as error:
            return _no_answer(f"the connection to {self._url} broke ({type(error).__name__})")

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _ask(self, body: bytes) -> Completion:
        if self._session is None:
            headers = {"Content-Type": "application/json"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            # The number of requests in flight is paced above; a pool with a limit of its own would queue them again.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), headers=headers, timeout=aiohttp.ClientTimeout(total=None)
            )
        data = BytesIO(body) if len(body) >= LARGE_REQUEST else body
        async with self._session.post(self._url, data=data, allow_redirects=False) as response:
            answer = bytearray()
            async for chunk in response.content.iter_chunked(2**16):
                answer += chunk
                if len(answer) > LARGEST_ANSWER:
                    response.close()
                    return _no_answer(f"{self._url} sends more than {LARGEST_ANSWER // 2**20} MB for one answer")
            return self._read(response.status, response.headers, bytes(answer))

    def _read(self, status: int, headers: Mapping[str, str], answer: bytes) -> Completion:
        try:
            found = orjson.loads(answer)
        except orjson.JSONDecodeError:
            found = None
        said = self._said(found, answer)
        self._stop_if_hopeless(status, headers, found, said)
        if status in (400, 413, 422):
            return Completion("", NOT_TAKEN, said)
        if status != 200:
            return _no_answer(f"{self._url} answered {status}: {said}", _retry_after(headers.get("Retry-After")))
        if not isinstance(found, dict) or not isinstance(found.get("choices"), list):
            return _no_answer(f"{self._url} answered with something that is no chat completion: {said}")
        return _completion(found)

    def _stop_if_hopeless(self, status: int, headers: Mapping[str, str], found: object, said: str) -> None:
        """Raise for what no other prompt and no other try would change."""
        if status in (401, 403):
            key = "the key was refused" if self._key else "no key was given"
            raise ModelError(
                f"{self._url} answered {status}: {key}; set PERSONAHUB_API_KEY or give --key-file ({said})"
            )
        if status == 404:
            raise ModelError(f"{self._url} answered 404: check --base-url and the model name {self._model!r} ({said})")
        if status == 402 or (status == 429 and "insufficient_quota" in str(found)):
            raise ModelError(
                f"{self._url} says the account is out of credit; add some and run the same command ({said})"
            )
        if 300 <= status < 400:
            target = printable(headers.get("Location", "elsewhere"))[:TOLD]
            raise ModelError(f"{self._url} redirects to {target}; if you trust it, give it as --base-url")

    def _said(self, found: object, answer: bytes) -> str:
        """The endpoint's words, short, fit for a terminal, and without the key should it echo it."""
        error = found.get("error") if isinstance(found, dict) else None
        message = error.get("message") if isinstance(error, dict) else error
        text = str(message) if message else answer[: 4 * TOLD].decode("utf-8", "replace")
        if self._key:
            text = text.replace(self._key, "[key]")
        return " ".join(printable(_KEY_SHAPED.sub("[key]", text)).split())[:TOLD] or "nothing"


def _completion(found: dict[str, object]) -> Completion:
    usage = found.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    choices = found["choices"]
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    said = message if isinstance(message, dict) else {}
    content = said.get("content")
    text = content if isinstance(content, str) else ""
    finish = {"length": "cut_off", "content_filter": "content_filter"}.get(str(choice.get("finish_reason")))
    error = finish or ("refusal" if said.get("refusal") else None if text else "empty")
    return Completion(
        text=_no_surrogates(text),
        error=error,
        detail=_no_surrogates(str(said.get("refusal") or "")),
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
    )


def _no_answer(detail: str, wait: float = 0.0) -> Completion:
    return Completion("", NO_ANSWER, detail, wait=wait)


def _no_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _retry_after(value: str | None) -> float:
    """Seconds of a Retry-After header, which holds seconds or a date."""
    if not value:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except ValueError:
            return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _key_from_environment(base_url: str) -> str | None:
    """PERSONAHUB_API_KEY; OPENAI_API_KEY only for OpenAI itself, so that no other host is sent it."""
    if key := os.environ.get("PERSONAHUB_API_KEY"):
        return key.strip()
    at_home = urlsplit(base_url).hostname == urlsplit(OPENAI_URL).hostname
    return (os.environ.get("OPENAI_API_KEY") or "").strip() or None if at_home else None


def _read_key(path: str) -> str:
    try:
        key = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"key_file {path!r} cannot be read ({type(error).__name__}); it holds the key and nothing else"
        ) from error
    if not key or not key.isprintable() or " " in key:
        raise UsageError(f"key_file {path!r} must hold one key on one line and nothing else")
    return key
