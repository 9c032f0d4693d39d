"""The records whose meaning is nearest to that of one, or of a text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from personahub.embedded import Embedded
from personahub.embedders.base import Embedder, Embedding, Remote, opened, used
from personahub.events import Progress, Report
from personahub.hub import Folder
from personahub.selections import Whole, check_free, load, save_rows
from personahub.similar.looking import Flags, Found, Looking, Opened, Seen
from personahub.similar.wanted import Wanted

_KEPT = 2  # conditions whose rows are remembered, a byte a record each
_SHOWN: dict[str, tuple[str, ...]] = {"samples": ("task", "description"), "texts": ("source",)}


@dataclass
class Similar:
    """Looks into one hub; what was opened for one question is there for the next.

    Args:
        embedders: by what was given for them; those that ask somebody else are opened for each question.
        fitting: rows that meet a condition, by table, its version and the condition.
    """

    folder: Folder
    opened: Opened = field(default_factory=dict)
    whole: Seen = field(default_factory=dict)
    embedders: dict[str, Embedder] = field(default_factory=dict)
    fitting: dict[tuple[str, int, str], Flags] = field(default_factory=dict)

    def find(self, wanted: Wanted, embedding: Embedding, progress: Progress) -> Report:
        """The nearest records, the nearest first, less that one itself and, unless all are wanted, what verdicts drop.

        Vectors that are missing are made before, and an index where there are many; while another process writes to
        the hub, what is there is looked through.

        Returns:
            a report whose `listed` has for each its id, its cosine and its text.

        Raises:
            UsageError: no such record, field, condition, selection or embedder, or a name to save by that is taken.
            ModelError: the embedder has no such model, or gives no usable vectors.
        """
        table = self.folder.tables[wanted.table]
        column = wanted.column(table.stored)
        condition = self.folder.condition(wanted.table, wanted.where)
        row = wanted.row(table)
        embedder = self._embedder(embedding)
        told = wanted.told(embedder.name)
        if wanted.save is not None:
            check_free(self.folder, wanted.save, wanted.table, told)
        chosen = load(self.folder, wanted.selection, wanted.table).rows if wanted.selection else None
        vectors = Embedded(self.folder, wanted.table, embedder, column)
        shown = list(dict.fromkeys(["id", *_SHOWN.get(wanted.table, ()), column]))
        looking = Looking(vectors, embedding, wanted, shown, self.opened, self.whole, progress)
        looking.complete()
        query = looking.query(row)
        found = looking.nearest(query, row, self._allowed(wanted.table, condition, chosen))
        saved: tuple[str, ...] = ()
        if wanted.save is not None:
            save_rows(self.folder, wanted.save, wanted.table, found.rows, told, scores=found.cosines)
            saved = (f"Saved as selection {wanted.save!r}: {len(found.rows):,} {wanted.table}.",)
        usage, said = used(looking.vectors.embedder)
        return Report(
            "similar", usage=usage, notes=(*looking.notes(found), *said, *saved), listed=tuple(_listed(found))
        )

    def _embedder(self, embedding: Embedding) -> Embedder:
        key = repr(sorted(embedding.items()))
        if key in self.embedders:
            return self.embedders[key]
        made = opened(embedding, folder=self.folder.path)
        if not isinstance(made, Remote):  # of those, what they may cost counts from their opening
            self.embedders[key] = made
        return made

    def _allowed(self, table: str, condition: str | None, chosen: Whole | None) -> Flags | None:
        """Which rows may be found; None for all."""
        fit = None if condition is None else self._fitting(table, condition)
        if chosen is None:
            return fit
        flags = np.zeros(self.folder.tables[table].count(), np.uint8)
        flags[chosen] = 1
        return flags if fit is None else flags & fit

    def _fitting(self, table: str, condition: str) -> Flags:
        held = self.folder.tables[table]
        key = (table, held.version, condition)
        if key not in self.fitting:
            while len(self.fitting) >= _KEPT:
                del self.fitting[next(iter(self.fitting))]
            flags = np.zeros(held.count(), np.uint8)
            flags[held.numbers(condition)] = 1
            self.fitting[key] = flags
        return self.fitting[key]


def _listed(found: Found) -> Iterator[Mapping[str, object]]:
    for record, cosine in zip(found.records.drop_columns("reject").to_pylist(), found.cosines.tolist(), strict=True):
        yield {"id": record.pop("id"), "cosine": round(cosine, 4), **record}
