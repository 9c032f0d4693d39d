"""Files in, Arrow batches out: `read` for documents, `records` for every field that holds text."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePath
from stat import S_ISDIR, S_ISREG

import pyarrow as pa

from personahub.errors import SourceError
from personahub.sources.base import UNREADABLE, Broken, File, Inflate, Pick, Reader, Record, as_it_is
from personahub.sources.compressed import gunzip, unzstd
from personahub.sources.delimited import read_csv, read_tsv
from personahub.sources.documents import RECORDS, TextColumn, all_fields, documents, every_column, grouped
from personahub.sources.files import find
from personahub.sources.hub_datasets import HUB, WEB, Dataset
from personahub.sources.json_objects import read_json, read_jsonl
from personahub.sources.parquet import read_parquet
from personahub.sources.plain import read_plain

__all__ = ["RECORDS", "Reading", "files", "read", "records"]

BATCH_ROWS = 1024
STDIN = "-"

Sources = Sequence[str | os.PathLike[str]]


def read(sources: Sources, *, text_column: str | None = None, batch_rows: int = BATCH_ROWS) -> "Reading":
    """Every document of these sources, in batches of schema DOCUMENTS.

    Args:
        sources: files, folders, globs, "-" for standard input, "hf:OWNER/NAME[/CONFIG][:SPLIT]", URLs.
        text_column: the column or field that is the text; found for each file where not given.

    Raises:
        SourceError: a source that is not there, or whose text column cannot be told; before the first batch,
            save for pipes.
    """

    def texts(file: File) -> Iterator[Record]:
        column = TextColumn(file.name, text_column)
        return map(column.of, _whole(file, column.pick))

    return Reading(files(sources), texts, documents, batch_rows)


def records(
    sources: Sources, *, form: Callable[[list[Record]], pa.RecordBatch] = all_fields, batch_rows: int = BATCH_ROWS
) -> "Reading":
    """Every record of these sources, in batches of schema RECORDS, or what `form` makes of at most `batch_rows`.

    Its column "fields" maps names to texts, and `pyarrow.compute.map_lookup(batch["fields"], name, "first")`
    is one of them; values that are no text are left out.

    Raises:
        SourceError: a source that is not there.
    """
    return Reading(files(sources), partial(_whole, pick=every_column), form, batch_rows)


class Reading:
    """Batches of at most `batch_rows` rows and some 16 million characters; each pass reads the files again."""

    def __init__(
        self,
        files: Sequence[File],
        read: Callable[[File], Iterator[Record]],
        form: Callable[[list[Record]], pa.RecordBatch],
        batch_rows: int,
    ) -> None:
        self._files = files
        self._read = read
        self._form = form
        self._batch_rows = batch_rows
        self._done = 0
        self._now: File | None = None
        sizes = [file.size for file in files if file.size is not None]
        self._total = sum(sizes) if len(sizes) == len(files) else 0
        # A column that is missing in the last file shall be told before the first is paid for.
        for file in files:
            if file.twice:
                next(read(file), None)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return map(self._form, grouped(self._records(), self._batch_rows))

    @property
    def share(self) -> float | None:
        """0.0 to 1.0 of the bytes that are read; None where their number is not known."""
        now = 0 if self._now is None else min(self._now.seen, self._now.size or 0)
        return (self._done + now) / self._total if self._total else None

    def _records(self) -> Iterator[Record]:
        self._done = 0
        for file in self._files:
            file.seen = 0
            self._now = file
            yield from self._read(file)
            self._now = None
            self._done += file.size or 0


def _whole(file: File, pick: Pick) -> Iterator[Record]:
    """The records of a file; one more with the reason where it breaks off."""
    number = 0
    try:
        for record in file.reader(file, pick):
            number = record.number
            yield record
    except Broken as broken:
        yield Record(file.name, number + 1, {}, broken.reject, broken.detail)
    except OSError as error:
        yield Record(file.name, number + 1, {}, UNREADABLE, error.strerror or str(error))


def files(sources: Sources) -> list[File]:
    """What the sources name, in their order, each file once however often it is named."""
    names = [sources] if isinstance(sources, str | os.PathLike) else sources
    found: dict[object, File] = {}
    for source in names:
        name = os.fspath(source)
        if name == STDIN:
            found.setdefault(name, File("-", 0, _read_either))
        elif name.startswith((HUB, *WEB)):
            dataset = Dataset(name)
            found.setdefault(name, File(dataset.name, name, dataset, twice=True))
        else:
            for path in find(name, lambda path: _kind(path) is not None):
                file, identity = _file(path)
                found.setdefault(identity, file)
    if not found:
        raise SourceError("no source is named; give files, folders, globs, or - for standard input")
    return list(found.values())


def _file(path: str) -> tuple[File, object]:
    """A file on the disk, and what tells it from others however it is reached."""
    # Arrow holds UTF-8 only, a file's name can be any bytes.
    name = os.fsencode(PurePath(path).as_posix()).decode(errors="replace")
    try:
        status = Path(path).stat()
    except OSError:
        return File(name, path, read_plain), path
    identity = status.st_dev, status.st_ino
    kind = _kind(path)
    if S_ISREG(status.st_mode) and kind is None:
        raise SourceError(
            f"{name} is of no kind that can be read: {', '.join(_READERS)}, and .gz or .zst of those with text"
        )
    reader, inflate = kind or (read_plain if S_ISDIR(status.st_mode) else _read_either, as_it_is)
    if not S_ISREG(status.st_mode):
        return File(name, path, reader, inflate), identity
    return File(name, path, reader, inflate, status.st_size, twice=reader is not read_plain), identity


def _read_either(file: File, pick: Pick) -> Iterator[Record]:
    """JSONL where the first line begins as an object does, else one document."""
    return (read_jsonl if file.first_line().startswith(b"{") else read_plain)(file, pick)


_READERS: dict[str, Reader] = {
    ".txt": read_plain,
    ".md": read_plain,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}
_INFLATES: dict[str, Inflate] = {".gz": gunzip, ".zst": unzstd}


def _kind(path: str) -> tuple[Reader, Inflate] | None:
    """How a file is read, by the end of its name."""
    name = PurePath(path.lower())
    inflate = _INFLATES.get(name.suffix)
    reader = _READERS.get(name.with_suffix("").suffix if inflate else name.suffix)
    if reader is None or (inflate and reader is read_parquet):
        return None
    return reader, inflate or as_it_is
