"""What each kind of fault does to a client: some come in place of work, some spoil an answer that was made."""

import asyncio
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import orjson

from personahub.models.serving.limits import decimal
from personahub.models.serving.messages import Response, error
from personahub.models.serving.wire import reset

LONGEST_STALL = 600.0  # seconds
DRIP_SECONDS = 0.5  # between two bytes
BOMB = 300 * 2**20  # bytes that it unpacks to
_BLOCK = 2**20

Refusal = Callable[[float], Response]
Spoiler = Callable[[bytes], Response]


def refused() -> Response:
    """For a question that the endpoint's rules forbid, however often it is asked."""
    message = "Your request was rejected by the safety system: it goes against the content policy."
    return error(400, message, code="content_policy_violation")


def too_many(seconds: float, headers: Mapping[str, str] | None = None) -> Response:
    message = f"Rate limit reached for requests. Please try again in {decimal(seconds)} s."
    return error(429, message, kind="requests", code="rate_limit_exceeded", headers=headers)


def _busy(status: int, headers: Mapping[str, str] | None = None) -> Response:
    message = "The server had an error while it worked on it." if status == 500 else "The server is overloaded."
    return error(status, message, kind="server_error", headers=headers)


def after(seconds: float) -> dict[str, str]:
    return {"Retry-After": decimal(seconds)}


def _redirect() -> Response:
    return Response(b"", 307, {"Location": "http://127.0.0.2:9/v1/chat/completions"})


def _quota() -> Response:
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, message, kind="insufficient_quota", code="insufficient_quota")


# In place of an answer, from the seconds that a client is asked to wait.
REFUSALS: Mapping[str, Refusal] = MappingProxyType(
    {
        "429": lambda _: too_many(1.0),
        "429_after": lambda seconds: too_many(seconds, after(seconds)),
        "500": lambda _: _busy(500),
        "503": lambda _: _busy(503),
        "503_after": lambda seconds: _busy(503, after(seconds)),
        "reset": lambda _: Response(sender=_reset),
        "close": lambda _: Response(sender=_close),
        "stall": lambda _: Response(sender=_stall),
        "redirect": lambda _: _redirect(),
        "quota": lambda _: _quota(),
        "unauthorized": lambda _: error(401, "Incorrect API key provided.", code="invalid_api_key"),
    }
)


async def _reset(transport: asyncio.Transport, _: bytes) -> None:
    reset(transport)


async def _close(transport: asyncio.Transport, _: bytes) -> None:
    transport.close()


async def _stall(transport: asyncio.Transport, _: bytes) -> None:
    await asyncio.sleep(LONGEST_STALL)
    transport.close()


async def _drip(transport: asyncio.Transport, data: bytes) -> None:
    for place in range(len(data)):
        transport.write(data[place : place + 1])
        await asyncio.sleep(DRIP_SECONDS)


async def _truncate(transport: asyncio.Transport, data: bytes) -> None:
    start = data.index(b"\r\n\r\n") + 4
    transport.write(data[: start + (len(data) - start) // 2])
    transport.close()


def _without_words(body: bytes) -> bytes:
    answer = orjson.loads(body)
    for choice in answer.get("choices", ()):
        choice["message"]["content"] = None
    for one in answer.get("data", ()):
        one["embedding"] = None
    return orjson.dumps(answer)


def _without_any(body: bytes) -> bytes:
    answer = orjson.loads(body)
    return orjson.dumps(answer | {"choices" if "choices" in answer else "data": []})


@cache
def _bomb() -> bytes:
    """A JSON string of zeros, packed a thousand to one: one block is packed once and laid out many times."""
    zeros = b"0" * _BLOCK
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    opening = packer.compress(b'"') + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    closing = packer.compress(b'"') + packer.flush()
    check = zlib.crc32(b'"')
    for _ in range(BOMB // _BLOCK):
        check = zlib.crc32(zeros, check)
    check = zlib.crc32(b'"', check)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + opening + block * (BOMB // _BLOCK) + closing + struct.pack("<II", check, BOMB + 2)


# Out of a right answer; WHOLE are those that a client can still read as one.
SPOILERS: Mapping[str, Spoiler] = MappingProxyType(
    {
        "drip": lambda body: Response(body, sender=_drip),
        "truncated": lambda body: Response(body, sender=_truncate),
        "bad_json": lambda body: Response(body[: len(body) // 2]),
        "html": lambda _: Response(b"<html><body><h1>502 Bad Gateway</h1></body></html>", content_type="text/html"),
        "wrong_type": lambda body: Response(body, content_type="text/plain"),
        "error_inside": lambda _: Response(_busy(503).body),
        "no_choices": lambda body: Response(_without_any(body)),
        "null": lambda body: Response(_without_words(body)),
        "bomb": lambda _: Response(_bomb(), headers={"Content-Encoding": "gzip"}),
    }
)
WHOLE = ("drip", "wrong_type")
