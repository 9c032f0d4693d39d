"""JSON in what a model wrote: found among words, held to a schema, never guessed."""

import json
from collections.abc import Iterator
from functools import lru_cache

import jsonschema_rs
import orjson

TRIED_PLACES = 64  # where in an answer a JSON value is looked for


def fitting(text: str, schema: str) -> tuple[str, str]:
    """The JSON value in an answer that satisfies the schema, as canonical text, and what is wrong where none does.

    An answer may hold the value alone, in a fence, or with words around it.
    """
    fault = "it holds no JSON value"
    for value in values(text):
        error = next(iter(_checker(schema).iter_errors(value)), None)
        if error is None:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), ""
        fault = f"at {'/'.join(str(part) for part in error.instance_path) or 'the top'}: {error.message[:200]}"
    return "", fault


def check_schema(schema: str) -> str | None:
    """What is wrong with a JSON schema; None where nothing is."""
    try:
        jsonschema_rs.validator_for(json.loads(schema))
    except (ValueError, jsonschema_rs.ValidationError) as error:
        return str(error).split("\n", 1)[0][:200]
    return None


@lru_cache(maxsize=64)
def _checker(schema: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(schema))


def values(text: str) -> Iterator[object]:
    """The whole answer where it is JSON, else what begins at each bracket, outermost first."""
    try:
        yield orjson.loads(text)
    except orjson.JSONDecodeError:
        decoder, at = json.JSONDecoder(), 0
        for _ in range(TRIED_PLACES):
            starts = [place for mark in "{[" if (place := text.find(mark, at)) >= 0]
            if not starts:
                return
            try:
                value, at = decoder.raw_decode(text, min(starts))
            except (ValueError, RecursionError):
                at = min(starts) + 1
            else:
                yield value
