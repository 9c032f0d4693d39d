"""What a model answered about records, put into the columns beside them.

The answers stay in the table "labels", so a column can be made again from them and nothing is asked twice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.hub import Folder
from personahub.labels.card import Card, Maker
from personahub.labels.rules import BATCH, Labelled
from personahub.models.base import Model
from personahub.store.columns import Values, fill
from personahub.tasks.attributes import Attributes, values
from personahub.text import content_id

Whole = npt.NDArray[np.int64]
Told = Callable[[Whole], pa.RecordBatch]  # of numbers of rows of the table "labels"


@dataclass(frozen=True)
class Reading:
    """What is read of answers: these columns, of the answers' texts."""

    columns: pa.Schema
    told: Callable[[Sequence[str]], pa.RecordBatch]


def attributes_of(names: Sequence[str]) -> Reading:
    return Reading(pa.schema([pa.field(name, pa.string()) for name in names]), partial(values, names=names))


def put_beside(folder: Folder, table: str, reading: Reading, run: str) -> Labelled:
    """What a run was told since it was put beside the records last, in one commit. The caller holds the hub's lock.

    Where a column is replaced, records that the run was told nothing about have no value afterwards. Memory: 16
    bytes an answer.
    """
    card, done = Card(folder, table), Labelled()
    entries, names = card.entries(), reading.columns.names
    replaced = any(entries[name].replacing for name in names)
    start = 0 if replaced else min(entries[name].answers.get(run, 0) for name in names)
    end = folder.tables["labels"].count()
    places, numbers = _found(folder, table, run, range(start, end))
    told = partial(_told, folder, reading, done)
    given = _values(places, numbers, told)
    if replaced:
        given = _of_all(places, numbers, told, folder.tables[table].count())
    fill(folder.tables[table], reading.columns, given)
    card.note(names, answers={run: end})
    return done


def maker(task: Attributes, model: Model) -> Maker:
    """Who answers: another wording is another, a choice of other attributes is not."""
    return Maker(content_id(task.template.identity, model.identity), model.name, task.field)


def begin(folder: Folder, table: str, names: Sequence[str], maker: Maker, *, redo: bool) -> None:
    """Note whose answers come; raises UsageError where another has labelled these and they are not to be done again."""
    anew = Card(folder, table).begin(names, maker, redo=redo)
    if 0 < len(anew) < len(names):  # all of an answer are switched together
        Card(folder, table).begin(names, maker, redo=True)


def _found(folder: Folder, table: str, run: str, rows: range) -> tuple[Whole, Whole]:
    """The numbers of the records that a run answered about, ascending, and of its last answer about each."""
    places, numbers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(rows.start, rows.stop, BATCH):
        some = np.arange(start, min(start + BATCH, rows.stop))
        held = folder.tables["labels"].take(some, ["record", "run"])
        mine = pc.equal(held["run"], run)
        places.append(folder.tables[table].places(held["record"].filter(mine).to_pylist()))
        numbers.append(some[mine.to_numpy()])
    at, number = np.concatenate(places), np.concatenate(numbers)
    at, number = at[::-1][at[::-1] >= 0], number[::-1][at[::-1] >= 0]
    unique, first = np.unique(at, return_index=True)  # the first behind each other from the end: the last answer
    return unique, number[first]


def _values(places: Whole, numbers: Whole, told: Told) -> Iterator[Values]:
    """Of those records that were answered about."""
    for start in range(0, len(places), BATCH):
        some = slice(start, start + BATCH)
        yield Values(places[some], told(numbers[some]))


def _of_all(places: Whole, numbers: Whole, told: Told, count: int) -> Iterator[Values]:
    """Of every record; null of one that was not answered about."""
    for start in range(0, count, BATCH):
        rows = np.arange(start, min(start + BATCH, count))
        low, high = np.searchsorted(places, [start, start + BATCH])
        back = np.full(len(rows), -1, np.int64)
        back[places[low:high] - start] = np.arange(high - low)
        yield Values(rows, told(numbers[low:high]).take(pa.array(back, mask=back < 0)))


def _told(folder: Folder, reading: Reading, done: Labelled, numbers: Whole) -> pa.RecordBatch:
    told = reading.told(folder.tables["labels"].pick(numbers, ["answer"])["answer"].to_pylist())
    done.take(told)
    return told
