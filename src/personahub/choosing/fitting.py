"""The records of a table that fit: that no verdict drops, that meet a condition, and that were not used before."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub import schema
from personahub.choosing.choice import Choice
from personahub.choosing.draw import Keys, keys
from personahub.errors import UsageError
from personahub.events import Tally
from personahub.hub import Folder
from personahub.schema import check_task
from personahub.selections import load
from personahub.store.numbering import ROW

EXCLUDED, USED = "in_another_selection", "used_before"  # reasons

MOST_STRATA = 10_000
NONE = "none"  # what a stratum without a value is called

Whole = npt.NDArray[np.int64]
Names = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class Fitting:
    """Some 20 bytes a record.

    Args:
        rows: their numbers in the table, ascending.
        keys: what they are drawn by.
        strata: the number of each one's stratum; empty where none were asked for.
        names: of the strata.
        tally: records that meet the condition; kept are those that fit, and why others do not.
    """

    rows: Whole
    keys: Keys
    strata: npt.NDArray[np.int32]
    names: tuple[str, ...]
    tally: Tally

    def among(self, wanted: npt.NDArray[np.bool_], reason: str) -> "Fitting":
        """Those of them that are wanted; the others left for that reason."""
        gone = int(np.count_nonzero(~wanted))
        tally = Tally(
            self.tally.read, self.tally.kept - gone, {**self.tally.rejected, **({reason: gone} if gone else {})}
        )
        strata = self.strata[wanted] if len(self.strata) else self.strata
        return Fitting(self.rows[wanted], self.keys[wanted], strata, self.names, tally)


@dataclass(frozen=True)
class Without:
    """What was used before.

    Args:
        rows: ascending.
        personas: their ids, 16 bytes each, ascending: those that have samples of a task.
    """

    rows: Whole
    personas: Names

    @classmethod
    def of(cls, folder: Folder, choice: Choice) -> "Without":
        if choice.unused is not None and choice.table != "personas":
            raise UsageError(f"unused is of personas, and {choice.table} are to be chosen; leave it out")
        rows = [load(folder, name, choice.table).rows for name in choice.exclude]
        names = [np.empty(0, "S16")]
        if choice.unused is not None:
            where = f"task = '{check_task(choice.unused)}'"
            names += [_named(batch["persona_id"]) for batch in folder.tables["samples"].scan(["persona_id"], where)]
        return cls(np.unique(np.concatenate([np.empty(0, np.int64), *rows])), np.unique(np.concatenate(names)))

    def reasons(self, rows: Whole, ids: pa.Array) -> pa.Array:
        """For each record why it is not to be chosen, or null."""
        reasons = np.full(len(rows), None, object)
        if len(self.personas):
            reasons[_within(_named(ids), self.personas)] = USED
        if len(self.rows):
            reasons[_within(rows, self.rows)] = EXCLUDED
        return pa.array(reasons, pa.string())


@dataclass
class _Strata:
    """Numbers for the values of some columns, in the order in which they come."""

    columns: Sequence[str]
    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, batch: pa.RecordBatch) -> npt.NDArray[np.int32]:
        parts = [pc.fill_null(batch[column].cast(pa.string()), NONE) for column in self.columns]
        labels = pc.binary_join_element_wise(*parts, " / ").dictionary_encode()
        numbers = [self.numbers.setdefault(label, len(self.numbers)) for label in labels.dictionary.to_pylist()]
        if len(self.numbers) > MOST_STRATA:
            raise UsageError(
                f"{' and '.join(self.columns)} have over {MOST_STRATA:,} different values, which are no strata; "
                "stratify by a column with fewer"
            )
        of: npt.NDArray[np.int32] = np.array(numbers, np.int32)[labels.indices.to_numpy()]
        return of


def fitting(folder: Folder, choice: Choice, tell: Callable[[int], None]) -> Fitting:
    """Read the ids of the table, and its columns that strata are made of.

    Raises UsageError where the condition, a column or what was used before cannot be meant.
    """
    columns = _columns(folder, choice.table, choice.stratify)
    without = Without.of(folder, choice)
    strata, tally = _Strata(columns), Tally()
    rows, drawn, numbers = [np.empty(0, np.int64)], [np.empty(0, np.uint64)], [np.empty(0, np.int32)]
    for batch in folder.judged(choice.table, ["id", ROW, *columns], choice.where):
        before = without.reasons(batch[ROW].to_numpy(), batch["id"])
        reject = pc.coalesce(batch["reject"], before)
        reasons = Counter(reject.drop_null().to_pylist())
        tally += Tally(len(batch), len(batch) - reasons.total(), reasons)
        fit = batch.filter(pc.is_null(reject))
        rows.append(fit[ROW].to_numpy())
        drawn.append(keys(fit["id"], choice.seed))
        numbers += [strata.of(fit)] if columns else []
        tell(tally.read)
    return Fitting(np.concatenate(rows), np.concatenate(drawn), np.concatenate(numbers), tuple(strata.numbers), tally)


def _columns(folder: Folder, table: str, stratify: Sequence[str]) -> list[str]:
    stored = folder.tables[table].stored
    columns = [schema.field(table, name, stored.names) for name in stratify]
    for column in columns:
        if pa.types.is_nested(stored.field(column).type):
            raise UsageError(f"{column} holds several values a record, which make no strata; take another column")
    return list(dict.fromkeys(columns))


def _named(ids: pa.Array) -> Names:
    """Ids as 16 bytes each; a missing one is none."""
    return np.frombuffer(bytes.fromhex("".join(ids.drop_null().to_pylist())), "S16")


def _within(some: npt.NDArray[np.generic], held: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Which of some are among those held, which are sorted."""
    places = np.minimum(np.searchsorted(held, some), len(held) - 1)
    return np.asarray(held[places] == some)
