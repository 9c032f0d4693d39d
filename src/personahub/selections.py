"""Selections: records of a table that were chosen, saved by a name in the hub, so that any verb can work on them.

One file each, `selections/NAME.arrow`: of every record its row number, its id and, where there is one, a score, in the
order in which they were chosen, and how that was. A row number never changes, so records are read without a search;
the id beside it tells whether the record that stands there is still the one that was meant.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from personahub.errors import HubError, UsageError, failing
from personahub.hub import Folder
from personahub.schema import TABLES
from personahub.text import normal

SELECTIONS = "selections"  # a folder of the hub
ENDING = ".arrow"

Whole = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

_NAME = re.compile(r"\w[\w-]{0,63}")
_NAME_BYTES = 200  # a file system takes 255, and a draft has a longer name
_BATCH = 8_192  # records that are written, or checked, at one time
_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("score", pa.float32()),
    ]
)
_TOLD = b"personahub"  # the key of what is told of it, in the file's metadata


@dataclass(frozen=True)
class About:
    """What a selection says of itself.

    Args:
        table: of which its records are.
        count: how many records it has.
        made: when, in UTC, in the form of ISO 8601.
        how: how they were chosen, as plain fields.
    """

    name: str
    table: str
    count: int
    made: str
    how: Mapping[str, object]


@dataclass(frozen=True)
class Selection:
    """Args:
    rows: their numbers in the table, in the order in which they were chosen; each once.
    scores: float32 for each, not a number where it has none; what they mean is in `about.how`.
    """

    about: About
    rows: Whole
    scores: Scores

    @property
    def name(self) -> str:
        return self.about.name

    @property
    def table(self) -> str:
        return self.about.table

    def __len__(self) -> int:
        return len(self.rows)


def check_selection(name: str) -> str:
    """The name in its normal form, if a selection can be called so: it is the name of a file.

    Raises UsageError where it cannot.
    """
    plain = normal(name[: 4 * _NAME_BYTES])
    if not _NAME.fullmatch(plain) or len(plain.encode()) > _NAME_BYTES:
        raise UsageError(f"{name[:80]!r} is no name for a selection: up to 64 letters, digits, - and _")
    return plain


def save(
    folder: Folder,
    name: str,
    table: str,
    ids: Sequence[str],
    told: Mapping[str, object],
    *,
    scores: Scores | None = None,
) -> About:
    """Keep records by their ids; see `save_rows`.

    Raises HubError where the table has no record of such an id.
    """
    rows = folder.tables[table].places(ids)
    if (rows < 0).any():
        raise HubError(f"{table} has no record {ids[int(np.argmin(rows))]}; it cannot be in a selection")
    return save_rows(folder, name, table, rows, told, scores=scores)


def save_rows(
    folder: Folder,
    name: str,
    table: str,
    rows: Whole,
    told: Mapping[str, object],
    *,
    scores: Scores | None = None,
) -> About:
    """Keep records by their row numbers, in one step: whole, or as it was before. It needs no write lock.

    Args:
        rows: in the order in which they were chosen; each once.
        told: how they were chosen, as plain fields; a selection of the same name that was chosen in the same way is
            replaced.
        scores: of each, in the order of the rows.

    Raises:
        UsageError: it cannot be called so, or what is called so was chosen in another way.
        HubError: the disk does not take it.
    """
    name = check_free(folder, name, table, told)
    about = About(name, table, len(rows), _now(), told)
    path = _path(folder, name)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with failing(path):
        path.parent.mkdir(exist_ok=True)
        try:
            with draft.open("wb") as file:
                _write(file, folder, about, rows, scores)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        place = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    return about


def check_free(folder: Folder, name: str, table: str, told: Mapping[str, object]) -> str:
    """The name in its normal form, if what is chosen so can be saved under it; asked before a long choice.

    Raises UsageError where what has that name was chosen in another way.
    """
    name = check_selection(name)
    if _path(folder, name).exists():
        there = about(folder, name)
        if (there.table, dict(there.how)) != (table, _plain(told)):
            raise UsageError(
                f"there is a selection {name!r} of {there.table} already, chosen otherwise; take another name, or "
                f"remove it: personahub selections remove {folder.path} {name}"
            )
    return name


def load(folder: Folder, name: str, table: str | None = None) -> Selection:
    """A selection, each record of it looked at: it costs 12 bytes of memory a record, and reading their ids.

    Args:
        table: of which it must be.

    Raises:
        UsageError: there is none of that name, or it is of another table.
        HubError: its file is damaged, or a record is no longer where it was.
    """
    name = check_selection(name)
    said = about(folder, name)
    if table not in (None, said.table):
        raise UsageError(f"selection {name!r} is of {said.table}, and {table} are wanted here")
    rows, scores = np.empty(said.count, np.int64), np.empty(said.count, np.float32)
    done = 0
    for batch in _batches(folder, name):
        some = slice(done, done + len(batch))
        rows[some] = batch["row"].to_numpy()
        scores[some] = batch["score"].to_numpy(zero_copy_only=False)
        _check_there(folder, said, rows[some], batch["id"])
        done += len(batch)
    if done != said.count or len(np.unique(rows)) != done:
        raise _damaged(folder, name)
    return Selection(said, rows, scores)


def about(folder: Folder, name: str) -> About:
    """What a selection says of itself; none of its records is read.

    Raises UsageError where there is none of that name, HubError where its file is damaged.
    """
    name = check_selection(name)
    if not _path(folder, name).exists():
        there = ", ".join(names(folder)[:10]) or "none"
        raise UsageError(f"there is no selection {name!r}; there are: {there}. 'personahub select --save' makes one")
    with _reading(folder, name) as file:
        told = orjson.loads((file.schema.metadata or {})[_TOLD])
        said = About(name, str(told["table"]), int(told["count"]), str(told["made"]), dict(told["how"]))
        if said.table not in TABLES or not file.schema.equals(_SCHEMA):
            raise ValueError(said.table)
    return said


def names(folder: Folder) -> list[str]:
    """Of all selections, sorted."""
    place = folder.path / SELECTIONS
    files = place.iterdir() if place.is_dir() else ()
    return sorted(file.stem for file in files if file.suffix == ENDING and _NAME.fullmatch(file.stem))


def remove(folder: Folder, name: str) -> About | None:
    """Forget a selection; its records stay. None where its file was damaged.

    Raises UsageError where there is none of that name.
    """
    try:
        there = about(folder, name)
    except HubError:
        there = None
    with failing(path := _path(folder, check_selection(name))):
        path.unlink(missing_ok=True)
    return there


def _path(folder: Folder, name: str) -> Path:
    return folder.path / SELECTIONS / f"{name}{ENDING}"


def _write(file: object, folder: Folder, about: About, rows: Whole, scores: Scores | None) -> None:
    told = {"table": about.table, "count": about.count, "made": about.made, "how": about.how}
    schema = _SCHEMA.with_metadata({_TOLD: orjson.dumps(told)})
    with pa.ipc.new_file(file, schema) as writer:
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            held = pa.nulls(len(some), pa.float32())
            if scores is not None:
                held = pa.array(scores[start : start + _BATCH], pa.float32(), from_pandas=True)  # not a number is null
            ids = folder.tables[about.table].pick(some, ["id"])["id"].combine_chunks()
            writer.write_batch(pa.RecordBatch.from_arrays([pa.array(some, pa.int64()), ids, held], schema=schema))


def _batches(folder: Folder, name: str) -> Iterator[pa.RecordBatch]:
    with _reading(folder, name) as file:
        for number in range(file.num_record_batches):
            yield file.get_batch(number)


@contextmanager
def _reading(folder: Folder, name: str) -> Iterator[pa.ipc.RecordBatchFileReader]:
    try:
        with pa.memory_map(str(_path(folder, name))) as held, pa.ipc.open_file(held) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, name) from error


def _check_there(folder: Folder, said: About, rows: Whole, ids: pa.Array) -> None:
    table = folder.tables[said.table]
    if (
        (rows < 0).any()
        or (rows >= table.count()).any()
        or not table.pick(rows, ["id"])["id"].combine_chunks().equals(ids)
    ):
        raise HubError(
            f"selection {said.name!r} no longer fits the hub: {said.table} are not those that it was chosen from; "
            f"remove it and choose again: personahub selections remove {folder.path} {said.name}"
        )


def _damaged(folder: Folder, name: str) -> HubError:
    return HubError(
        f"the selection {_path(folder, name)} is damaged; remove it and choose again: "
        f"personahub selections remove {folder.path} {name}"
    )


def _plain(told: Mapping[str, object]) -> object:
    """As it comes back from a file."""
    return orjson.loads(orjson.dumps(told))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
