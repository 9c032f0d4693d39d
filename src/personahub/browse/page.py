"""A page of records as plain values, one record with all that is known of it, and counts of all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from personahub import lineage
from personahub.browse.columns import Figures, Terms
from personahub.browse.rows import STATUS, VERDICT, Rows
from personahub.browse.view import BROWSED, Unusable, View
from personahub.errors import HubError, UsageError
from personahub.hub import Folder
from personahub.store.judged import PENDING, Judgement
from personahub.terms import Term, marks, terms

CUT = 20_000  # characters of a text on a page
WHOLE = 5_000_000  # of one in a record
_DIGITS = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Pages:
    """Pages of records as one reviewer sees them.

    Args:
        show: a judgement as JSON, by the columns of its record.
    """

    rows: Rows
    reviewer: str
    show: Callable[[Judgement, dict[str, Any]], dict[str, object]]

    def page(self, view: View, limit: int, cursor: str | None) -> dict[str, object]:
        """The records behind a cursor, with what the page needs to go on.

        Raises Unusable where the view or the cursor cannot be meant.
        """
        asked = _placed(cursor) + limit
        result = self.rows.of(view, self.reviewer, most=asked)
        first = _behind(result.rows, cursor)
        at = slice(first, first + limit)
        shown = result.rows[at]
        with_it = shown if result.reference is None else np.append(shown, result.reference)
        records = self.records(view, with_it, None if result.scores is None else result.scores[at])
        told: dict[str, object] = {
            "total": len(result),
            "exact": result.exact,
            "of": self.rows.columns[view.table].count,
            "more": first + limit < len(result),
            "cursor": f"{first + len(shown) - 1}:{int(shown[-1])}" if len(shown) else None,
            "notes": list(result.notes),
            "reference": records[len(shown)] if len(records) > len(shown) else None,
            "records": records[: len(shown)],
        }
        if not len(shown) and not first:
            told["empty"] = self._why(view)
        return told

    def records(self, view: View, rows: Any, scores: Any, *, most: int = CUT) -> list[dict[str, object]]:
        """Records by their row numbers, in that order; `scores` are of the first of them."""
        table = self.rows.folder.tables[view.table]
        names = table.stored.names
        held = table.pick(np.asarray(rows, np.int64), names).to_pylist()
        standing = self.rows.standing[view.table]
        ids = [row["id"] for row in held]
        standing.note(ids, [int(row) for row in rows])
        said = self._judgements(view.table, held)
        verdict, asked = standing.verdict(), _asked(view)
        fields = BROWSED[view.table] if view.field is None else (view.field,)
        found = []
        for place, row in enumerate(held):
            number = int(rows[place])
            dropped = str(verdict.values[verdict.codes[number]])
            one: dict[str, object] = {
                "id": row["id"],
                "row": number,
                "table": view.table,
                "task": row.get("task"),
                **_texts(row, BROWSED[view.table], most),
                "marks": _marked(row, fields, asked, most),
                "score": _number(scores, place, near=False, view=view),
                "cosine": _number(scores, place, near=True, view=view),
                "verdict": None if dropped == "kept" else dropped,
                "values": {name: _plain(row[name]) for name in names if name not in ("id", *BROWSED[view.table])},
                **said[row["id"]],
            }
            found.append(one)
        return found

    def record(self, table: str, digits: str) -> dict[str, object]:
        """One record with its lineage, verdicts, labels and judgements.

        Raises Unusable where there is none.
        """
        folder = self.rows.folder
        if table == "rejected":
            row = self.rows.standing[table].row(_whole(digits))
            if row < 0:
                raise Unusable(f"there is no record {digits} in {table}", "id")
            return {"record": self.records(View(table, show="all"), [row], None, most=WHOLE)[0], **_BARE}
        try:
            found = dict(lineage.show(folder, digits, 50).listed[0])
        except UsageError as error:
            raise Unusable(str(error), "id") from error
        if found["table"] != table:
            raise Unusable(f"{digits} is in {found['table']}, not in {table}", "table")
        name = str(found["record"]["id"])  # type: ignore[index]
        row = self.rows.standing[table].row(name)
        return {
            "record": self.records(View(table, show="all"), [row], None, most=WHOLE)[0],
            "columns": {key: _plain(value) for key, value in found["record"].items()},  # type: ignore[attr-defined]
            **{key: found[key] for key in ("dropped", "path", "children", "samples", "verdicts", "asked")},
            "labels": _labels(folder, name),
            "judgements": [self.show(one, dict(found["record"])) for one in folder.judgements.of(table, [name])],  # type: ignore[call-overload]
            "history": folder.judgements.history(table, name),
        }

    def counts(self, view: View, names: Sequence[str]) -> dict[str, object]:
        """How many records there are by each of some columns, each as if it had no filter itself."""
        counts = {}
        for name in names:
            column = self.rows.column(view.table, name, view.judged_by or self.reviewer)
            if column is None:
                raise Unusable(f"{name} is a text, which is not counted", "columns")
            counts[name] = column.counts(self.rows.flags(view, self.reviewer, without=name))
        return {"total": self.rows.total(view, self.reviewer), "counts": counts}

    def columns(self, table: str, task: str | None) -> list[dict[str, object]]:
        """What columns there are, what is in them, and how they can be filtered."""
        flags = self.rows.flags(View(table, task, show="all"), self.reviewer)
        stored, found = self.rows.folder.tables[table].stored, []
        for name in [*self.rows.columns[table].names(), VERDICT, STATUS]:
            column = self.rows.column(table, name, self.reviewer)
            kind = str(stored.field(name).type) if name in stored.names else "string"
            one: dict[str, object] = {"name": name, "type": kind}
            if isinstance(column, Terms):
                values = column.counts(flags)
                missing = next((value["count"] for value in values if value["value"] is None), 0)
                shown = [value for value in values if value["value"] is not None]
                one |= {"kind": "truth" if kind == "bool" else "terms", "distinct": len(column.values)}
                one |= {"values": shown, "missing": missing}
            elif isinstance(column, Figures):
                full = column.numbers[np.isfinite(column.numbers)]
                ends = {"least": float(full.min()), "most": float(full.max())} if len(full) else {}
                one |= {"kind": "number", "least": None, "most": None, **ends, "bins": column.counts(flags)}
                one |= {"missing": int(len(column.numbers) - len(full))}
            else:
                one |= {"kind": "text", "searchable": kind == "string" and name in BROWSED[table]}
            found.append(one | ({} if name in stored.names else {"made": True}))
        return found

    def _judgements(self, table: str, held: Sequence[dict[str, Any]]) -> dict[str, dict[str, object]]:
        ids = [row["id"] for row in held]
        by_id = dict(zip(ids, held, strict=True))
        submitted, discarded = self.rows.standing[table].votes()
        rows = self.rows.standing[table].rows(ids)
        found: dict[str, dict[str, object]] = {
            name: {"judgement": None, "judged": {"submitted": int(submitted[row]), "discarded": int(discarded[row])}}
            for name, row in zip(ids, rows.tolist(), strict=True)
        }
        for one in self.rows.folder.judgements.of(table, ids):
            if one.reviewer == self.reviewer:
                found[one.record]["judgement"] = self.show(one, by_id[one.record])
        return found

    def _why(self, view: View) -> dict[str, object]:
        """Why nothing is shown, and what could be left out."""
        names = self.rows.conditions(view, self.reviewer)
        drop = []
        for name in dict.fromkeys(names):
            flags = self.rows.flags(view, self.reviewer, without=name)
            total = self.rows.columns[view.table].count if flags is None else int(flags.sum())
            plain = name in ("query", "where", "show", "selection", "area", "task")
            if total:
                drop.append({"what": name if plain else f"filters.{name}", "total": total})
        pending = view.by_status and view.by_status.among == (PENDING,) and not view.by_status.out
        reason = "all_judged" if pending and any(one["what"] == "filters.status" for one in drop) else "no_hits"
        if not self.rows.columns[view.table].count:
            reason = "no_data"
        return {"reason": reason, "drop": drop}


def told(one: Judgement) -> dict[str, object]:
    """A judgement as JSON."""
    return {
        "status": one.status,
        "revision": one.revision,
        "answers": dict(one.answers),
        "reviewer": one.reviewer,
        "at": one.at,
    }


def utf16(text: str, spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Spans in characters as spans in UTF-16 units, as JavaScript counts."""
    if text.isascii():
        return [[start, end] for start, end in spans]
    wide = np.cumsum([0, *(1 + (ord(one) > 0xFFFF) for one in text)])
    return [[int(wide[start]), int(wide[end])] for start, end in spans]


