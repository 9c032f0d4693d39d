"""Vectors of a field that are in the hub, whichever embedder made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from personahub.embedded import VECTORS, Embedded
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.schema import field as column_of


@dataclass(frozen=True)
class _Maker:
    """The embedder as its card names it; nothing new can be asked of it."""

    name: str
    fingerprint: str
    dim: int

    def embed(self, texts: Sequence[str]) -> Any:
        raise AssertionError(len(texts))


@dataclass(frozen=True)
class Vectors:
    """Args:
    field: as it was named.
    """

    field: str
    embedded: Embedded

    @property
    def dim(self) -> int:
        return self.embedded.embedder.dim

    @property
    def state(self) -> str:
        """Another one where the vectors are others."""
        return f"{self.embedded.name} {self.embedded.shelf.file.stat().st_mtime_ns}"

    def of(self, ids: Sequence[str]) -> list[npt.NDArray[np.float32] | None]:
        """Of each record its vector; None where it has none, as a text without a known word."""
        places = self.embedded.folder.tables[self.embedded.table].places(ids)
        found = [self._all[place] if 0 <= place < len(self._all) else None for place in places.tolist()]
        return [one if one is not None and one.any() else None for one in found]

    @cached_property
    def _all(self) -> Any:
        return self.embedded.shelf.mapped()


def vectors(folder: Folder, table: str, field: str) -> Vectors:
    """Those of a field, by the embedder that made the most of them.

    Raises UsageError where not every kept record has one.
    """
    column = column_of(table, field, folder.tables[table].stored.names)
    found = []
    for path in sorted((folder.path / VECTORS).glob("*.json")):
        card = _card(path.read_bytes())
        if (card.get("table"), card.get("field")) == (table, column):
            maker = _Maker(str(card["embedder"]), str(card["fingerprint"]), int(card["dim"]))
            found.append(Embedded(folder, table, maker, column))
    whole = [one for one in found if one.complete]
    if not whole:
        option = "" if table == "personas" else f" --table {table}"
        raise UsageError(
            f"not every record has a vector of {field!r} yet; 'personahub similar {folder.path} --text person "
            f"--field {field!r}{option}' makes those that are missing"
        )
    return Vectors(field, max(whole, key=lambda one: (one.shelf.file.stat().st_mtime_ns, one.name)))


def _card(data: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) and {"embedder", "fingerprint", "dim"} <= told.keys() else {}
