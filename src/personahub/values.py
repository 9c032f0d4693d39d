"""JSON values, exactly: what is read is written again as it was, whole numbers of any length among them."""

import json
import re
from base64 import b64encode

import orjson

DEEPEST = 500  # levels; half of what Python's stack takes, wherever it is called from

_TEXTS = {str}
_LONG = re.compile(rb"\d{19}")  # the fast parser makes a float of a whole number beyond 64 bits


def loads(data: bytes) -> object:
    """The value; orjson.JSONDecodeError where it is none, or holds what UTF-8 cannot (a lone surrogate)."""
    value = orjson.loads(data)
    plain = isinstance(value, dict) and {*map(type, value.values())} <= _TEXTS
    return value if plain or not _LONG.search(data) else json.loads(data)


def dumps(value: object) -> bytes:
    """One line of UTF-8. Moments become ISO 8601, other things that JSON has no word for their text, bytes base64.

    Raises RecursionError for values within values beyond DEEPEST.
    """
    try:
        return orjson.dumps(value, default=_said)
    except TypeError:  # a whole number beyond 64 bits, a key that is no text, hundreds of levels
        if _depth(value) > DEEPEST:
            raise RecursionError from None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_said).encode()


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def _said(value: object) -> str:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)
