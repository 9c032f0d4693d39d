"""JSON values, exactly: what is read is written again as it was, whole numbers of any length among them."""

import json
import re
from base64 import b64encode

import orjson

_LONG = re.compile(rb"\d{19}")  # the fast parser makes a float of a whole number beyond 64 bits


def loads(data: bytes) -> object:
    """The value; orjson.JSONDecodeError where it is none, or holds what UTF-8 cannot (a lone surrogate)."""
    value = orjson.loads(data)
    plain = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    return value if plain or not _LONG.search(data) else json.loads(data)


def dumps(value: object) -> bytes:
    """One line of UTF-8. Moments become ISO 8601, other things that JSON has no word for their text, bytes base64."""
    try:
        return orjson.dumps(value, default=_said)
    except TypeError:  # a whole number beyond 64 bits, a key that is no text, a hundred levels
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_said).encode()


def _said(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)