def _behind(rows: Any, cursor: str | None) -> int:
    """The place behind the one that a cursor names, wherever its row stands now."""
    if cursor is None:
        return 0
    place, _, row = cursor.partition(":")
    if int(place) < len(rows) and rows[int(place)] == int(row):
        return int(place) + 1
    stands = np.flatnonzero(rows == int(row))
    if len(stands):
        return int(stands[0]) + 1
    # It left the set, as one that is judged leaves those that are pending: what came behind it moved up.
    ascending = len(rows) < 2 or bool((np.diff(rows) > 0).all())
    return int(np.searchsorted(rows, int(row))) if ascending else min(int(place), len(rows))


def _placed(cursor: str | None) -> int:
    """How many records stand before what is asked for, as the cursor says."""
    place, _, row = ("0:0" if cursor is None else cursor).partition(":")
    if not (_DIGITS.fullmatch(place) and _DIGITS.fullmatch(row)):
        raise Unusable("cursor is none that a page had", "cursor")
    return 0 if cursor is None else int(place) + 1


def _asked(view: View) -> tuple[Term, ...]:
    return terms(view.query) if view.query.strip() else ()


def _texts(row: Mapping[str, Any], fields: Sequence[str], most: int) -> dict[str, object]:
    texts = {name: row[name] or "" for name in fields}
    cut = {name: len(text) for name, text in texts.items() if len(text) > most}
    return {"texts": {name: text[:most] for name, text in texts.items()}, "cut": cut}


