"""Near duplicates of files, without a hub: what is kept goes to a file, in its order and as it was."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from time import monotonic
from typing import Unpack

import numpy as np
import numpy.typing as npt

from personahub.dedup.against import Others
from personahub.dedup.columns import ParquetRows
from personahub.dedup.job import Job
from personahub.dedup.likeness import LONGEST, MEMORY, READINGS, Likeness, Limits, Nearness, prepare
from personahub.dedup.lines import JsonLines
from personahub.dedup.rows import Rows
from personahub.dedup.stands import Ids
from personahub.errors import SourceError, UsageError
from personahub.events import Progress, Report, Step, Tally, silent
from personahub.sources import files as found
from personahub.sources.base import Broken, Columns, File
from personahub.sources.documents import TextColumn
from personahub.sources.json_objects import read_json, read_jsonl
from personahub.sources.parquet import read_parquet
from personahub.verbs import verb

REASON = "near_duplicate"

_PASSES = READINGS + 2  # over all rows: they are scanned, compared and written
_PACKED = (".gz", ".zst")


def dedup_files(  # noqa: PLR0913 - its keywords are the options of the verb
    sources: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    output: str | PathLike[str],
    field: str | None = None,
    dropped: str | PathLike[str] | None = None,
    against: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    against_field: str | None = None,
    overlap: int = 13,
    overwrite: bool = False,
    memory_limit: str = "2GB",
    disk_limit: str | None = None,
    progress: Progress = silent,
    **near: Unpack[Nearness],
) -> Report:
    """Write the rows of JSONL or Parquet files less near duplicates; lines byte for byte, Parquet in its schema.

    What cannot be compared (a broken line, a row without a text) is set aside in NAME.rejected.jsonl, with its place
    and the reason. A call that was cut off goes on where it was; its files lie in OUTPUT.work, and take as much disk
    as the texts do and what the comparison needs.

    Args:
        field: the field or column that is the text; found where not given.
        dropped: a JSONL file for what goes: its place, that of the row which stays instead, and the similarity.
        against: files, such as a test set, of which no row may have `overlap` words in a row: those are set aside.

    Raises:
        UsageError: options that cannot be meant, or a file in the way.
        SourceError: a source that is not there, is of another kind, or whose text cannot be told.
        HubError: the disk failed or was full; HubBusy: another process is at the same output.
    """
    given: dict[str, object] = {
        "sources": sources,
        "output": output,
        "field": field,
        "dropped": dropped,
        "overwrite": overwrite,
    }
    given |= {"against": against, "against_field": against_field, "overlap": overlap}
    verb("dedup-files").check({**given, **near, "memory_limit": memory_limit, "disk_limit": disk_limit})
    start = monotonic()
    likeness, limits = Likeness(**near), Limits.of(memory_limit, disk_limit)
    files = _files(sources)
    rows, out, gone = _rows(files), Path(output), Path(dropped) if dropped else None
    text = _text(files, rows, field, likeness)
    others = _others(_files(against), against_field, overlap, limits.memory or MEMORY) if against else None
    if others and any(_is_same(file, other) for file in files for other, _, _ in others.files):
        raise UsageError(f"{files[0].name} cannot be compared against itself; name other files with --against")
    job = Job(files, rows, likeness, text, out, gone, others)
    _check_outputs(files, rows, [out, job.rejected, *([gone] if gone else [])], overwrite=overwrite or job.is_whole)
    prepare(lambda state: progress(Step("dedup", "rows", 0, state=state)))
    with job.working():
        report = _done(job, limits, progress)
    return replace(report, seconds=monotonic() - start)


def _done(job: Job, limits: Limits, progress: Progress) -> Report:
    from personahub.dedup.search import Search  # noqa: PLC0415 - a third of a second for its compiler

    scan = job.scanned(lambda rows, share: progress(Step("dedup", "rows", rows // _PASSES, None, share / _PASSES)))

    def tell(rows: int) -> None:
        progress(Step("dedup", "rows", (scan.count + rows) // _PASSES, scan.count))

    job.likeness = job.likeness.settled(job.texts)  # its name is by what was asked
    stands = Search(job.likeness, limits)(job.texts, scan.count, job.work, job.fingerprint, tell)
    keep = _Keep(job.good(), stands, lambda rows: tell(READINGS * scan.count + rows))
    job.write(keep, stands, scan)
    reasons = Counter(scan.reasons)
    if keep.gone:
        reasons[REASON] = keep.gone
    tally = Tally(scan.rows, scan.rows - reasons.total(), reasons)
    notes = list(job.likeness.notes)
    if scan.reasons:
        notes.append(f"What is set aside is in {job.rejected}, each with its place and the reason.")
    if scan.long:
        notes.append(f"{scan.long:,} texts above {LONGEST:,} bytes were compared with none; they are kept.")
    return Report("dedup", {"rows": tally}, output=str(job.output), notes=tuple(notes))


@dataclass
class _Keep:
    """Says of the rows that come next which are written, and tells how many have come; `gone` counts what is alike."""

    good: npt.NDArray[np.bool_]
    stands: Ids
    tell: Callable[[int], None]
    row: int = 0
    id: int = 0
    gone: int = 0

    def __call__(self, rows: int) -> npt.NDArray[np.bool_]:
        keep = np.array(self.good[self.row : self.row + rows])
        if len(keep) < rows:
            raise SourceError("the files changed while they were compared; run the same command again")
        ids = np.arange(self.id, self.id + np.count_nonzero(keep))
        stays = self.stands[self.id : self.id + len(ids)] == ids
        keep[keep] = stays
        self.row, self.id = self.row + rows, self.id + len(ids)
        self.gone += len(ids) - int(np.count_nonzero(stays))
        self.tell(self.id)
        return keep


def _files(sources: str | PathLike[str] | Sequence[str | PathLike[str]]) -> list[File]:
    return found([sources] if isinstance(sources, str | PathLike) else sources)


def _others(files: list[File], asked: str | None, overlap: int, memory: int) -> Others:
    rows = _rows(files)
    columns = _columns(files, rows, TextColumn("", asked, option="--against-field (against_field=)"))
    return Others(tuple((file, rows, name) for file, name, _ in columns), overlap, memory)


def _columns(files: list[File], rows: Rows, column: TextColumn) -> list[tuple[File, str, Columns]]:
    """Of each file the name of the text, and all there are; files without any row, or that cannot be read, apart."""
    found = []
    why = rows.nothing
    for file in files:
        try:
            columns = rows.columns(file)
        except (Broken, OSError) as error:
            why = error.detail if isinstance(error, Broken) else error.strerror or str(error)
            continue
        if columns:
            column.source = file.name
            column.pick(columns)
            found.append((file, column.name, columns))
    if not found:
        raise SourceError(f"{files[0].name}: {why}")
    return found


def _rows(files: list[File]) -> Rows:
    """How they are read; SourceError where they are not all of one kind."""
    kinds: dict[object, Rows] = {read_jsonl: JsonLines(), read_json: JsonLines(), read_parquet: ParquetRows()}
    read = []
    for file in files:
        if file.reader not in kinds or file.size is None:
            raise SourceError(f"{file.name} is no file of JSON lines or Parquet; those can be rid of near duplicates")
        read.append(kinds[file.reader])
    if len({type(one) for one in read}) > 1:
        raise SourceError("the sources are JSON lines and Parquet; give files of one kind at a time")
    return read[0]


def _check_outputs(files: list[File], rows: Rows, outputs: list[Path], *, overwrite: bool) -> None:
    packed = outputs[0].with_suffix("") if outputs[0].suffix in _PACKED else outputs[0]
    wanted = rows.suffixes
    if packed.suffix not in wanted or (packed != outputs[0] and ".parquet" in wanted):
        raise UsageError(f"output {str(outputs[0])!r} must end in {' or '.join(wanted)}, as the sources are such files")
    for path in outputs:
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise UsageError(f"{path} cannot be written: it is a folder, or stands in one that is not there")
        if not path.exists():
            continue
        if any(path.samefile(str(file.path)) for file in files):
            raise UsageError(f"{path} is one of the sources; name another file")
        if not overwrite:
            raise UsageError(f"{path} is there already; name another file, or write over it with --overwrite")


def _is_same(one: File, two: File) -> bool:
    return Path(str(one.path)).samefile(str(two.path))


def _text(files: list[File], rows: Rows, asked: str | None, likeness: Likeness) -> str:
    """The field of all files that is the text: the same in each."""
    rows.check(files)
    found = _columns(files, rows, TextColumn("", asked, option="--field (field=)"))
    for file, name, columns in found:
        if name != found[0][1]:
            raise SourceError(f"{file.name}: its text is {name!r}, and {found[0][1]!r} that of {found[0][0].name}")
        if likeness.field and likeness.field not in columns:
            raise SourceError(f"{file.name} has no {likeness.field!r} to tell the best by; it has {_listed(columns)}")
    if likeness.field == found[0][1]:
        raise UsageError(f"by is {likeness.by!r}, which is the text; name a field with a number")
    return found[0][1]


def _listed(columns: Columns) -> str:
    return ", ".join(map(repr, columns))
