"""What a survey of a table saw, for the next one, which then reads what came later."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.dedup.clusters import WORDS
from personahub.dedup.marks import Marks
from personahub.dedup.names import BLOCK
from personahub.dedup.noted import Noting, noted
from personahub.hub import Folder
from personahub.reasons import ARRIVED, REVIEW
from personahub.store.pieces import Pieces, pieces, same
from personahub.text import content_id

_NAME = 16  # bytes
_WORD = 8
_LOOKED_UP = 1 << 16  # verdicts whose records are looked up; where more are new, all records are read


@dataclass(frozen=True)
class Seen:
    """Args:
    marks: which rows are compared.
    chain: names of whole blocks of these.
    digests: names of some first ones.
    judged: the runs of other verdicts that counted.
    table: the files of the table.
    book: those of the verdicts.
    """

    marks: Marks
    chain: list[bytes]
    digests: Mapping[int, str]
    judged: Mapping[str, list[str]]
    table: Pieces
    book: Pieces

    @classmethod
    def at(cls, path: Path) -> "Seen | None":
        """None where it is not there, or not as it was written."""
        held = noted(path)
        if held is None:
            return None
        told, body = held
        marks, chain, rest = np.split(np.asarray(body), np.cumsum([told["marks"] * _WORD, told["chain"] * _NAME]))
        digests, judged, table, book = orjson.loads(rest[: told["rest"]].tobytes())
        names = [chain[start : start + _NAME].tobytes() for start in range(0, len(chain), _NAME)]
        known = {int(count): str(name) for count, name in digests.items()}
        return cls(Marks(marks.view("<u8")), names, known, judged, table, book)

    def keep(self, path: Path) -> None:
        digests = {str(count): name for count, name in self.digests.items()}
        rest = orjson.dumps([digests, self.judged, self.table, self.book])
        chain = b"".join(self.chain)
        with Noting(path) as out:
            for part in (self.marks.words.tobytes(), chain, rest):
                out.add(np.frombuffer(part, np.uint8))
            told = {"marks": len(self.marks.words), "chain": len(self.chain), "rest": len(rest)}
            out.close(told)

    def blocks(self, folder: Folder, table: str) -> int:
        """How many blocks of those that are compared are surely as they were."""
        if self.judged != judged(folder, table):
            return 0
        rows = min(same(self.table, pieces(folder.tables[table])), self._touched(folder, table))
        return min(self.marks.among(min(rows, _WORD * 8 * len(self.marks.words))) // BLOCK, len(self.chain))

    def _touched(self, folder: Folder, table: str) -> int:
        """The first row that a verdict is on which was not there; beyond the last where none is."""
        book, runs = folder.tables["verdicts"], {run for family in self.judged.values() for run in family}
        last = _WORD * 8 * len(self.marks.words)
        if not runs:
            return last
        ids: list[str] = []
        for batch in book.scan(["id", "table", "run"], start=same(self.book, pieces(book))):
            said = batch.filter(pc.is_in(batch["run"], pa.array(sorted(runs), pa.string())))
            if pc.any(pc.not_equal(said["table"], table)).as_py() or len(ids) > _LOOKED_UP:
                return 0
            ids += said["id"].to_pylist()
        rows = folder.tables[table].places(ids)
        rows = rows[(rows >= 0) & (rows < last)]
        return int(rows[self.marks.held(rows)].min(initial=last))


def judged(folder: Folder, table: str) -> dict[str, list[str]]:
    """The runs of all verdicts that say whether a record is compared, and a name of what people discarded."""
    told = (WORDS, *ARRIVED.values())  # by words themselves, and as records came
    counted = {f"{table}/{kind}": runs for kind, runs in folder.families(table).items() if kind not in told}
    if table == "samples":
        counted |= {f"personas/{kind}": runs for kind, runs in folder.families("personas").items()}
    said = {name: list(runs) for name, runs in counted.items()}
    for name in ("samples", "personas") if table == "samples" else (table,):
        if gone := folder.judgements.dropped(name)[0]:
            said[f"{name}/{REVIEW}"] = [content_id(*sorted(gone))]
    return said
