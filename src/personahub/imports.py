"""Released PERSONA HUB rows in: personas, and samples with the personas they were written for, as they stand."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import SourceError
from personahub.events import Tally
from personahub.schema import PERSONAS, SAMPLES
from personahub.store.ledger import Ledger
from personahub.store.rejected import set_aside
from personahub.store.table import Table
from personahub.text import content_id, normal

PERSONA_FIELDS = ("input persona", "persona")
TEXT_FIELD = "synthesized text"
DESCRIPTION_FIELD = "description"


@dataclass
class Import:
    """One pass over records of sources; `tallies` and `new` grow as it goes.

    Args:
        task: what samples are filed under.
        persona_field: the field that holds the persona; found among PERSONA_FIELDS for None.
    """

    task: str
    persona_field: str | None
    ledger: Ledger
    tables: Mapping[str, Table]
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {"rows": Tally(), "personas": Tally(), "samples": Tally()}
    )
    new: Counter[str] = field(default_factory=Counter)

    def over(self, batches: Iterable[pa.RecordBatch], tell: Callable[[int], None]) -> None:
        """Take in every record; what is there already is not added again.

        Raises:
            SourceError: the first batch has no persona in any record.
        """
        for batch in batches:
            self._take(batch)
            tell(self.tallies["rows"].read)

    @property
    def run(self) -> str:
        return content_id("import", self.task)

    def _take(self, batch: pa.RecordBatch) -> None:
        persona = self._persona(batch)
        missing = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(persona), ""), True)
        reject = pc.coalesce(batch["reject"], pc.if_else(missing, "no_persona", None))
        places = [f"{a}:{b}" for a, b in zip(batch["source"].to_pylist(), batch["record"].to_pylist(), strict=True)]
        bad = pc.is_valid(reject)
        self._note("rows", places, reject, batch["detail"])
        good = batch.filter(pc.invert(bad))
        where = [place for place, gone in zip(places, bad.to_pylist(), strict=True) if not gone]
        texts = persona.filter(pc.invert(bad)).to_pylist()
        ids = [content_id(normal(text)) for text in texts]
        self._add("personas", self._personas(ids, texts, good["source"].to_pylist()), where)
        self._add_samples(good, ids, texts, where)

    def _persona(self, batch: pa.RecordBatch) -> pa.Array:
        names = (self.persona_field,) if self.persona_field else PERSONA_FIELDS
        found = pc.coalesce(*(_field(batch, name) for name in names))
        if not self.tallies["rows"].kept and batch["reject"].null_count and found.null_count == len(batch):
            there = sorted({name for row in batch["fields"].to_pylist() for name, _ in row or ()})
            raise SourceError(
                f"{batch['source'][0]} has no field {' or '.join(map(repr, names))}; "
                f"it has {', '.join(there) or 'none'}; name one with --persona-column"
            )
        return found

    def _personas(self, ids: list[str], texts: list[str], sources: list[str]) -> pa.Table:
        count = len(ids)
        columns = {
            "id": ids,
            "text": texts,
            "origin": ["import"] * count,
            "source": sources,
            "relation": pa.nulls(count),
            "hop": [0] * count,
            "template": pa.nulls(count),
            "model": pa.nulls(count),
            "run": [self.run] * count,
        }
        return pa.table(columns).cast(PERSONAS)

    def _add_samples(self, good: pa.RecordBatch, ids: list[str], personas: list[str], places: list[str]) -> None:
        text = _field(good, TEXT_FIELD)
        has = pc.is_valid(text).to_pylist()
        rows = [
            {
                "id": content_id(self.task, persona_id, sample),
                "task": self.task,
                "persona_id": persona_id,
                "persona": persona,
                "text": sample,
                "description": description or "",
                "run": self.run,
            }
            for persona_id, persona, sample, description in zip(
                ids, personas, text.to_pylist(), _field(good, DESCRIPTION_FIELD).to_pylist(), strict=True
            )
            if sample is not None
        ]
        where = [place for place, there in zip(places, has, strict=True) if there]
        self._add("samples", pa.Table.from_pylist(rows, SAMPLES), where)

    def _add(self, name: str, rows: pa.Table, places: list[str]) -> None:
        """Append what is not there; a row whose content another place has brought is a repeat."""
        ids = rows["id"].to_pylist()
        first = self.ledger.claim(content_id(self.run, name), ids, places)
        repeat = pa.array([mine != theirs for mine, theirs in zip(places, first, strict=True)], pa.bool_())
        self._note(name, places, pc.if_else(repeat, "repeat", None), pa.array(first, pa.string()))
        table = self.tables[name]
        held = table.lookup(ids, ["id"])["id"].combine_chunks()
        fresh = rows.filter(pc.and_(pc.invert(repeat), pc.invert(pc.is_in(rows["id"], held))))
        table.append(fresh)
        self.new[name] += len(fresh)

    def _note(self, name: str, places: list[str], reject: pa.Array, detail: pa.Array) -> None:
        gone = [row for row in zip(places, reject.to_pylist(), detail.to_pylist(), strict=True) if row[1]]
        where, reasons, details = map(list, zip(*gone, strict=True)) if gone else ([], [], [])
        set_aside(self.tables["rejected"], self.run, name, places=where, reasons=reasons, details=details)
        self.tallies[name] += Tally(len(places), len(places) - len(gone), Counter(reasons))


def _field(batch: pa.RecordBatch, name: str) -> pa.Array:
    return pc.map_lookup(batch["fields"], name, "first")
