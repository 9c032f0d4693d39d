"""What a description tells of a person, as a JSON object: what the rules of the labeller know."""

from collections.abc import Sequence

import orjson

from personahub.attributes.names import BETWEEN


def attributes(persona: str, names: Sequence[str]) -> str:
    """One key for each name; null where nothing is known, or the name means nothing here."""
    import pyarrow as pa  # noqa: PLC0415 - the columns that the rules work on; other answers need none

    from personahub.attributes.rules import LIKELY, told  # noqa: PLC0415

    found = told(pa.array([persona.encode("utf-8", "replace").decode()], pa.string()))
    said: dict[str, object] = dict.fromkeys(names)
    for name in names:
        if name in found:
            value = found[name].least(LIKELY)[0].as_py()
            said[name] = value.split(BETWEEN) if value and name == "interests" else value
    return orjson.dumps(said).decode()
