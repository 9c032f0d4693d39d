"""What the server answers: JSON, and errors in one form."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

_JSON = "application/json"


class Failure(Exception):  # noqa: N818 - says what is so
    """An answer that is none: a status, a code for the page, and a sentence for people."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


def said(value: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_bytes(value), status, headers, _JSON)


def failure(
    status: int,
    code: str,
    message: str,
    *,
    close: bool = False,
    more: Mapping[str, object] | None = None,
    **also: object,
) -> Response:
    told = {"error": {"code": code, "message": message, **(more or {}), **also}}
    return Response(_bytes(told), status, {"connection": "close"} if close else None, _JSON)


def _bytes(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:  # half a character, which only an error can have quoted
        return orjson.dumps(_mended(value), default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> object:
    return value.item() if hasattr(value, "item") else str(value)


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {str(_mended(key)): _mended(one) for key, one in value.items()}
    return [_mended(one) for one in value] if isinstance(value, list | tuple) else value
