"""The file of a selection: its name, what it says of itself, and its records in batches."""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from personahub.errors import HubError, UsageError
from personahub.hub import Folder
from personahub.schema import TABLES

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


def check_selection(name: str) -> str:
    """The name in its normal form, if a selection can be called so: it is the name of a file.

    Raises UsageError where it cannot.
    """
    plain = unicodedata.normalize("NFC", name[: 4 * _NAME_BYTES])
    if not _NAME.fullmatch(plain) or len(plain.encode()) > _NAME_BYTES:
        raise UsageError(f"{name[:80]!r} is no name for a selection: up to 64 letters, digits, - and _")
    return plain


def path_of(folder: Folder, name: str) -> Path:
    return folder.path / SELECTIONS / f"{name}{ENDING}"


def names(folder: Folder) -> list[str]:
    """Of all selections, sorted."""
    place = folder.path / SELECTIONS
    files = place.iterdir() if place.is_dir() else ()
    return sorted(file.stem for file in files if file.suffix == ENDING and _NAME.fullmatch(file.stem))


def about(folder: Folder, name: str) -> About:
    """What a selection says of itself; none of its records is read.

    Raises UsageError where there is none of that name, HubError where its file is damaged.
    """
    name = check_selection(name)
    if not path_of(folder, name).exists():
        there = ", ".join(names(folder)[:10]) or "none"
        raise UsageError(f"there is no selection {name!r}; there are: {there}. 'personahub select --save' makes one")
    with _reading(folder, name) as file:
        told = orjson.loads((file.schema.metadata or {})[_TOLD])
        said = About(name, str(told["table"]), int(told["count"]), str(told["made"]), dict(told["how"]))
        if said.table not in TABLES or not file.schema.equals(_SCHEMA):
            raise ValueError(said.table)
    return said


def drafts(folder: Folder) -> list[Path]:
    """What a process that is gone was writing when it was killed."""
    found = [path for path in (folder.path / SELECTIONS).glob(f".*{ENDING}.*") if path.suffix[1:].isdecimal()]
    return [path for path in found if not _runs(int(path.suffix[1:]))]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def write(file: IO[bytes], folder: Folder, said: About, rows: Whole, scores: Scores | None) -> None:
    told = {"table": said.table, "count": said.count, "made": said.made, "how": said.how}
    schema = _SCHEMA.with_metadata({_TOLD: orjson.dumps(told)})
    with pa.ipc.new_file(file, schema) as writer:
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            held = pa.nulls(len(some), pa.float32())
            if scores is not None:
                held = pa.array(scores[start : start + _BATCH], pa.float32(), from_pandas=True)  # not a number is null
            ids = folder.tables[said.table].pick(some, ["id"])["id"].combine_chunks()
            writer.write_batch(pa.RecordBatch.from_arrays([pa.array(some, pa.int64()), ids, held], schema=schema))


def batches(folder: Folder, said: About) -> Iterator[pa.RecordBatch]:
    """Its records, in whole batches of columns row, id and score.

    Raises HubError where they are not as many as it says, or cannot be read.
    """
    with _reading(folder, said.name) as file:
        count = 0
        for number in range(file.num_record_batches):
            batch = file.get_batch(number)
            batch.validate(full=True)  # of a damaged file, numbers may point beyond its end
            if batch["row"].null_count or batch["id"].null_count:
                raise damaged(folder, said.name)
            count += len(batch)
            yield batch
        if count != said.count:
            raise damaged(folder, said.name)


@contextmanager
def _reading(folder: Folder, name: str) -> Iterator[pa.ipc.RecordBatchFileReader]:
    try:
        with pa.memory_map(str(path_of(folder, name))) as held, pa.ipc.open_file(held) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, name) from error


def damaged(folder: Folder, name: str) -> HubError:
    return HubError(
        f"the selection {path_of(folder, name)} is damaged; remove it and choose again: "
        f"personahub selections remove {folder.path} {name}"
    )
