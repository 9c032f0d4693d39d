"""One search through files: a folder beside the output that holds what is done, and is gone when all is."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from personahub.dedup.against import Against, Others
from personahub.dedup.likeness import SCORES, Likeness, too_long
from personahub.dedup.rows import Fault, Kept, Rows, Scanned
from personahub.dedup.stands import Ids, Positions, going, shares
from personahub.errors import UsageError, failing
from personahub.sources.base import UNREADABLE, Broken, File
from personahub.store.lock import write_lock
from personahub.text import content_id

_JOB, _SCAN, _WHOLE = "job.json", "scan.json", "whole"
_TEXTS, _GOOD, _REJECTED = "texts.arrow", "good", "rejected.jsonl"
_TOLD = 512  # rows told of at one time: each maps the pages of two texts, and what the system reads around them
_SCHEMA = pa.schema([("text", pa.large_string()), ("number", pa.int64())])


@dataclass
class Scan:
    """What was read.

    Args:
        rows: of all files.
        count: those that have a text; their ids are their positions among them.
        firsts: the first id of each file.
        batches: the first id of each batch of texts.
        reasons: why others are set aside.
        long: texts that are not compared.
    """

    rows: int = 0
    count: int = 0
    firsts: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    long: int = 0


@dataclass
class Job:
    """Args:
    text: the field that is compared.
    dropped: where it is told what goes.
    others: the files whose runs of words no row may have.
    """

    files: list[File]
    rows: Rows
    likeness: Likeness
    text: str
    output: Path
    dropped: Path | None = None
    others: Others | None = None

    @property
    def work(self) -> Path:
        return self.output.with_name(f"{self.output.name}.work")

    @property
    def rejected(self) -> Path:
        """Where what is set aside is told in the end."""
        name = self.output.name.removesuffix(".gz").removesuffix(".zst")
        return self.output.with_name(f"{Path(name).stem}.rejected.jsonl")

    @cached_property
    def fingerprint(self) -> str:
        """Follows from the files, as far as their sizes and times tell, and from what is asked."""
        told = [self.text, str(self.dropped), *(f"{name}={value}" for name, value in self.likeness.told().items())]
        if self.others:
            told.append(f"overlap={self.others.overlap}")
        for file in [*self.files, *(file for file, _, _ in (self.others.files if self.others else ()))]:
            status = Path(str(file.path)).stat()
            told += [file.name, str(status.st_size), str(status.st_mtime_ns)]
        return content_id(*told)

    @property
    def is_whole(self) -> bool:
        """Whether a call of this job was cut off while its files took their names: those that are there are its own."""
        held = self.work / _JOB
        return (self.work / _WHOLE).exists() and held.exists() and held.read_bytes() == self._marked

    @contextmanager
    def working(self) -> Iterator[None]:
        """In the folder, alone; what is there of another job is cleared, and all of it at the end.

        Raises UsageError where a folder of that name is somebody else's.
        """
        held = self.work / _JOB
        if self.work.exists() and not held.exists() and any(self.work.iterdir()):
            raise UsageError(f"{self.work} is in the way and is no work of personahub; move it, or name another output")
        with failing(self.work):
            self.work.mkdir(exist_ok=True)
            if not held.exists():
                _put(held, b"{}")
            with write_lock(self.work / "lock"):
                if held.read_bytes() != self._marked:
                    self._clear()
                    _put(held, self._marked)
                yield
                shutil.rmtree(self.work)

    @property
    def _marked(self) -> bytes:
        return orjson.dumps({"job": self.fingerprint})

    def _clear(self) -> None:
        for path in self.work.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in (_JOB, "lock"):
                path.unlink()

    def scanned(self, tell: Callable[[int, float], None]) -> Scan:
        """Read all rows once, if that is not done: their texts to the disk, and what is wrong with others."""
        done = self.work / _SCAN
        if done.exists():
            told = orjson.loads(done.read_bytes())
            return Scan(**{**told, "reasons": Counter(told["reasons"])})
        scan, against = Scan(), Against(self.others) if self.others else None
        total = sum(file.size or 0 for file in self.files)
        before = 0
        with _Scanning(self, scan) as out:
            for file in self.files:
                scan.firsts.append(scan.count)
                for some in _to_the_end(self.rows.scan(file, self.text, self.likeness.field)):
                    out.put(file, against(some) if against else some)
                    tell(scan.rows, (before + min(file.seen, file.size or 0)) / max(total, 1))
                before += file.size or 0
        _put(done, orjson.dumps(vars(scan)))
        return scan

    def texts(self) -> Iterator[pa.Array]:
        with pa.OSFile(str(self.work / _TEXTS)) as raw, pa.ipc.open_file(raw) as held:
            for batch in range(held.num_record_batches):
                yield held.get_batch(batch)["text"]

    def good(self) -> npt.NDArray[np.bool_]:
        """For each row whether it has a text."""
        path = self.work / _GOOD
        return np.memmap(path, np.bool_, "r") if path.stat().st_size else np.empty(0, np.bool_)

    def write(self, keep: Kept, stands: Ids, scan: Scan) -> None:
        """The output, what was set aside and what goes, each under its own name when all are whole."""
        draft, told = self.work / self.output.name, self.work / "told.jsonl"
        self.rows.copy(self.files, keep, draft)
        moves = {draft: self.output}
        if self.dropped:
            beside = self.dropped.with_name(f"{self.dropped.name}.new")  # it may be on another disk
            with beside.open("wb") as file:
                for some, others in going(stands, _TOLD):
                    file.write(self._explained(some, others, scan))
            moves = {beside: self.dropped, **moves}
        (self.work / _WHOLE).touch()
        self.rejected.unlink(missing_ok=True)
        if scan.reasons:
            shutil.copyfile(self.work / _REJECTED, told)
            moves = {told: self.rejected, **moves}
        for source, target in moves.items():
            source.replace(target)

    def _explained(self, some: Positions, others: Positions, scan: Scan) -> bytes:
        """A line for each that goes."""
        left, right = self._at(some, scan), self._at(others, scan)
        alike = shares(left["text"], right["text"], self.likeness.ngram)
        columns = zip(
            *(self._places(ids, table, scan) for ids, table in ((some, left), (others, right))),
            alike.tolist(),
            strict=True,
        )
        told = (
            {"file": file, "row": row, "stays_file": other, "stays_row": stays, "similarity": round(similarity, 6)}
            for (file, row), (other, stays), similarity in columns
        )
        method = self.likeness.method
        return b"".join(orjson.dumps({**one, "method": method}, option=orjson.OPT_APPEND_NEWLINE) for one in told)

    def _places(self, ids: Positions, table: pa.Table, scan: Scan) -> Iterator[tuple[str, int]]:
        files = np.searchsorted(scan.firsts, ids, side="right") - 1
        return ((self.files[file].name, row) for file, row in zip(files, table["number"].to_pylist(), strict=True))

    def _at(self, ids: Positions, scan: Scan) -> pa.Table:
        """The texts and numbers of some rows: of the batches that hold them only what is asked for is read."""
        wanted, places = np.unique(ids, return_inverse=True)
        starts = np.array(scan.batches, np.int64)
        batches = np.searchsorted(starts, wanted, side="right") - 1
        taken = []
        with pa.memory_map(str(self.work / _TEXTS)) as raw, pa.ipc.open_file(raw) as held:
            for batch in np.unique(batches).tolist():
                inside = wanted[batches == batch] - starts[batch]
                taken.append(held.get_batch(batch).take(pa.array(inside)))
        return pa.Table.from_batches(taken).take(pa.array(places))


class _Scanning:
    """The files of a scan, while it is made."""

    def __init__(self, job: Job, scan: Scan) -> None:
        self._scan = scan
        self._scored = job.likeness if job.likeness.scored else None
        self._held = ExitStack()
        paths = (job.work / name for name in (_GOOD, SCORES, _REJECTED))
        self._good, self._scores, self._rejected = (self._held.enter_context(path.open("wb")) for path in paths)
        texts = self._held.enter_context(pa.OSFile(str(job.work / _TEXTS), "wb"))
        self._texts = self._held.enter_context(pa.ipc.new_file(texts, _SCHEMA))

    def __enter__(self) -> "_Scanning":
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def put(self, file: File, some: Scanned) -> None:
        scan, texts = self._scan, some.texts.cast(pa.large_string())
        self._good.write(some.good.tobytes())
        for fault in some.faults:
            told = {"file": file.name, "row": fault.number, "reason": fault.reason, "detail": fault.detail}
            self._rejected.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
            scan.reasons[fault.reason] += 1
        scan.rows += len(some.good) + (len(some.faults) if not len(some.good) else 0)
        if len(texts):
            scan.batches.append(scan.count)
            scan.count += len(texts)
            scan.long += too_long(texts)
            self._texts.write_batch(pa.RecordBatch.from_arrays([texts, pa.array(some.numbers)], schema=_SCHEMA))
            if self._scored:
                self._scores.write(self._scored.scores(texts, some.values).tobytes())


def _to_the_end(coming: Iterator[Scanned]) -> Iterator[Scanned]:
    """What can be read of a file; where it breaks off, a last fault that says so."""
    number = 0
    try:
        for some in coming:
            number = max([number, *some.numbers[-1:].tolist(), *(fault.number for fault in some.faults[-1:])])
            yield some
    except Broken as broken:
        yield _broken(Fault(number + 1, broken.reject, broken.detail))
    except OSError as error:
        yield _broken(Fault(number + 1, UNREADABLE, error.strerror or str(error)))


def _broken(fault: Fault) -> Scanned:
    return Scanned(pa.array([], pa.large_string()), np.empty(0, np.int64), None, np.empty(0, np.bool_), [fault])


def _put(path: Path, body: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(body)
    draft.replace(path)
