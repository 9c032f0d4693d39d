"""Vectors of one field of a table's records, by one embedder: kept in the hub, made where they are missing.

They lie in `vectors/` at the row numbers of their records; those of another field or embedder lie in other files, so
that several stand side by side and none is mixed with another. A card beside them says what they are of, and up to
where all records were seen to.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.embedders.base import Embedder, Renamed, Vectors, calls, streamed
from personahub.errors import HubError, failing
from personahub.hub import Folder
from personahub.store.batches import regroup
from personahub.store.reviewed import BY_PEOPLE

VECTORS = "vectors"  # a folder of the hub
TEXT = "text"  # the field whose files have no name of a field: the first versions knew no other

_EMBEDDED = 512  # texts, after which it is told how far it is
_SETTLED = 16  # parts, after which the disk is waited for: a tenth of a second each
_FEWEST = 32  # texts of a call, where several are under way at once
_PLAIN = re.compile(r"\w[\w-]{0,99}", re.ASCII)

Tell = Callable[[int, int], None]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Made:
    """The records that verdicts keep, each with its vector on the disk.

    Args:
        rows: of each its number in the table.
        digest: of their ids in their order.
        made: vectors that were not on the disk before.
    """

    rows: Whole
    digest: str
    made: int


@dataclass(frozen=True)
class Embedded:
    """Nothing is read before it is asked for.

    Args:
        column: of the table, of text.
        waiting: hears, while an endpoint gives no vectors, what keeps it; "" where nothing is wrong.
        fingerprint: the embedder's, or the one by which an earlier version of this program began these vectors.

    Raises HubError, when it is made, where the files of these vectors are said to be of something else.
    """

    folder: Folder
    table: str
    embedder: Embedder
    column: str = TEXT
    waiting: Callable[[str], None] = lambda _: None
    name: str = field(init=False)
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        of = self.table if self.column == TEXT else f"{self.table}+{_plain(self.column)}"
        object.__setattr__(self, "fingerprint", self._begun(of))
        object.__setattr__(self, "name", f"{of}-{_plain(self.fingerprint)}")
        told = self._card()
        if told and any(told.get(key) != value for key, value in self._told.items() if key != "embedder"):
            raise HubError(
                f"{self.path}.json says that its vectors are of {told.get('table')}.{told.get('field')} by "
                f"{told.get('embedder')} ({told.get('fingerprint')}, {told.get('dim')} numbers), and not by "
                f"{self.embedder.name} ({self.fingerprint}, {self.embedder.dim}); they are never mixed: "
                f"remove the files {self.path}.*, and they are made anew"
            )

    @property
    def path(self) -> Path:
        """Of its files, without an ending."""
        return self.folder.path / VECTORS / self.name

    @cached_property
    def shelf(self) -> Any:
        """The vectors, at the numbers of their rows: a personahub.vectors.shelf.Shelf."""
        from personahub.vectors.shelf import Shelf  # noqa: PLC0415 - a third of a second for the compiler it stands on

        return Shelf(self.path, self.embedder.dim)

    @property
    def others(self) -> list[str]:
        """Names of files with vectors of this field by an embedder of the same name that is no longer what it was."""
        place = self.folder.path / VECTORS
        cards = sorted(place.glob("*.json")) if place.is_dir() else []
        told = [(path.stem, _read(path)) for path in cards if path.stem != self.name]
        same = ("table", "field", "embedder")
        return [name for name, card in told if all(card.get(key) == self._told[key] for key in same)]

    @property
    def complete(self) -> bool:
        """Whether every record that is kept has its vector, as far as can be told without looking at each."""
        return self.covers()

    def covers(self, *, every: bool = False) -> bool:
        """The same; with `every`, of those that are dropped, too."""
        return self._seen(every=every) == self.folder.tables[self.table].count()

    def missing(self, *, every: bool = False) -> int:
        """Records that nobody has made sure of yet; with `every`, those that are dropped, too."""
        return self.folder.tables[self.table].count() - self._seen(every=every)

    def make(self, tell: Tell = lambda _done, _total: None, *, ignoring: Sequence[str] = ()) -> Made:
        """See that each record that verdicts keep has its vector on the disk, and that this is as it was written.

        A call that was cut off is gone on with. The caller holds the hub's lock.

        Args:
            tell: hears how many records are seen to, of how many.
            ignoring: kinds of verdicts that do not count.
        """
        return self._make(0, tell, ignoring)

    def catch_up(self, tell: Tell = lambda _done, _total: None, *, every: bool = False) -> int:
        """See to those records alone that nobody has made sure of yet; how many vectors were made.

        The caller holds the hub's lock.

        Args:
            every: those that verdicts drop get theirs, too.
        """
        return self._make(self._seen(every=every), tell, (), every=every).made

    def ids(self, rows: Whole) -> pa.ChunkedArray:
        """Of records by their numbers, in that order; a number may come twice."""
        wanted, places = np.unique(rows, return_inverse=True)
        return self.folder.tables[self.table].take(wanted, ["id"]).take(pa.array(places))["id"]

    def _make(self, seen: int, tell: Tell, ignoring: Sequence[str], *, every: bool = False) -> Made:
        from personahub.vectors.shelf import PART  # noqa: PLC0415

        count, state = self.folder.tables[self.table].count(), self.verdicts()
        first, made = seen // PART * PART, 0
        digest, rows = blake2b(digest_size=16), [np.empty(0, np.int64)]
        with ThreadPoolExecutor(1) as disk:  # waits for it, while more are made
            settled = disk.submit(self.shelf.settle)
            for batch in regroup(self._judged(first, count, ignoring), PART):
                kept = pc.is_null(batch["reject"])
                wanted = kept.to_numpy(zero_copy_only=False)
                # what people discard they may put back, and nothing is to be made then
                by_people = pc.is_in(batch["reject"], pa.array(BY_PEOPLE)).to_numpy(zero_copy_only=False)
                digest.update("".join(batch["id"].filter(kept).to_pylist()).encode())
                rows.append(first + np.flatnonzero(wanted))
                made += self._make_part(
                    first // PART, batch["id"].to_pylist(), wanted | by_people | every, lambda done: tell(done, count)
                )
                first += len(batch)
                if first // PART % _SETTLED == 0:
                    settled.result()
                    settled = disk.submit(self.shelf.settle)
            settled.result()
        self.shelf.settle()
        self._note(first, state, every=every)
        return Made(np.concatenate(rows), digest.hexdigest(), made)

    def _judged(self, first: int, count: int, ignoring: Sequence[str]) -> Iterator[pa.RecordBatch]:
        rows = np.arange(first, count) if first else None
        return self.folder.judged(self.table, ["id"], ignoring=ignoring, rows=rows)

    def _make_part(self, part: int, ids: list[str], wanted: Flags, tell: Callable[[int], None]) -> int:
        from personahub.vectors.shelf import PART  # noqa: PLC0415

        there = self.shelf.there(part, ids)
        fresh = np.flatnonzero(wanted & ~there)
        if len(fresh):
            if not self.path.with_name(f"{self.name}.json").exists():
                self._note(0, {})
            held = self.folder.tables[self.table].take(part * PART + fresh, [self.column])[self.column]
            coded = held.combine_chunks().fill_null("").dictionary_encode()
            # what several records say is embedded once
            texts, places = coded.dictionary.to_pylist(), coded.indices.to_numpy()
            share = len(fresh) / len(texts)
            vectors = self._embed(texts, lambda done: tell(part * PART + int(fresh[int(done * share) - 1])))
            full = (
                vectors if len(texts) == len(fresh) else vectors[places]
            )  # where none is said twice they are in order
            self.shelf.put(part, ids, there, np.isin(np.arange(len(ids)), fresh), full)
        tell(part * PART + len(ids))
        return len(fresh)

    def _embed(self, texts: list[str], tell: Callable[[int], None]) -> Vectors:
        size = min(max(-(-len(texts) // calls(self.embedder)), _FEWEST), _EMBEDDED)
        made, done = [], 0
        parts = [texts[at : at + size] for at in range(0, len(texts), size)]
        for vectors in streamed(self.embedder, parts, self.waiting):
            made.append(vectors)
            done += len(vectors)
            tell(done)
        return np.concatenate(made)

    @property
    def _told(self) -> dict[str, object]:
        """What the card says of them as long as they are there."""
        return {
            "table": self.table,
            "field": self.column,
            "embedder": self.embedder.name,
            "fingerprint": self.fingerprint,
            "dim": self.embedder.dim,
        }

    def verdicts(self) -> dict[str, str]:
        """The runs of those that say which records count."""
        tables = ("samples", "personas") if self.table == "samples" else (self.table,)
        return {f"{name}/{kind}": run for name in tables for kind, run in self.folder.current(name).items()}

    def _begun(self, of: str) -> str:
        """The fingerprint under which most of these vectors were made, among those that mean this embedder."""
        now, place = self.embedder.fingerprint, self.folder.path / VECTORS
        if not isinstance(self.embedder, Renamed) or (place / f"{of}-{_plain(now)}.json").exists():
            return now
        cards = [_read(path) for path in sorted(place.glob(f"{of}-*.json"))]
        same = [one for one in cards if self.embedder.was(str(one.get("fingerprint")))]
        rows = [one["rows"] if isinstance(one.get("rows"), int) else 0 for one in same]
        return str(same[int(np.argmax(rows))]["fingerprint"]) if same else now

    def _seen(self, *, every: bool = False) -> int:
        """Up to which row each record that is kept was seen to have its vector; 0 where that is not known."""
        card, table = self._card(), self.folder.tables[self.table]
        rows, last = card.get("rows", 0), card.get("last", "")
        if not isinstance(rows, int) or not 0 < rows <= table.count():
            return 0
        if not card.get("every") and (every or card.get("verdicts") != self.verdicts()):
            return 0
        if card.get("state") != self._state(rows) or table.take([rows - 1], ["id"])["id"][0].as_py() != last:
            return 0  # files that are gone, or of a table that was put back from a copy
        return rows

    def _note(self, rows: int, verdicts: Mapping[str, str], *, every: bool = False) -> None:
        """Say on the card that all up to this row were seen to, while these verdicts counted."""
        last = self.folder.tables[self.table].take([rows - 1], ["id"])["id"][0].as_py() if rows else ""
        seen = {"rows": rows, "last": last, "verdicts": dict(verdicts), "every": every, "state": self._state(rows)}
        card = {**self._told, **seen}
        path = self.path.with_name(f"{self.name}.json")
        if card == _read(path):
            return
        with failing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.new")
            with draft.open("wb") as file:
                file.write(orjson.dumps(card))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)

    def _state(self, rows: int) -> str:
        from personahub.vectors.shelf import PART  # noqa: PLC0415

        return str(self.shelf.state(-(-rows // PART)))

    def _card(self) -> dict[str, Any]:
        return _read(self.path.with_name(f"{self.name}.json"))


def there(folder: Folder, table: str, embedder: str) -> set[str]:
    """The columns of a table that have vectors by an embedder of that name; nothing of it is loaded."""
    cards = (folder.path / VECTORS).glob("*.json")
    told = [_read(path) for path in cards if path.with_suffix(".marks").exists()]
    return {str(card.get("field")) for card in told if (card.get("table"), card.get("embedder")) == (table, embedder)}


def _read(path: Path) -> dict[str, Any]:
    """What a card says; nothing where there is none or it is damaged: what it knows can be found out again."""
    try:
        told = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _plain(name: str) -> str:
    """A name as part of that of a file: as it is, or hashed where a file could not be called so."""
    return (
        name if _PLAIN.fullmatch(name) else blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    )
