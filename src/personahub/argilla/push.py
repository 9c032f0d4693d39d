"""Kept records to a dataset of Argilla, with what is asked about them and what was said of them here.

Records are named by their ids, so that sending them again changes them and doubles none. A call that was cut off goes
on behind what it sent, as long as nothing in the hub is otherwise meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from personahub.argilla.answers import here, there
from personahub.argilla.base import ACTION, Answered, Dataset, Plan, Record, Refused, Response
from personahub.argilla.client import BATCH, Server
from personahub.argilla.plan import check, fields, plan
from personahub.argilla.rows import columns, records, turns
from personahub.argilla.standing import BOTH, SAME, THEIRS, State, met, newer, state
from personahub.argilla.vectors import Vectors
from personahub.errors import PersonahubError
from personahub.events import Tally
from personahub.export.chosen import Chosen
from personahub.hub import Folder
from personahub.review.questions import Question, Unanswerable, overlap, questions
from personahub.store.judged import SKIPPED, Judgement

NO_USER = "no_user"  # why a judgement is not sent: the server has nobody of that name
NO_ANSWER = "answer_missing"  # an answer that Argilla needs
ANSWERED_THERE = "answered_there"  # it was answered otherwise there, and not pulled yet
SKIPPED_HERE = "skipped"
REFUSED = "refused_by_server"


@dataclass
class Pushed:
    """Args:
    records: there are, are sent, and are not, by reason; judgements on those that were sent so too.
    refused: what the server said of the first record that it did not take.
    before: records that an earlier call had sent.
    """

    records: Tally = field(default_factory=Tally)
    judgements: Tally = field(default_factory=Tally)
    refused: str = ""
    strangers: set[str] = field(default_factory=set)
    before: int = 0


@dataclass(frozen=True)
class Push:
    """Args:
    vectors: of a field, that go with the records.
    """

    folder: Folder
    chosen: Chosen
    vectors: Vectors | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        table = self.chosen.table
        return questions(self.folder.judgements, table, None if table == "personas" else self.chosen.what)[0]

    def planned(self, there: Dataset | None = None) -> tuple[Plan, list[str]]:
        """What the dataset is made of, and sentences on what cannot be.

        Args:
            there: the dataset where there is one, whose fields that hold conversations stay so.

        Raises UsageError where nothing can be asked.
        """
        table = self.chosen.table
        chat = self._chat() if there is None else [name for name, kind in there.fields.items() if kind == "chat"]
        sizes = {self.vectors.field: self.vectors.dim} if self.vectors else None
        stored = self.folder.tables[table].stored
        wanted, odd = plan(table, stored, self.questions, chat=chat, vectors=sizes)
        return replace(wanted, overlap=overlap(self.folder.judgements)), odd

    def first(self, wanted: Plan, count: int) -> list[Record]:
        """The first records, as they would be sent."""
        for kept, _ in self._read(wanted):
            if len(kept):
                return records(wanted, kept.slice(0, count), {}, 0)
        return []

    def send(self, server: Server, name: str, tell: Callable[[int], None]) -> tuple[Pushed, list[str]]:
        """Make the dataset where there is none of that name, and send the records.

        Raises:
            UsageError: a dataset of that name is another one, or the key may not do it.
            PersonahubError: the server does not answer; what it has stays.
        """
        dataset = server.find(name)
        wanted, odd = self.planned(dataset)
        said: dict[str, Answered] = {}
        if dataset is None:
            dataset = server.make(name, wanted)
        else:
            check(dataset, wanted)
            said = {one.id: one for _, some in server.answered(dataset) for one in some}
        sending = _Sending(self.folder, self.chosen.table, server, dataset, wanted, said)
        mark = _Mark(self.folder, f"argilla/{dataset.id}", self._digest())
        read = 0
        for kept, dropped in self._read(wanted):
            mark.put(read)
            sending.pushed.records += Tally(len(kept)) + dropped
            if read < mark.rows:
                sending.pushed.before += len(kept)
                sending.pushed.records += Tally(0, len(kept))
            elif len(kept):
                sending.send(kept, self._vectors(wanted, kept))
            read += len(kept) + dropped.read
            tell(read)
        mark.end()
        return sending.pushed, odd

    def _read(self, wanted: Plan) -> Iterator[tuple[pa.RecordBatch, Tally]]:
        """The kept records, those of so many rows at a time that one request takes them, and those that are dropped."""
        stored = self.folder.tables[self.chosen.table].stored.names
        batches = self.chosen.judged(self.folder, [name for name in columns(wanted) if name in stored])
        for some in (batch.slice(start, BATCH) for batch in batches for start in range(0, len(batch), BATCH)):
            kept = some.filter(pc.is_null(some["reject"]))
            gone = Counter(some["reject"].drop_null().to_pylist())
            yield kept, Tally(gone.total(), 0, gone)

    def _vectors(self, wanted: Plan, rows: pa.RecordBatch) -> Mapping[str, Sequence[Any]]:
        if self.vectors is None:
            return {}
        return {name: self.vectors.of(rows["id"].to_pylist()) for name in wanted.vectors}

    def _chat(self) -> list[str]:
        """The columns whose first kept values are all conversations."""
        names = [one.column for one in fields(self.chosen.table)]
        for batch in self.chosen.judged(self.folder, names):
            kept = batch.filter(pc.is_null(batch["reject"])).slice(0, BATCH)
            if len(kept):
                return [name for name in names if all(turns(text) for text in kept[name].to_pylist())]
        return []

    def _digest(self) -> str:
        """Of all that decides what is sent."""
        chosen, tables = self.chosen, self.folder.tables
        rows = chosen.rows(self.folder)
        told = [
            *(chosen.what, chosen.where, None if rows is None else blake2b(rows.tobytes()).hexdigest()),
            *([table, tables[table].version, self.folder.current(table)] for table in ("personas", chosen.table)),
            *([one.told() for one in self.questions], self.folder.judgements.last),
            self.vectors.state if self.vectors else None,
        ]
        return blake2b(orjson.dumps(told, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


@dataclass
class _Sending:
    """Args:
    said: by record what was said of it there before.
    """

    folder: Folder
    table: str
    server: Server
    dataset: Dataset
    plan: Plan
    said: Mapping[str, Answered]
    pushed: Pushed = field(default_factory=Pushed)

    def send(self, rows: pa.RecordBatch, vectors: Mapping[str, Sequence[Any]]) -> None:
        judgements = self.folder.judgements
        action = judgements.last  # before the judgements are read: what comes later counts as unsent
        made = records(self.plan, rows, vectors, action)
        held: dict[str, list[Judgement]] = {}
        for said in judgements.of(self.table, [one.id for one in made]):
            held.setdefault(said.record, []).append(said)
        texts = dict(zip((one.id for one in made), rows.to_pylist(), strict=True))
        full = [self._with_responses(one, held.get(one.id, []), texts[one.id]) for one in made]
        refused = self._put([one for one, _ in full])
        if len(refused) == len(full) > 1 and not self.pushed.records.kept:
            raise PersonahubError(f"not one of {len(full)} records was taken: {next(iter(refused.values()))}")
        for one, tally in full:
            if one.id in refused:
                self.pushed.refused = self.pushed.refused or f"{one.id}: {refused[one.id]}"
                tally = Tally(tally.read, 0, {REFUSED: tally.read} if tally.read else {})  # noqa: PLW2901
            self.pushed.judgements += tally
        gone = {REFUSED: len(refused)} if refused else {}
        self.pushed.records += Tally(0, len(full) - len(refused), gone)

    def _with_responses(
        self, record: Record, said: Sequence[Judgement], texts: Mapping[str, Any]
    ) -> tuple[Record, Tally]:
        responses, tally = [], Tally()
        for one in said:
            response, reason = self._response(one, texts)
            tally += Tally(1, 0, {reason: 1}) if reason else Tally(1, 1)
            if response:
                responses.append(response)
        metadata = dict(record.metadata)
        if ANSWERED_THERE in tally.rejected:  # the two have not met, so what is here must not count as sent
            metadata[ACTION] = self.said[record.id].action
        return replace(record, metadata=metadata, responses=tuple(responses)), tally

    def _response(self, one: Judgement, texts: Mapping[str, Any]) -> tuple[Response | None, str]:
        """What is sent of a judgement, and why it is not; neither where it is there already."""
        if one.status == SKIPPED:
            return None, SKIPPED_HERE
        if one.reviewer not in self.server.users:
            self.pushed.strangers.add(one.reviewer)
            return None, NO_USER
        values = there(self.plan.asked, one, texts)
        if values is None:
            return None, NO_ANSWER
        stands = self._stands(one, texts)
        if stands in (THEIRS, BOTH):
            return None, ANSWERED_THERE
        return None if stands == SAME else Response(one.reviewer, one.status, values), ""

    def _stands(self, one: Judgement, texts: Mapping[str, Any]) -> str | None:
        """Which of the judgement here and the response there is new; None where there is no response."""
        before = self.said.get(one.record)
        response = next((said for said in before.responses if said.user == one.reviewer), None) if before else None
        if before is None or response is None:
            return None
        names = [asked.question.name for asked in self.plan.asked]
        try:
            theirs = State(response.status, here(self.plan.asked, response.values, texts))
        except Unanswerable:
            return BOTH
        log = self.folder.judgements.log(self.table, [one.record])
        base = met(log, one.reviewer, self.dataset.id, before.action)
        return newer(state(one).only(names), theirs, base.only(names))

    def _put(self, made: Sequence[Record]) -> dict[str, str]:
        """Send them; by id what the server says of each that it does not take."""
        if not made:
            return {}
        try:
            self.server.put(self.dataset, made)
        except Refused as error:
            if len(made) == 1:
                return {made[0].id: str(error)}
            half = len(made) // 2
            return self._put(made[:half]) | self._put(made[half:])
        return {}


class _Mark:
    """How far a call came, in the hub's own settings; nothing where all fits into one request."""

    def __init__(self, folder: Folder, name: str, digest: str) -> None:
        self._book, self._name, self._digest = folder.judgements, name, digest
        held, _ = self._book.setting(name)
        mine = isinstance(held, dict) and held.get("digest") == digest
        self.rows = int(held["rows"]) if mine and isinstance(held, dict) else 0
        self._last = self.rows

    def put(self, rows: int) -> None:
        if rows > self._last:
            self._last = rows
            self._book.set(self._name, {"digest": self._digest, "rows": rows})

    def end(self) -> None:
        if self._last:
            self._book.set(self._name, {"digest": "", "rows": 0})
