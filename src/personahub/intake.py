"""Documents in, texts out: cut to size, named by content, each taken once, the rest set aside with a reason."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally
from personahub.schema import DOCUMENTS, TEXTS
from personahub.store.ledger import Ledger
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.text import content_id, spans


@dataclass
class Intake:
    """One pass over documents; its tallies are whole when it is exhausted.

    Args:
        run: repeats are looked for within it, so that another model or template may ask about the same text again.
        max_chars: longest text, in characters; a longer document becomes several.
        position: how far the documents are read, 0.0 to 1.0, where that is known.
    """

    documents: Iterable[pa.RecordBatch]
    run: str
    max_chars: int
    ledger: Ledger
    rejected: Table
    position: Callable[[], float | None] = lambda: None
    tallies: dict[str, Tally] = field(default_factory=lambda: {"documents": Tally(), "texts": Tally()})
    _given: int = 0
    _marks: deque[tuple[int, float]] = field(default_factory=deque)
    _share: float | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in schema TEXTS, each text once."""
        for batch in self.documents:
            bad = pc.is_valid(batch["reject"])
            self._set_aside("documents", batch.filter(bad).select(DOCUMENTS.names), len(batch))
            if len(texts := self._unclaimed(self._cut(batch.filter(pc.invert(bad))))):
                self._given += len(texts)
                if (share := self.position()) is not None:
                    self._marks.append((self._given, share))
                yield texts

    def share(self, done: int) -> float | None:
        """How far the documents were read when the first `done` texts were given: reading runs ahead of asking."""
        while self._marks and self._marks[0][0] <= done:
            self._share = self._marks.popleft()[1]
        return self._share

    def _cut(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        cut = [
            (text[start:end], source, record, start, end)
            for text, source, record in zip(
                *(documents[n].to_pylist() for n in ("text", "source", "record")), strict=True
            )
            for start, end in spans(text, self.max_chars)
            if text[start:end].strip()
        ]
        text, source, record, start, end = zip(*cut, strict=True) if cut else ((), (), (), (), ())
        ids = [content_id(value) for value in text]
        return pa.RecordBatch.from_arrays([*map(pa.array, (ids, text, source, record, start, end))], TEXTS.names).cast(
            TEXTS
        )

    def _unclaimed(self, texts: pa.RecordBatch) -> pa.RecordBatch:
        """The texts whose content this run has not met at another place."""
        places = [
            f"{source}:{record}:{start}"
            for source, record, start in zip(
                *(texts[n].to_pylist() for n in ("source", "record", "start")), strict=True
            )
        ]
        first = self.ledger.claim(self.run, texts["id"].to_pylist(), places)
        repeat = [mine != theirs for mine, theirs in zip(places, first, strict=True)]
        count = sum(repeat)
        details = [theirs for again, theirs in zip(repeat, first, strict=True) if again]
        mask = pa.array(repeat, pa.bool_())
        gone = texts.filter(mask).select(["text", "source", "record"])
        gone = gone.append_column("reject", pa.array(["repeat"] * count, pa.string()))
        self._set_aside("texts", gone.append_column("detail", pa.array(details, pa.string())), len(texts))
        return texts.filter(pc.invert(mask))

    def _set_aside(self, table: str, gone: pa.RecordBatch, read: int) -> None:
        reasons = gone["reject"].to_pylist()
        places = [
            f"{source}:{record}"
            for source, record in zip(*(gone[n].to_pylist() for n in ("source", "record")), strict=True)
        ]
        details = gone["detail"].to_pylist()
        set_aside(self.rejected, self.run, table, places=places, reasons=reasons, details=details)
        counts = {str(pair["values"]): int(pair["counts"]) for pair in pc.value_counts(gone["reject"]).to_pylist()}
        self.tallies[table] += Tally(read, read - len(gone), counts)


def to_keep(texts: pa.RecordBatch, *, whole: bool) -> pa.Table:
    """What the table "texts" holds of a part: with the text itself, or only where it came from and its id."""
    rows = pa.Table.from_batches([texts])
    return rows if whole else rows.set_column(1, TEXTS.field("text"), pa.nulls(len(rows), pa.string()))
