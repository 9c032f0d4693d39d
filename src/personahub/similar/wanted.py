"""What is looked for."""

import re
from dataclasses import dataclass

import pyarrow as pa

from personahub import schema
from personahub.errors import UsageError
from personahub.store.table import Table

_DIGITS = re.compile(r"[0-9a-f]{4,32}")
_BEHIND = "g"  # sorts behind every digit


@dataclass(frozen=True)
class Wanted:
    """The options of the verb.

    Raises UsageError where they do not go together.
    """

    id: str | None
    text: str | None
    field: str
    table: str
    limit: int
    where: str | None
    all: bool
    exact: bool
    save: str | None
    selection: str | None = None

    def __post_init__(self) -> None:
        if (self.id is None) == (self.text is None):
            raise UsageError("similar to what? Give either an ID, of which the first digits will do, or --text")

    def told(self, embedder: str) -> dict[str, object]:
        """How they were chosen, for a selection."""
        given = {"id": self.id, "text": self.text, "field": self.field, "embedder": embedder, "limit": self.limit}
        given |= {
            "selection": self.selection,
            "where": self.where,
            "all": self.all or None,
            "exact": self.exact or None,
        }
        return {"by": "similar", **{name: value for name, value in given.items() if value is not None}}

    def column(self, columns: pa.Schema) -> str:
        """The column that is meant by the field.

        Raises UsageError where there is none, or it is no text.
        """
        column = schema.field(self.table, self.field, columns.names)
        if columns.field(column).type != pa.string():
            raise UsageError(
                f"{column} of {self.table} is no text, so it has no meaning to compare; take another field"
            )
        return column

    def row(self, table: Table) -> int | None:
        """The number of the record that is named; None for a text.

        Raises UsageError where there is none, or the digits may mean several.
        """
        if self.id is None:
            return None
        digits = self.id.strip().lower()
        if not _DIGITS.fullmatch(digits):
            raise UsageError(
                f"{self.id[:80]!r} is no id, which has 32 hexadecimal digits, of which the first 4 or more will do; "
                "for likeness to a description use --text"
            )
        same = f"id = '{digits}'" if len(digits) == 32 else f"id >= '{digits}' AND id < '{digits}{_BEHIND}'"
        found = table.numbers(same, 2)
        if not len(found):
            raise UsageError(f"the hub has no record {digits} among its {self.table}; --table names others")
        if len(found) > 1:
            named = " and ".join(table.take(found, ["id"])["id"].to_pylist())
            raise UsageError(f"several {self.table} begin with {digits}, such as {named}; give more digits")
        return int(found[0])
