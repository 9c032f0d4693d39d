"""Values of variables as people write them: name=value, or name=@file."""

from collections.abc import Sequence
from pathlib import Path

from personahub.errors import UsageError

MOST_BYTES = 2**20  # of a file: it stands in every prompt


def settings(pairs: Sequence[str]) -> dict[str, str]:
    """The value of each name; of a file its text, less space at its ends.

    Raises:
        UsageError: something is no pair, a name stands twice, or a file cannot be read.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, between, value = pair.partition("=")
        if not between or not name.isidentifier():
            raise UsageError(f"set {pair[:80]!r} is not name=value or name=@file")
        if name in found:
            raise UsageError(f"set gives {name} twice; give it once")
        found[name] = _content(name, value[1:]) if value.startswith("@") else value
    return found


def _content(name: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UsageError(
                f"set {name}=@{path}: the file has over {MOST_BYTES:,} bytes, and all prompts would hold it"
            )
        return data.decode().removeprefix("\ufeff").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"set {name}=@{path}: the file cannot be read: {error}") from error
