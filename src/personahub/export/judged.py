"""What people said of records, put beside them as they go out: one field with the answers, and corrections in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import pyarrow as pa
import pyarrow.compute as pc

from personahub.export.layouts import Out
from personahub.hub import Folder
from personahub.store.judged import SUBMITTED, Judgement

JUDGEMENT = "judgement"  # the field
REVIEWERS = "reviewers"
DEFAULT = {"rating": ("rating", "text"), "correction": ("correction", "text"), "feedback": ("text", "text")}

_SPAN = pa.struct([("first", pa.int64()), ("last", pa.int64()), ("label", pa.string())])
_TYPES = {
    "rating": pa.float64(),
    "choice": pa.string(),
    "choices": pa.list_(pa.string()),
    "text": pa.string(),
    "correction": pa.string(),
    "spans": pa.list_(_SPAN),
}


@dataclass(frozen=True)
class Judged:
    """Args:
    kinds: of each question its kind and the field that it is about.
    """

    folder: Folder
    table: str
    kinds: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, folder: Folder, table: str) -> "Judged | None":
        """None where nobody judged anything of a table."""
        if not folder.judgements.counts(table):
            return None
        kinds = dict(DEFAULT)
        for asked in folder.judgements.settings(f"questions/{table}/"):
            for one in asked if isinstance(asked, list) else ():
                kinds[one["name"]] = (one["kind"], one.get("field", "text"))
        return cls(folder, table, kinds)

    def answers(self, ids: Sequence[str]) -> list[dict[str, object] | None]:
        """Of each record what was submitted: the mean of ratings, else what was said last; None where nothing was."""
        said: dict[str, list[Judgement]] = {}
        for one in self.folder.judgements.of(self.table, ids):
            if one.status == SUBMITTED:
                said.setdefault(one.record, []).append(one)
        return [self._joined(said[name]) if name in said else None for name in ids]

    def corrected(self, rows: pa.RecordBatch, answers: Sequence[Mapping[str, object] | None]) -> pa.RecordBatch:
        """The same records with corrections in place of what they correct."""
        for name, (kind, field) in self.kinds.items():
            if kind == "correction" and field in rows.schema.names:
                new = pa.array([one.get(name) if one else None for one in answers], pa.string())
                held = pc.coalesce(new, rows[field])
                rows = rows.set_column(rows.schema.get_field_index(field), rows.schema.field(field), held)
        return rows

    def beside(self, out: Out, answers: Sequence[Mapping[str, object] | None]) -> Out:
        """The records with a field for what was said of them."""
        if isinstance(out, list):
            return [{**row, JUDGEMENT: one} if one else row for row, one in zip(out, answers, strict=True)]
        kind = pa.struct([(name, _TYPES[kind]) for name, (kind, _) in self.kinds.items()])
        kind = pa.struct([pa.field(REVIEWERS, pa.list_(pa.string())), *kind])
        return out.append_column(JUDGEMENT, pa.array(answers, kind))

    def _joined(self, said: Sequence[Judgement]) -> dict[str, object]:
        found: dict[str, object] = {REVIEWERS: sorted(one.reviewer for one in said)}
        for name, (kind, _) in self.kinds.items():
            given = [one for one in sorted(said, key=lambda one: one.at) if name in one.answers]
            if given and kind == "rating":
                found[name] = fmean(float(str(one.answers[name])) for one in given)
            elif given:
                found[name] = given[-1].answers[name]
        return found
