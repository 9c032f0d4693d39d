"""Records of others in: personas, and samples with the personas they were written for, with all that came with them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally
from personahub.schema import IMPORTED, PERSONAS, SAMPLES
from personahub.store.ledger import Ledger
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.text import content_id, normal

ROWS = 8192  # at once: so many fill a fragment that is not joined again


@dataclass
class Import:
    """One pass over rows of sources; `tallies` and `new` grow as it goes.

    Args:
        task: what samples are filed under.
    """

    task: str
    ledger: Ledger
    tables: Mapping[str, Table]
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {"rows": Tally(), "personas": Tally(), "samples": Tally()}
    )
    new: Counter[str] = field(default_factory=Counter)

    def over(self, batches: Iterable[pa.RecordBatch], tell: Callable[[int], None]) -> None:
        """Take in every row, given in batches as `imports.rows.Rows` makes them; what is there is not added again."""
        for batch in batches:
            self._take(batch)
            tell(self.tallies["rows"].read)

    @property
    def run(self) -> str:
        return content_id("import", self.task)

    def _take(self, batch: pa.RecordBatch) -> None:
        rows = pa.Table.from_batches([batch])
        self._note("rows", rows, rows["reject"], rows["detail"])
        good = rows.filter(pc.is_null(rows["reject"])).combine_chunks()
        personas = pa.array(list(map(_persona_id, good["persona"].to_pylist())), pa.string())
        written = pc.is_valid(good["text"])
        self._add("personas", self._personas(good, personas, written))
        self._add("samples", self._samples(good.filter(written), personas.filter(written)))

    def _personas(self, good: pa.Table, ids: pa.Array, written: pa.Array) -> pa.Table:
        """What a row of a sample had besides stays with the sample; attributes are the persona's."""
        count = len(good)
        columns = {
            "id": ids,
            "text": good["persona"],
            "origin": pa.repeat("import", count),
            "source": good["source"],
            "hop": pa.repeat(0, count),
            "run": pa.repeat(self.run, count),
            "record": good["record"],
            "layout": pc.if_else(written, None, good["layout"]),
            "extra": pc.if_else(written, None, good["extra"]),
        }
        columns |= {name: good[name] for name in good.schema.names[good.schema.get_field_index("detail") + 1 :]}
        return _table(columns, PERSONAS)

    def _samples(self, good: pa.Table, personas: pa.Array) -> pa.Table:
        ids = [
            content_id(self.task, persona, text)
            for persona, text in zip(personas.to_pylist(), good["text"].to_pylist(), strict=True)
        ]
        count = len(good)
        columns = {
            "id": pa.array(ids, pa.string()),
            "task": pa.repeat(self.task, count),
            "persona_id": personas,
            "persona": good["persona"],
            "text": good["text"],
            "description": pc.fill_null(good["description"], ""),
            "run": pa.repeat(self.run, count),
            **{name: good[name] for name in IMPORTED.names},
        }
        return _table(columns, SAMPLES)

    def _add(self, name: str, rows: pa.Table) -> None:
        """Append what is not there; a row whose content another place has brought is a repeat."""
        first, held = self._brought(name, rows)
        repeat = pc.if_else(pc.is_valid(first), "repeat", None)
        self._note(name, rows, repeat, first)
        fresh = rows.filter(pc.and_(pc.is_null(first), pc.invert(held)))
        self.tables[name].append(fresh)
        self.new[name] += len(fresh)

    def _brought(self, name: str, rows: pa.Table) -> tuple[pa.Array, pa.Array]:
        """For each row the other place that brought its content before, or null; and whether the table has it."""
        ids = rows["id"].combine_chunks().dictionary_encode()
        codes = ids.indices.to_numpy()
        _, firsts = np.unique(codes, return_index=True)
        places = _places(rows)
        brought = places.take(pa.array(firsts)).to_pylist()  # by code
        distinct = ids.dictionary.to_pylist()
        held = self._held(name, distinct)
        unsure = [code for code, one in enumerate(distinct) if one in held and held[one] is None]
        claimed = self.ledger.claim(
            content_id(self.run, name), [distinct[code] for code in unsure], [brought[code] for code in unsure]
        )
        first = {
            **{code: held[one] for code, one in enumerate(distinct) if one in held},
            **dict(zip(unsure, claimed, strict=True)),
        }
        for code, place in first.items():
            brought[code] = place
        by_row = pa.array(brought, pa.string()).take(ids.indices)
        there = pa.array([one in held for one in distinct], pa.bool_()).take(ids.indices)
        return pc.if_else(pc.equal(by_row, places), None, by_row), there

    def _held(self, name: str, ids: list[str]) -> dict[str, str | None]:
        """Those of these ids that the table has, with the place that brought each; None where that is not known, or was
        for another run.
        """
        table = self.tables[name]
        known = [column for column in ("source", "record") if column in table.columns.names]
        found = table.lookup(ids, ["id", "run", *known])
        if len(known) < 2:
            return dict.fromkeys(found["id"].to_pylist())
        mine = pc.if_else(pc.equal(found["run"], self.run), _places(found), None)
        return dict(zip(found["id"].to_pylist(), mine.to_pylist(), strict=True))

    def _note(self, name: str, rows: pa.Table, reject: pa.Array, detail: pa.Array) -> None:
        """Count what came, and set aside what has a reason; the second of two that repeat each other stays out."""
        gone = pc.is_valid(reject)
        reasons = reject.filter(gone).to_pylist()
        places = _places(rows.filter(gone)).to_pylist()
        details = detail.filter(gone).to_pylist()
        set_aside(self.tables["rejected"], self.run, name, places=places, reasons=reasons, details=details)
        self.tallies[name] += Tally(len(rows), len(rows) - len(reasons), Counter(reasons))


def _persona_id(text: str) -> str:
    return content_id(normal(text))


def _places(rows: pa.Table) -> pa.Array:
    """file:record of each row, or null where it has none."""
    joined = pc.binary_join_element_wise(rows["source"], pc.cast(rows["record"], pa.string()), ":")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _table(columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """In the schema, null where nothing is given, and behind it what it does not have."""
    count = len(columns["id"])
    whole = {one.name: columns.get(one.name, pa.nulls(count)) for one in schema} | columns
    table = pa.table(whole)
    return table.cast(pa.schema([schema.field(one.name) if one.name in schema.names else one for one in table.schema]))
