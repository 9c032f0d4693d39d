"""Selections: records of a table that were chosen, saved by a name in the hub, so that any verb can work on them.

One file each, `selections/NAME.arrow`: of every record its row number, its id and, where there is one, a score, in the
order in which they were chosen, and how that was. A row number never changes, so records are read without a search;
the id beside it tells whether the record that stands there is still the one that was meant.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
import orjson
import pyarrow as pa

from personahub.errors import HubError, UsageError, failing
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.selections.file import SELECTIONS, batches, damaged, drafts, path_of, write
from personahub.selections.file import About as About
from personahub.selections.file import Scores as Scores
from personahub.selections.file import Whole as Whole
from personahub.selections.file import about as about
from personahub.selections.file import check_selection as check_selection
from personahub.selections.file import names as names


@dataclass(frozen=True)
class Selection:
    """Args:
    rows: their numbers in the table, in the order in which they were chosen; each once.
    scores: of each, not a number where it has none.
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
    said = About(name, table, len(rows), _now(), told)
    path = path_of(folder, name)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with failing(path):
        path.parent.mkdir(exist_ok=True)
        try:
            with draft.open("wb") as file:
                write(file, folder, said, rows, scores)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return said


def check_free(folder: Folder, name: str, table: str, told: Mapping[str, object]) -> str:
    """The name in its normal form, if what is chosen so can be saved by it; asked before a long choice.

    Raises UsageError where what has that name was chosen in another way, or how it was cannot be written down.
    """
    name = check_selection(name)
    try:
        how = orjson.loads(orjson.dumps(told))
    except TypeError as error:
        raise UsageError(
            f"how {name!r} was chosen cannot be written down ({error}); say it in whole characters"
        ) from error
    if path_of(folder, name).exists():
        there = about(folder, name)
        if (there.table, dict(there.how)) != (table, how):
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
    said = about(folder, name)
    if table not in (None, said.table):
        raise UsageError(f"selection {said.name!r} is of {said.table}, and {table} are wanted here")
    rows, scores = np.empty(said.count, np.int64), np.empty(said.count, np.float32)
    done = 0
    for batch in batches(folder, said):
        if done + len(batch) > said.count:
            raise damaged(folder, said.name)
        some = slice(done, done + len(batch))
        rows[some] = batch["row"].to_numpy()
        scores[some] = batch["score"].to_numpy(zero_copy_only=False)
        if not _there(folder, said.table, rows[some], batch["id"]):
            raise HubError(
                f"selection {said.name!r} no longer fits the hub: {said.table} are not those that it was chosen from; "
                f"remove it and choose again: personahub selections remove {folder.path} {said.name}"
            )
        done += len(batch)
    if len(np.unique(rows)) != len(rows):
        raise damaged(folder, said.name)
    return Selection(said, rows, scores)


def remove(folder: Folder, name: str) -> About | None:
    """Forget a selection; its records stay. None where its file was damaged.

    Raises UsageError where there is none of that name.
    """
    try:
        there = about(folder, name)
    except HubError:
        there = None
    with failing(path := path_of(folder, check_selection(name))):
        path.unlink(missing_ok=True)
    return there


def check(folder: Folder) -> Iterator[Finding]:
    """What is wrong with the selections of a hub. None is mended: nobody but who chose it can choose it again."""
    for name in names(folder):
        try:
            load(folder, name)
        except HubError as error:
            problem, _, cure = str(error).partition("; ")
            yield Finding(f"{SELECTIONS}/{name}", problem, cure)
    for path in drafts(folder):
        yield Finding(
            f"{SELECTIONS}/{path.name}",
            "it was cut off while it was written, and nothing reads it",
            "it may be removed",
            partial(path.unlink, missing_ok=True),
            harmless=True,
        )


def _there(folder: Folder, table: str, rows: Whole, ids: pa.Array) -> bool:
    """Whether these records stand at these rows."""
    if rows.min() < 0 or rows.max() >= folder.tables[table].count():
        return False
    return bool(folder.tables[table].pick(rows, ["id"])["id"].combine_chunks().equals(ids))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
