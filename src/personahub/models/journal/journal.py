"""A folder of completions by what was asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from personahub.models.base import Completion
from personahub.models.journal.kept import Kept

_FIELDS = ("text", "error", "detail", "reasoning", "prompt_tokens", "completion_tokens", "limit")


class Journal:
    """Once `put` returns, neither a kill nor a power cut takes the rows. One process writes, any may read.

    Args:
        writing: False for a journal of another hub, which is left as it is.
    """

    def __init__(self, folder: Path, *, writing: bool = True) -> None:
        self._kept = Kept(folder, writing=writing)

    @property
    def damaged(self) -> int:
        """Stretches of the log that held no whole record, as far as it was read."""
        return self._kept.damaged

    def put(self, rows: Sequence[tuple[bytes, Completion]]) -> None:
        """Store these completions in one durable write; of several under one key the last one holds.

        Raises:
            HubError: the disk did not take them.
        """
        self._kept.put([(key, orjson.dumps([getattr(c, name) for name in _FIELDS])) for key, c in rows])

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Completion]:
        """The completions of those keys that have one."""
        return {key: _completion(said) for key, said in self._kept.known(keys).items()}


def _completion(said: bytes) -> Completion:
    return replace(Completion(**dict(zip(_FIELDS, orjson.loads(said), strict=True))), requests=0)
