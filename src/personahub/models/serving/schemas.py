"""Small JSON documents that satisfy a JSON schema, so that structured answers can be tried without an LLM."""

from collections.abc import Callable, Mapping

import orjson

from personahub.models.serving.draws import Throws
from personahub.models.serving.scalars import Lines, integer, number, string, whole

MOST_VALUES = 10_000  # in one document
_DEEP = 5  # levels from which a document is kept as short as its schema allows
_DEEPEST = 40
_FEW = 3  # items of an array that may have more
_UNKNOWN = ("pattern", "not", "if", "contains", "minProperties", "dependentRequired", "dependentSchemas")

Schema = Mapping[str, object]


def document(schema: object, text: str, seed: bytes) -> str:
    """A document that satisfies the schema, the same for the same arguments.

    Objects have every property that the schema names, and far down only those it requires. What this writer
    knows: type, properties, required, additionalProperties, items, prefixItems, the bounds of lengths and
    numbers, uniqueItems, format, enum, const, anyOf, oneOf, allOf and references into the schema itself.

    Args:
        text: where strings are taken from: a line "Persona: A nurse" for "persona", else line after line.

    Raises:
        ValueError: the schema cannot be satisfied, or not by this writer.
    """
    return orjson.dumps(_Document(schema, text, Throws(seed)).value(schema, "", 0)).decode()


class _Document:
    def __init__(self, schema: object, text: str, throws: Throws) -> None:
        self._root = schema
        self._lines = Lines(text)
        self._throws = throws
        self._looked_at = 0

    def value(self, schema: object, name: str, depth: int) -> object:
        """Args:
        name: of the property that holds it, or that holds the array that does.
        """
        plain = self._plain({} if schema is True else schema, depth)
        for key in _UNKNOWN:
            if key in plain:
                raise ValueError(f"{key!r} in a schema is more than this server can write to")
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return self._throws.pick(_list(plain, "enum"))
        return self._typed(plain, name, depth)

    def _plain(self, schema: object, depth: int, steps: int = 0) -> Schema:
        """The schema with what it refers to, joins or leaves open put in its place."""
        self._looked_at += 1
        if self._looked_at > MOST_VALUES or max(depth, steps) > _DEEPEST:
            raise ValueError("the schema asks for a document without an end, or a very large one")
        if not isinstance(schema, dict):
            raise ValueError("the schema holds what nothing satisfies, or what is no schema")  # noqa: TRY004 - of its value
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
        others = [self._resolved(schema["$ref"])] if "$ref" in schema else []
        others += _list(schema, "allOf") if "allOf" in schema else []
        for key in ("anyOf", "oneOf"):
            if key in schema:
                choices = _list(schema, key)
                short = [one for one in choices if _is_short(one)] if depth >= _DEEP else []
                others.append(self._throws.pick(short or choices))
        for other in others:
            if other is not True:
                own = _joined(own, self._plain(other, depth, steps + 1))
        return own

    def _resolved(self, reference: object) -> object:
        place = self._root
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise ValueError(f"{reference!r} does not point into the schema itself")
        for step in filter(None, reference[1:].split("/")):
            key = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(place, dict) or key not in place:
                raise ValueError(f"there is nothing at {reference!r}")
            place = place[key]
        return place

    def _typed(self, schema: Schema, name: str, depth: int) -> object:
        kind = schema.get("type")
        if isinstance(kind, list) and kind:
            kind = "null" if depth >= _DEEP and "null" in kind else self._throws.pick(kind)
        if kind is None:
            kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
        makers: dict[object, Callable[[], object]] = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, name, depth),
            "string": lambda: string(schema, name, self._lines, self._throws),
            "integer": lambda: integer(schema, self._throws),
            "number": lambda: number(schema, self._throws),
            "boolean": lambda: bool(self._throws.below(2)),
            "null": lambda: None,
        }
        if not isinstance(kind, str) or kind not in makers:
            raise ValueError(f"there is no type {kind!r}")
        return makers[kind]()

    def _object(self, schema: Schema, depth: int) -> dict[str, object]:
        properties = schema.get("properties", {})
        if not isinstance(properties, dict):
            raise ValueError("properties must be an object")  # noqa: TRY004 - of its value
        required = [name for name in _list(schema, "required", least=0) if isinstance(name, str)]
        named = [name for name in properties if depth < _DEEP or name in required]
        other = schema.get("additionalProperties", True)
        found = {name: self.value(properties[name], name, depth + 1) for name in named}
        return found | {name: self.value(other, name, depth + 1) for name in required if name not in properties}

    def _array(self, schema: Schema, name: str, depth: int) -> list[object]:
        least = whole(schema, "minItems", 0)
        most = whole(schema, "maxItems", max(least, _FEW))
        if least > min(most, MOST_VALUES):
            raise ValueError(f"no array has between {least} and {most} items")
        low, high = (least, least) if depth >= _DEEP else (max(least, min(1, most)), max(least, min(_FEW, most)))
        count = low + self._throws.below(high - low + 1)
        items = [self.value(one, name, depth + 1) for one in _list(schema, "prefixItems", least=0)[:most]]
        while len(items) < count:
            item = self.value(schema.get("items", True), name, depth + 1)
            # Throws that repeat themselves end at MOST_VALUES.
            if schema.get("uniqueItems") is not True or item not in items:
                items.append(item)
        return items


def _list(schema: Schema, key: str, *, least: int = 1) -> list[object]:
    found = schema.get(key, [])
    if not isinstance(found, list) or len(found) < least:
        raise ValueError(f"{key} must be a list that is not empty")
    return found


def _joined(one: Schema, other: Schema) -> dict[str, object]:
    """A schema that holds both; where they say two things of one key, the first."""
    whole_schema = {**other, **one}
    for key in ("properties", "required"):
        first, second = one.get(key), other.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            whole_schema[key] = {**second, **first}
        elif isinstance(first, list) and isinstance(second, list):
            whole_schema[key] = [*second, *(name for name in first if name not in second)]
    return whole_schema


def _is_short(schema: object) -> bool:
    """Whether nothing can stand below its value."""
    if not isinstance(schema, dict):
        return False
    return "const" in schema or "enum" in schema or schema.get("type") in (
        "string", "integer", "number", "boolean", "null",
    )  # fmt: skip
