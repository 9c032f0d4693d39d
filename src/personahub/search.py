"""Records that have certain words: the best first, with what stands where, and counts of all of them by column."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub import selections
from personahub.errors import HubBusy, UsageError
from personahub.events import Progress, Report, Step
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.schema import field
from personahub.store.words import Asked, Hits, Words
from personahub.terms import BEGINNING, Term, marks, terms

FRESH_ROWS = 1000  # that the index does not hold are read at each search: a few milliseconds
LEFT_ROWS = 20_000  # where another process writes, so many are read; for more, an index beside the hub is made
MOST_WORDS = 200  # that a beginning stands for: more take longer than the reading of all texts would
TEXTS = {"personas": ("text",), "samples": ("persona", "text", "description"), "texts": ("text",)}
WORDS = "words"  # a folder of the hub
COUNTED = 30  # values of a column that are told, the most frequent


@dataclass(frozen=True)
class Sought:
    """Args:
    field: where the words are looked for, as people call it; None for every field of text.
    facets: columns by whose values all hits are counted.
    dropped: those that verdicts drop are hits too.
    selection: only its records are hits.
    """

    table: str = "personas"
    field: str | None = None
    where: str | None = None
    facets: Sequence[str] = ()
    limit: int = 20
    dropped: bool = False
    selection: str | None = None


def search(folder: Folder, query: str, wanted: Sought, save: str | None, progress: Progress) -> Report:
    """Nothing is written but the index, where the hub's lock is free, and the selection.

    Args:
        save: name of a selection that is made of the hits that are shown.

    Returns:
        a report whose `listed` has for each hit its `score`, `id`, the fields that were searched, and as `marks` by
        field where the words stand: [first character, the one behind the last].

    Raises:
        UsageError: a query, field or condition that cannot be meant, or no such selection.
    """
    asked, named = terms(query), folder.tables[wanted.table].stored.names
    columns = _columns(wanted, folder)
    facets = [field(wanted.table, name, named) for name in wanted.facets]
    where = folder.condition(wanted.table, wanted.where)
    told = {"by": "search", "query": query, "field": wanted.field, "where": wanted.where, "limit": wanted.limit}
    told |= {"selection": wanted.selection} if wanted.selection else {}
    chosen = selections.load(folder, wanted.selection, wanted.table).rows if wanted.selection else None
    if save is not None:
        save = selections.check_free(folder, save, wanted.table, {**told, "dropped": wanted.dropped})
    if not folder.tables[wanted.table].count():
        return Report("search", notes=(f"The hub has no {wanted.table} yet.",))
    with _ready(folder, wanted.table, columns, progress) as words:
        some, notes = _expanded(folder, words, wanted.table, columns, asked, progress)
        looked = _Looked(folder, wanted, columns, facets, progress)
        hits = looked.over(partial(_found, words, Asked(asked, columns, some, where), chosen))
    if save is not None and len(hits.rows):
        about = {**told, "dropped": wanted.dropped}
        selections.save_rows(folder, save, wanted.table, hits.rows, about, scores=hits.scores)
        notes = (*notes, f"Saved as the selection {save}.")
    listed = tuple(
        _row(row, score, columns, asked) for row, score in zip(looked.shown, hits.scores.tolist(), strict=True)
    )
    if not listed:
        of = f" of the selection {wanted.selection}" if wanted.selection else ""
        notes = (*notes, f"No {wanted.table}{of} have all of it. nurs* finds words that begin so.")
    elif not hits.all:
        notes = (*notes, f"There are more than these {len(listed):,}: --limit.")
    return Report("search", counts=looked.counts, listed=listed, notes=notes)


def found(
    folder: Folder, wanted: Sought, query: str, most: int | None, progress: Progress
) -> tuple[Hits, tuple[str, ...]]:
    """The best hits whatever verdicts say, and what is to be told of them.

    Args:
        most: how many; None for all.

    Raises UsageError for a query or field that cannot be meant.
    """
    asked, columns, table = terms(query), _columns(wanted, folder), wanted.table
    count = folder.tables[table].count()
    if not count:
        return Hits(np.empty(0, np.int64), np.empty(0, np.float32), all=True), ()
    with _ready(folder, table, columns, progress) as words:
        some, notes = _expanded(folder, words, table, columns, asked, progress)
        return words.find(Asked(asked, columns, some), most or count), notes


def behind(folder: Folder, table: str, field_: str | None) -> bool:
    """Whether a search would make an index first that takes long.

    Raises UsageError for a field that cannot be meant.
    """
    words, columns = folder.words[table], _columns(Sought(table, field_), folder)
    if folder.tables[table].count() <= LEFT_ROWS:
        return False
    left = [words.left(column) for column in columns]
    return any(rows is None or rows > LEFT_ROWS for rows in left)


def _found(words: Words, asked: Asked, chosen: npt.NDArray[np.int64] | None, most: int) -> Hits:
    """The best so many, less those of them that were not chosen."""
    hits = words.find(asked, most)
    if chosen is None:
        return hits
    kept = np.isin(hits.rows, chosen)
    return Hits(hits.rows[kept], hits.scores[kept], hits.all)


class _Looked:
    """A search less what verdicts drop."""

    def __init__(
        self, folder: Folder, wanted: Sought, columns: Sequence[str], facets: Sequence[str], progress: Progress
    ) -> None:
        self._folder, self._wanted, self._columns, self._facets = folder, wanted, columns, facets
        self._progress = progress
        self.shown: list[dict[str, object]] = []
        self.counts: dict[str, Mapping[str, int]] = {}

    def over(self, found: Callable[[int], Hits]) -> Hits:
        """As many hits as are wanted: more and more are asked for until so many are left."""
        limit = self._wanted.limit
        if self._facets:
            return self._counted(found(self._folder.tables[self._wanted.table].count()))
        ask = limit
        while True:
            hits = found(ask)
            rows = self._read(hits.rows)
            kept = self._fine(rows)
            if hits.all or len(kept) >= limit:
                break
            ask *= 4
        first = kept[:limit]
        self.shown = rows.take(pa.array(first)).to_pylist()
        return Hits(hits.rows[first], hits.scores[first], hits.all and len(kept) <= limit)

    def _counted(self, hits: Hits) -> Hits:
        """All hits are looked at, and counted by what is in the columns."""
        table, tallies = self._wanted.table, {name: Counter[str]() for name in self._facets}
        kept, seen = [], 0
        for batch in self._folder.judged(table, self._facets, rows=hits.rows):
            here = self._fine(batch)
            kept.append(here + seen)
            seen += len(batch)
            self._progress(Step("search", "hits", seen, len(hits.rows)))
            for name in self._facets:
                values = batch[name].take(pa.array(here))
                for value in pc.value_counts(_flat(values)).to_pylist():
                    tallies[name]["none" if value["values"] is None else str(value["values"])] += value["counts"]
        places = np.concatenate([np.empty(0, np.int64), *kept])
        self.counts = {"hits": {table: len(places)}}
        self.counts |= {f"hits by {name}": dict(tally.most_common(COUNTED)) for name, tally in tallies.items()}
        first = places[: self._wanted.limit]
        self.shown = self._read(hits.rows[first]).to_pylist()
        return Hits(hits.rows[first], hits.scores[first], hits.all and len(first) == len(places))

    def _fine(self, rows: pa.Table | pa.RecordBatch) -> npt.NDArray[np.int64]:
        """The places of those that count."""
        return np.flatnonzero(self._wanted.dropped | pc.is_null(rows["reject"]).to_numpy(zero_copy_only=False))

    def _read(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        """What is shown of these rows, and why they are dropped, in their order."""
        names = list(dict.fromkeys(["id", *self._columns]))
        stored = self._folder.tables[self._wanted.table].stored
        schema = pa.schema([*(stored.field(name) for name in names), pa.field("reject", pa.string())])
        batches = [
            pa.table(batch.columns, schema=schema)
            for batch in self._folder.judged(self._wanted.table, names, rows=rows)
        ]
        return pa.concat_tables([schema.empty_table(), *batches])


def _flat(values: pa.Array) -> pa.Array:
    """Of lists, what is in them: a record with three interests counts for each."""
    return pc.list_flatten(values) if pa.types.is_list(values.type) else values


def _row(row: Mapping[str, object], score: float, columns: Sequence[str], asked: Sequence[Term]) -> dict[str, object]:
    texts = {name: str(row[name]) for name in columns if row[name] is not None}
    found = {name: marks(text, asked) for name, text in texts.items()}
    dropped = {"dropped": row["reject"]} if row["reject"] else {}
    return {
        "score": round(score, 4),
        "id": row["id"],
        **dropped,
        **texts,
        "marks": {k: v for k, v in found.items() if v},
    }


def _columns(wanted: Sought, folder: Folder) -> tuple[str, ...]:
    if wanted.field is None:
        return TEXTS[wanted.table]
    stored = folder.tables[wanted.table].stored
    column = field(wanted.table, wanted.field, stored.names)
    if not pa.types.is_string(stored.field(column).type):
        raise UsageError(f'{column} holds no text to search in; --where "{column} = ..." is for it')
    return (column,)


def check(folder: Folder) -> Iterator[Finding]:
    """Counts of words that cannot be read; they would be made again, without a word."""
    for file in sorted((folder.path / WORDS).glob("*.arrow")):
        try:
            with pa.memory_map(str(file)) as source:
                pa.ipc.open_file(source).read_all().validate(full=True)
        except (OSError, pa.ArrowInvalid):
            cure = "it may be removed, and is made again when it is needed"
            yield Finding(f"{WORDS}/{file.name}", "it cannot be read", cure, file.unlink)


@contextmanager
def _ready(folder: Folder, table: str, columns: Sequence[str], progress: Progress) -> Iterator[Words]:
    """The table with indexes that are not far behind: those of the hub, or of this search where another one writes."""
    words = folder.words[table]
    left = {column: words.left(column) for column in columns}
    if all(rows is not None and rows <= FRESH_ROWS for rows in left.values()):
        yield words
        return
    behind = [column for column, rows in left.items() if rows is None or rows > FRESH_ROWS]
    try:
        with folder.writing():
            _index(words.apart(), behind, progress)
    except (HubBusy, PermissionError):
        if any(rows is None or rows > LEFT_ROWS for rows in left.values()):
            with TemporaryDirectory() as scratch:
                beside = words.beside(Path(scratch))
                _index(beside, columns, progress)
                yield beside
            return
    yield words


def _index(words: Words, columns: Sequence[str], progress: Progress) -> None:
    total = words.rows
    for number, column in enumerate(columns):
        words.index(column, partial(_tell, progress, total * number, total * len(columns)))


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(Step("index", "rows", before + rows, total))


def _expanded(
    folder: Folder, words: Words, table: str, columns: Sequence[str], asked: Sequence[Term], progress: Progress
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """For each beginning the words that begin so, and what is to be told of them."""
    starts = [one.said for term in asked for one in term.each if one.kind == BEGINNING]
    if not starts:
        return {}, ()
    from personahub.store.vocabulary import beginning  # noqa: PLC0415 - half a second for its compiler

    some: dict[str, list[str]] = {}
    notes = []
    for start in starts:
        found: dict[str, None] = {}
        for column in columns:
            tell = partial(_tell_words, progress, words.rows)
            found |= dict.fromkeys(
                beginning(folder.path / WORDS / f"{table}.{column}.arrow", words, column, start, tell)
            )
        some[start] = list(found)[:MOST_WORDS]
        if len(found) > MOST_WORDS:
            notes.append(f"{start}* begins {len(found):,} words; the {MOST_WORDS} most frequent were looked for.")
    return some, tuple(notes)


def _tell_words(progress: Progress, total: int, rows: int) -> None:
    progress(Step("words", "rows", rows, total))
