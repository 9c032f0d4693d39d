"""From "openai:gpt-4o" to the part that serves it, found through entry points, so that another package can add one."""

from importlib.metadata import entry_points
from typing import Any

from personahub.errors import UsageError


def find(family: str, wanted: str) -> tuple[Any, str]:
    """The part of a family that `wanted` names before its first colon, and what stands behind it.

    Args:
        family: "models"; the entry point group is "personahub.models".

    Raises:
        UsageError: no part has that name, or it does not import.
    """
    kind, _, name = wanted.partition(":")
    found = {point.name: point for point in entry_points(group=f"personahub.{family}")}
    if kind not in found:
        raise UsageError(f"there is no {family[:-1]} {wanted!r}; there are {', '.join(sorted(found))}")
    try:
        return found[kind].load(), name
    except ImportError as error:
        raise UsageError(f"{family[:-1]} {kind!r} cannot be loaded: {error}") from error
