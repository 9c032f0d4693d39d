"""What reviewers said in Argilla to the judgements of the hub: appended to their log, and nothing of the hub's lost.

A response is held against the judgement here and against what both were when they last met. Where only the response is
new, the judgement becomes it; where only the judgement is, it stays; where both are, it stays and is listed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from personahub.argilla.answers import here
from personahub.argilla.base import Answered, Asked, Dataset, Response
from personahub.argilla.client import Server
from personahub.argilla.plan import asked, fields
from personahub.argilla.standing import BOTH, OURS, SAME, THEIRS, State, key_begins, met, newer, state
from personahub.errors import HubBusy, UsageError
from personahub.events import Tally
from personahub.export.chosen import Chosen
from personahub.hub import Folder
from personahub.review.questions import Question, Unanswerable
from personahub.store.judged import Change, Conflict, Judgement, Said

PULLED = "pull"  # what the log says was done
NOT_HERE = "not_in_hub"
NOT_MEANT = "not_meant"  # by --where or --selection
NO_USER = "user_gone"
NO_ANSWER = "no_answer"  # as the questions here are
CHANGED_HERE = "changed_here"  # and not there: sent by the next push
CONFLICT = "conflict"

_ID = re.compile(r"[0-9a-f]{32}")
_TRIES = 5  # of a batch whose records somebody judges meanwhile
_LISTED = 1000  # conflicts
_REASONS = {OURS: CHANGED_HERE, BOTH: CONFLICT}


@dataclass
class Pulled:
    """Args:
    judgements: responses that were read, that hold here now, and that do not, by reason.
    new: judgements that were changed.
    conflicts: records, reviewers and what is said where; the first thousand.
    """

    judgements: Tally = field(default_factory=Tally)
    new: int = 0
    records: int = 0
    conflicts: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class Pull:
    folder: Folder
    chosen: Chosen
    questions: Sequence[Question]
    dry_run: bool = False

    def take(self, server: Server, name: str, tell: Callable[[int], None]) -> Pulled:
        """Take over what was said of the records of a dataset.

        Raises:
            UsageError: there is no such dataset, or none of its questions is asked here.
            PersonahubError: the server does not answer; what was taken stays.
        """
        dataset = server.find(name)
        if dataset is None:
            raise UsageError(f"there is no dataset {name!r} on {server.url}; 'personahub argilla push' makes one")
        wanted = self._asked(dataset)
        rows = self.chosen.rows(self.folder)
        meant = None if rows is None else self._ids(rows)
        done = Pulled()
        for read, some in server.answered(dataset):
            batch = _Batch(self, dataset.id, wanted, some, meant)
            for _ in range(_TRIES):
                try:
                    batch.take(done)
                    break
                except Conflict:  # somebody judged one of these records at this moment
                    continue
            else:
                raise HubBusy("records are judged faster here than they can be pulled; run the same command again")
            done.records = read
            tell(read)
        return done

    def _asked(self, dataset: Dataset) -> list[Asked]:
        chat = [name for name, kind in dataset.fields.items() if kind == "chat"]
        wanted, _ = asked(fields(self.chosen.table, chat), self.questions)
        found = [one for one in wanted if dataset.questions.get(one.name, ("",))[0] == one.kind]
        if not found:
            listed = ", ".join(one.name for one in self.questions)
            raise UsageError(f"the dataset {dataset.name} asks none of the questions of the hub: {listed}")
        return found

    def _ids(self, rows: Any) -> frozenset[str]:
        return frozenset(self.folder.tables[self.chosen.table].pick(rows, ["id"])["id"].to_pylist())


@dataclass(frozen=True)
class _Batch:
    """Args:
    meant: ids of a selection; None for all.
    """

    pull: Pull
    dataset: str
    asked: Sequence[Asked]
    some: Sequence[Answered]
    meant: frozenset[str] | None

    def take(self, done: Pulled) -> None:
        """Decide on each response, then act; what was acted on before a Conflict is the same when it is tried again."""
        folder, table = self.pull.folder, self.pull.chosen.table
        rows, unmeant = self._rows()
        held = {(one.record, one.reviewer): one for one in folder.judgements.of(table, list(rows))}
        log: dict[str, list[Said]] = {}
        for said in folder.judgements.log(table, list(rows)):
            log.setdefault(said.record, []).append(said)
        kept, reasons, conflicts = 0, Counter[str](), []
        changes: dict[str, list[Change]] = {}
        for answered in self.some:
            row, reason = rows.get(answered.id), NOT_MEANT if answered.id in unmeant else NOT_HERE
            for response in answered.responses:
                if row is not None:
                    mine = held.get((answered.id, str(response.user)))
                    reason, change = self._one(answered, response, row, mine, log.get(answered.id, ()))
                    if change:
                        changes.setdefault(str(response.user), []).append(change)
                    if reason == CONFLICT:
                        conflicts.append(_told(answered.id, response, mine))
                kept, reasons = (kept, reasons + Counter({reason: 1})) if reason else (kept + 1, reasons)
        self._act(changes, done)
        done.judgements += Tally(kept + reasons.total(), kept, reasons)
        done.conflicts += conflicts[: _LISTED - len(done.conflicts)]

    def _rows(self) -> tuple[dict[str, dict[str, Any]], frozenset[str]]:
        """By id the records here, and ids of those that are here and not meant."""
        folder, chosen = self.pull.folder, self.pull.chosen
        ids = [one.id for one in self.some if _ID.fullmatch(one.id)]
        table = folder.tables[chosen.table]
        columns = ["id", *(one.column for one in fields(chosen.table))]
        wide = Chosen(chosen.what).condition(folder)
        there = {row["id"]: row for row in table.lookup(ids, columns, folder.condition(chosen.table, wide)).to_pylist()}
        meant = set(there)
        if chosen.where is not None:
            meant &= set(table.lookup(ids, ["id"], folder.condition(chosen.table, chosen.where))["id"].to_pylist())
        if self.meant is not None:
            meant &= self.meant
        return {name: there[name] for name in there if name in meant}, frozenset(there) - meant

    def _one(
        self,
        answered: Answered,
        response: Response,
        row: Mapping[str, Any],
        mine: Judgement | None,
        log: Sequence[Said],
    ) -> tuple[str, Change | None]:
        """Why a response does not hold here, and what becomes of the judgement; "" and None where it is so already."""
        if response.user is None:
            return NO_USER, None
        try:
            theirs = State(response.status, here(self.asked, response.values, row))
        except Unanswerable:
            return NO_ANSWER, None
        names = [one.question.name for one in self.asked]
        base = met(log, response.user, self.dataset, answered.action).only(names)
        stands = newer(state(mine).only(names), theirs, base)
        if stands == THEIRS:
            beside = {name: said for name, said in (mine.answers if mine else {}).items() if name not in names}
            seen = mine.revision if mine else 0
            return "", Change(answered.id, theirs.status, {**beside, **theirs.answers}, seen)
        return ("", None) if stands == SAME else (_REASONS[stands], None)

    def _act(self, changes: Mapping[str, Sequence[Change]], done: Pulled) -> None:
        for reviewer, some in changes.items():
            told = [(one.record, one.seen, one.status, dict(one.answers)) for one in some]
            digest = blake2b(orjson.dumps([reviewer, told], option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
            if not self.pull.dry_run:
                key = key_begins(self.dataset) + digest
                self.pull.folder.judgements.act(reviewer, PULLED, self.pull.chosen.table, some, key)
            done.new += len(some)


def _told(record: str, response: Response, mine: Judgement | None) -> dict[str, object]:
    return {
        "id": record,
        "reviewer": response.user,
        "here": f"{mine.status} {_plain(mine.answers)}" if mine else "nothing",
        "there": f"{response.status} {_plain(response.values)}",
    }


def _plain(answers: Mapping[str, object]) -> str:
    return orjson.dumps(dict(answers), option=orjson.OPT_SORT_KEYS).decode()[:200]