def _marked(row: Mapping[str, Any], fields: Sequence[str], asked: Sequence[Term], most: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in fields if asked else ():
        text = (row.get(name) or "")[:most]
        if isinstance(text, str) and (spans := marks(text, asked)):
            found[name] = utf16(text, spans)
    return found


def _number(scores: Any, place: int, *, near: bool, view: View) -> float | None:
    if scores is None or place >= len(scores) or (view.near is not None) != near:
        return None
    return round(float(scores[place]), 4)


def _plain(value: object) -> object:
    """Fit for JSON: a long text that is not shown is cut, a number that is none is null."""
    if isinstance(value, str):
        return value[:CUT]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _whole(digits: str) -> str:
    if len(digits) != 32 or any(one not in "0123456789abcdef" for one in digits):
        raise Unusable("id must be 32 hexadecimal digits", "id")
    return digits


def _labels(folder: Folder, name: str) -> list[dict[str, object]]:
    try:
        rows = folder.tables["labels"].first(f"record = '{name}'", 20).to_pylist()
    except HubError:
        return []
    return [{"run": row["run"], "model": row["model"], "answer": _read(row["answer"])} for row in rows]


def _read(answer: str) -> object:
    try:
        return orjson.loads(answer)
    except ValueError:
        return answer


_BARE: dict[str, object] = {
    **{name: [] for name in ("path", "verdicts", "labels", "judgements", "history")},
    **{name: {"count": 0, "listed": []} for name in ("children", "samples")},
    **dict.fromkeys(("columns", "dropped", "asked")),
}
