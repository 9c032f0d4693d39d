"""Records labelled by a stage, without an LLM: only those that came since, or all of them anew."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.attributes.names import CHOICES
from personahub.engines.local import Local
from personahub.errors import UsageError
from personahub.events import Tally
from personahub.hub import Folder
from personahub.labels.card import Card, Maker
from personahub.options import ASKING
from personahub.stages.base import Stage
from personahub.store.columns import Values, fill

BATCH = 8_192  # records that are read at one time
AT_ONCE = 262_144  # records whose values are put down in one commit, where nothing is replaced
UNKNOWN = "unknown"
DEFAULTS = {option.name: option.default for option in ASKING}
COUNTED = (*CHOICES, "language")  # the attributes of few values, whose counts are told

Tell = Callable[[int], None]


@dataclass
class Labelled:
    """What became of it, grown as it goes: for each column, how many records were looked at and how many are known."""

    read: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def take(self, columns: pa.RecordBatch) -> None:
        for name in columns.schema.names:
            self.read[name] += len(columns)
            self.known[name] += len(columns) - columns[name].null_count
            if name in COUNTED:
                told = pc.value_counts(columns[name].drop_null()).to_pylist()
                self.counts.setdefault(name, Counter()).update({one["values"]: one["counts"] for one in told})

    @property
    def notes(self) -> tuple[str, ...]:
        """For the one who asked."""
        return () if self.read else ("Nothing is new: every record was looked at before.",)

    def tallies(self, names: Iterable[str]) -> dict[str, Tally]:
        return {name: _tally(self.read[name], self.known[name]) for name in names}


def only_of_models(verb: str, given: Mapping[str, object]) -> None:
    """Raise UsageError for an option that means something to a model alone."""
    for name, value in given.items():
        if value not in (None, False, (), [], DEFAULTS.get(name)):
            raise UsageError(f"{verb}: {name} is for a model; name one with --model, or leave it out")


def by_stage(
    card: Card, names: Sequence[str], stage: Stage, maker: Maker, tell: Tell, *, redo: bool = False
) -> Labelled:
    """Give each record that was not looked at yet its values. The caller holds the hub's lock.

    What is labelled for the first time is put down as it goes, so a call that was killed is gone on with; what is
    replaced is switched in one commit at the end.

    Args:
        stage: a batch with `text` in, a column of strings for each of `names` out.
        tell: hears how many records are done.

    Raises UsageError where another has labelled these.
    """
    done, folder, table = Labelled(), card.folder, card.table
    count = folder.tables[table].count()
    anew = card.begin(names, maker, redo=redo) if count else []
    seen = {name: (name in anew, 0 if name in anew else card.seen(name)) for name in names}
    for whole, start in sorted(set(seen.values())):
        some = [name for name in names if seen[name] == (whole, start)]
        columns = pa.schema([pa.field(name, pa.string()) for name in some])
        for first in range(start, count, max(1, count) if whole else AT_ONCE):
            rows = range(first, count if whole else min(first + AT_ONCE, count))
            labels = Local().map(stage, _texts(folder, table, maker.field, rows))
            fill(folder.tables[table], columns, _values(labels, columns, rows, done, tell))
            card.note(some, rows.stop)
    return done


def _values(
    labels: Iterable[pa.RecordBatch], columns: pa.Schema, rows: range, done: Labelled, tell: Tell
) -> Iterator[Values]:
    at = rows.start
    for found in labels:
        some = found.select(columns.names)
        done.take(some)
        yield Values(np.arange(at, at + len(some)), some)
        at += len(some)
        tell(at)


def _texts(folder: Folder, table: str, column: str, rows: range) -> Iterator[pa.RecordBatch]:
    for start in range(rows.start, rows.stop, BATCH):
        numbers = np.arange(start, min(start + BATCH, rows.stop))
        held = folder.tables[table].take(numbers, [column])[column].combine_chunks()
        yield pa.RecordBatch.from_arrays([held], names=["text"])


def _tally(read: int, known: int) -> Tally:
    return Tally(read, known, {UNKNOWN: read - known} if read > known else {})
