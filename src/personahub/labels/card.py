"""Who gave the values of each column that stands beside the records of a table: one small file of the hub.

It is written before values are, so that values are never of nobody; a change that was cut off is known by it and made
again.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import orjson
import pyarrow as pa

from personahub.attributes.names import ATTRIBUTES, TOPIC
from personahub.errors import HubError, UsageError, failing
from personahub.hub import Folder
from personahub.schema import TABLES
from personahub.schema import field as field_called

CARD = "labels.json"
COLUMNS = (*ATTRIBUTES, TOPIC)

READ = {"personas": "text", "samples": "persona"}  # the field that tells of a person, where none is named


def column_read(table: str, named: str | None) -> str:
    """The column whose text is read; UsageError where it is none of the table's, or no text."""
    column = field_called(table, named or READ[table])
    if TABLES[table].field(column).type != pa.string():
        raise UsageError(f"{column} of {table} is no text; take another field")
    return column


@dataclass(frozen=True)
class Maker:
    """Who labels, and by what.

    Args:
        fingerprint: the same where the same text gets the same labels.
        name: for people.
        field: the column that is read.
    """

    fingerprint: str
    name: str
    field: str


@dataclass(frozen=True)
class Entry:
    """Of one column.

    Args:
        rows: the records from the first on that were looked at; `last` is the id of the last of them.
        answers: for each run of a model, how many rows of the table "labels" were looked at.
        replacing: what is there is of somebody else still, or in part.
    """

    maker: Maker
    rows: int = 0
    last: str = ""
    answers: Mapping[str, int] = field(default_factory=dict)
    replacing: bool = False


@dataclass(frozen=True)
class Card:
    """The columns beside the records of one table."""

    folder: Folder
    table: str

    @property
    def path(self) -> Path:
        return self.folder.path / CARD

    def entries(self) -> dict[str, Entry]:
        """By column.

        Raises HubError where the file is damaged.
        """
        return {name: _entry(told) for name, told in self._all().get(self.table, {}).items()}

    def seen(self, column: str) -> int:
        """How many records from the first on were looked at for it."""
        entry, table = self.entries().get(column), self.folder.tables[self.table]
        if entry is None or entry.replacing or not 0 < entry.rows <= table.count():
            return 0
        return entry.rows if self._id_at(entry.rows) == entry.last else 0  # else the table was put back from a copy

    def check(self, columns: Iterable[str], maker: Maker, *, redo: bool) -> None:
        """Raise UsageError where somebody else has labelled one of the columns and it is not to be done again."""
        held, stored = self.entries(), self.folder.tables[self.table].stored.names
        for name in columns:
            entry = held.get(name)
            if not redo and (entry.maker != maker if entry else name in stored):
                raise UsageError(self._other(name, entry))

    def begin(self, columns: Iterable[str], maker: Maker, *, redo: bool) -> list[str]:
        """Note who is about to label; which of the columns are to be replaced as a whole.

        Raises as `check` does.
        """
        self.check(columns := list(columns), maker, redo=redo)
        held, stored = self.entries(), self.folder.tables[self.table].stored.names
        anew = [name for name in columns if name in stored and (redo or held[name].replacing)]
        for name in columns:
            if name in anew or name not in held:
                held[name] = Entry(maker, replacing=name in anew)
        self._write(held)
        return anew

    def note(self, columns: Iterable[str], rows: int | None = None, answers: Mapping[str, int] | None = None) -> None:
        """What was looked at: it is on the disk."""
        held = self.entries()
        for name in columns:
            entry = replace(held[name], replacing=False)
            if rows is not None:
                entry = replace(entry, rows=rows, last=self._id_at(rows))
            held[name] = replace(entry, answers={**entry.answers, **(answers or {})})
        self._write(held)

    def _id_at(self, rows: int) -> str:
        found = self.folder.tables[self.table].take([rows - 1], ["id"]) if rows else None
        return str(found["id"][0].as_py()) if found is not None and len(found) else ""

    def _other(self, name: str, entry: Entry | None) -> str:
        if entry is None:
            return (
                f"{name} of {self.table} holds values that no labeller gave, such as those of an import, and they are "
                "not mixed with others: leave it out (--attribute), or replace them with --redo"
            )
        return (
            f"{name} of {self.table} was labelled by {entry.maker.name} from the field {entry.maker.field}, and labels "
            "of two are not mixed: label as before, or label all again with --redo"
        )

    def _all(self) -> dict[str, dict[str, dict[str, object]]]:
        if not self.path.exists():
            return {}
        try:
            told = orjson.loads(self.path.read_bytes())
            for entries in told.values():
                for entry in entries.values():
                    _entry(entry)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise HubError(
                f"{self.path}, which says who labelled what, is damaged; remove it and label again with --redo"
            ) from error
        return dict(told)

    def _write(self, entries: Mapping[str, Entry]) -> None:
        told = {**self._all(), self.table: {name: asdict(entry) for name, entry in entries.items()}}
        draft = self.path.with_name(f"{CARD}.new")
        with failing(self.path):
            with draft.open("wb") as file:
                file.write(orjson.dumps(told))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)


def _entry(told: Mapping[str, object]) -> Entry:
    given = dict(told)
    return Entry(Maker(**given.pop("maker")), **given)  # type: ignore[arg-type]  # of a file; wrong ones are TypeErrors
