"""Why records are dropped: by the current verdicts of runs, by people, and for the sake of what they were made of."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from personahub.store.drops import Drops
from personahub.store.judgements import Judgements
from personahub.store.ledger import Ledger
from personahub.store.reviewed import DISCARDED, PERSONA_DISCARDED, Reviewed
from personahub.store.table import Table

REVIEW = "review"  # the kind of verdicts that people give; they are in the judgements, and those of runs beside them
ARRIVED = {"duplicate": "copy", "meaning": "echo"}  # what is told of records as they come, until all are compared
KINDS = {
    "personas": ("quality", *ARRIVED, *ARRIVED.values(), REVIEW),
    "samples": (*ARRIVED, *ARRIVED.values(), REVIEW, "verify", "same_name", "agreement", "judgement"),
    "solutions": ("verify",),
    "texts": ("duplicate", "meaning"),
}
MADE_OF = {"samples": "persona_id", "solutions": "record"}  # the column that says what a record was made of
PERSONA_DROPPED, SAMPLE_DROPPED = "persona_dropped", "sample_dropped"


class Reasons:
    """Of the records of a hub, as they are now."""

    def __init__(self, ledger: Ledger, tables: Mapping[str, Table], judgements: Judgements) -> None:
        self._ledger, self._tables = ledger, tables
        self._reviewed = {name: Reviewed(judgements, name) for name in KINDS}
        self._drops: dict[tuple[str, tuple[str, ...]], tuple[object, Drops]] = {}  # of which version, and by which runs

    def families(self, table: str) -> dict[str, tuple[str, ...]]:
        """By kind, the run of the current verdicts and those that it stands on, the newest first."""
        heads = {kind: self._ledger.head(f"{table}/{kind}") for kind in KINDS.get(table, ())}
        return {kind: self._ledger.family(run) for kind, run in heads.items() if run}

    def of(self, table: str, rows: pa.RecordBatch, ignoring: Sequence[str]) -> pa.Array:
        """Why each is dropped, or null.

        Args:
            rows: with `id`, and the column of MADE_OF.
            ignoring: kinds of verdicts that do not count; for REVIEW, those on what they were made of neither.
        """
        own, above = self._own(table, rows["id"], ignoring), REVIEW if REVIEW in ignoring else ""
        if table == "samples":
            return pc.coalesce(own, self._of_personas(rows[MADE_OF[table]], above))
        if table == "solutions":
            return pc.coalesce(own, self._of_samples(rows[MADE_OF[table]], above))
        return own

    def _own(self, table: str, ids: pa.Array, ignoring: Sequence[str]) -> pa.Array:
        if table == "rejected":
            mended = self._ledger.mended(ids.to_pylist())
            return pa.array(["mended" if name in mended else None for name in ids.to_pylist()], pa.string())
        reasons = self._by_runs(table, ids, ignoring)
        return reasons if REVIEW in ignoring or table not in KINDS else self._reviewed[table].reasons(ids, reasons)

    def _of_personas(self, ids: pa.Array, ignored: str) -> pa.Array:
        """Why a sample of each of these personas is dropped for its sake, or null."""
        reject = self._own("personas", ids, (ignored,))
        by_people = pc.fill_null(pc.equal(reject, DISCARDED), False)
        return pc.if_else(pc.is_valid(reject), pc.if_else(by_people, PERSONA_DISCARDED, PERSONA_DROPPED), None)

    def _of_samples(self, ids: pa.Array, ignored: str) -> pa.Array:
        """Why a solution of each of these samples is dropped for its sake, or null."""
        held = self._tables["samples"].lookup(pc.unique(ids).to_pylist(), ["id", "persona_id"]).combine_chunks()
        people = held["persona_id"].take(pc.index_in(ids, held["id"].combine_chunks())).combine_chunks()
        reject = pc.coalesce(self._own("samples", ids, (ignored,)), self._own("personas", people, (ignored,)))
        return pc.if_else(pc.is_valid(reject), SAMPLE_DROPPED, None)

    def _by_runs(self, table: str, ids: pa.Array, ignoring: Sequence[str]) -> pa.Array:
        runs = {kind: family for kind, family in self.families(table).items() if kind not in ignoring}
        if not runs or not len(ids):
            return pa.nulls(len(ids), pa.string())
        book, without = self._tables["verdicts"], tuple(ignoring)
        key = (book.version, *runs.items())
        held = self._drops.get((table, without))
        if held is None or held[0] != key:
            held = self._drops[table, without] = (key, Drops(book, runs))
        return held[1].reasons(ids)
