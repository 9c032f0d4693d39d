"""Answers that judge: questions, judgements, undo and redo, many at once, and how far reviewers are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from personahub.browse.view import BROWSED, Filter, Reading, View, read_view
from personahub.review.agreement import agreements
from personahub.review.questions import MOST, OVERLAP, SPANS, answered, questions, read, subject
from personahub.store.judged import DISCARDED, DRAFT, PENDING, SKIPPED, STATUSES, SUBMITTED, Acted, Change, Conflict
from personahub.web.looking import BULK
from personahub.web.room import Room, narrow
from personahub.web.told import Failure

BECOMES = {"submit": SUBMITTED, "discard": DISCARDED, "draft": DRAFT, "skip": SKIPPED, "clear": PENDING}
_KEY = re.compile(r"[A-Za-z0-9]{8,64}")
_CHANGED = 200  # records that an answer to undo tells of
_COMPARED = 20_000  # records whose judgements are compared


def overlap(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    wanted = given.whole("overlap", 1, least=1, most=20)
    given.end()
    room.folder.judgements.set(OVERLAP, wanted)
    return {"overlap": wanted}


def asked(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    table, task = _subject(given)
    given.end()
    found, revision = questions(room.folder.judgements, table, task)
    return {"questions": [one.told() for one in found], "revision": revision}


def ask(room: Room, _: str, given: Reading) -> Mapping[str, object]:
    table, task = _subject(given)
    said, revision = given.list("questions", MOST, []), given.whole("revision", 0)
    given.end()
    made = read(said)
    fields = room.folder.tables[table].stored.names
    for place, one in enumerate(made):
        if one.field not in BROWSED[table]:
            raise given.wrong(f"questions.{place}.field", f"must be one of {', '.join(BROWSED[table])}")
        for name, column in (("suggest", one.suggest), ("score", one.score)):
            if column is not None and column not in fields:
                raise given.wrong(f"questions.{place}.{name}", "is no column of the table")
    new = room.folder.judgements.set(subject(table, task), [one.told() for one in made], revision)
    if new < 0:
        held, there = questions(room.folder.judgements, table, task)
        theirs = {"questions": [one.told() for one in held], "revision": there}
        raise Failure(409, "conflict", "somebody else changed these questions meanwhile", theirs=theirs)
    return {"questions": [one.told() for one in made], "revision": new}


def judge(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    table, name = _table(given), given.text("id", most=32, required=True)
    action, said = given.choice("action", "submit", tuple(BECOMES)), given.object("answers") or {}
    seen, key = given.whole("revision", 0), _key(given)
    given.end()
    row, held = room.record(table, name)
    kept = _answers(room, table, held, said, whole=action == "submit")
    change = Change(name, BECOMES[action], {} if action == "clear" else kept, seen)
    try:
        done = room.folder.judgements.act(who, action, table, [change], key)
    except Conflict as conflict:
        yours = {"status": change.status, "revision": seen, "answers": dict(said), "reviewer": who, "at": ""}
        raise Failure(
            409,
            "conflict",
            "this record was judged otherwise meanwhile",
            record=name,
            yours=yours,
            theirs=room.shown(conflict.theirs, held),
        ) from conflict
    return {
        "judgement": room.shown(done.changed[0], held) if done.changed else None,
        "verdict": room.verdict(table, row),
        "judged": room.judged(table, row),
        "action": done.number,
        **room.steps(who),
    }


def undo(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    key = _key(given)
    given.end()
    return _turned(room, who, room.folder.judgements.undo(who, key), "undone", "undo")


def redo(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    key = _key(given)
    given.end()
    return _turned(room, who, room.folder.judgements.redo(who, key), "redone", "redo")


def bulk(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    view, ids = read_view(given.object("view")), given.list("ids", BULK)
    action, said = given.choice("action", "discard", tuple(BECOMES)), given.object("answers") or {}
    preview = given.flag("preview", default=True)
    key = None if preview else _key(given)
    given.text("key", most=64)
    given.end()
    if room.read_only and not preview:
        raise Failure(403, "read_only", "this page was opened to be read only")
    rows = room.rows.of(view, who).rows if ids is None else _of_ids(room, view, ids, given)
    states = room.rows.standing[view.table].statuses(who)[rows]
    answers, refused = _for_many(room, view, said, action)
    changing = len(rows) if answers else int((states != STATUSES.index(BECOMES[action])).sum())
    if len(rows) > BULK:
        refused = f"these are {len(rows):,} records, and {BULK:,} are the most: make it narrower"
    told: dict[str, object] = {"records": len(rows), "changing": changing, "refused": refused}
    if preview:
        return told
    if refused:
        raise given.wrong("view", f"cannot be judged at once: {refused}")
    wanted = rows if answers else rows[states != STATUSES.index(BECOMES[action])]
    names = room.folder.tables[view.table].pick(np.sort(wanted), ["id"])["id"].to_pylist()
    room.rows.standing[view.table].note(names, np.sort(wanted).tolist())
    empty = action == "clear"
    changes = [Change(name, BECOMES[action], {} if empty else answers, None, over=not empty) for name in names]
    done = room.folder.judgements.act(who, action, view.table, changes, str(key))
    return {"records": len(rows), "changing": len(names), "action": done.number, **room.steps(who)}


def progress(room: Room, who: str, given: Reading) -> Mapping[str, object]:
    view = read_view(given.object("view"))
    given.end()
    if view.by_status is None:  # of any status, so that what was discarded counts
        view = replace(view, filters=(*view.filters, Filter("status", (), out=True)))
    rows, standing = room.rows.of(view, who).rows, room.rows.standing[view.table]
    submitted, discarded = standing.votes()
    votes = (submitted + discarded)[rows]
    lasts = room.folder.judgements.lasts(view.table)
    compared = rows[votes > 1][:_COMPARED]
    ids = room.folder.tables[view.table].pick(np.sort(compared), ["id"])["id"].to_pylist()
    found = agreements(room.questions(view.table, view.task), room.folder.judgements.of(view.table, ids))
    return {
        "total": len(rows),
        "mine": _counted(standing.statuses(who)[rows]),
        "done": int((votes >= room.overlap()).sum()),
        "overlap": room.overlap(),
        "reviewers": [
            {"name": name, **_counted(standing.statuses(name)[rows], pending=False), "last": lasts.get(name)}
            for name in standing.reviewers()
        ],
        "agreement": {"records": len(ids), "questions": [asdict(one) for one in found]},
    }


def _answers(
    room: Room, table: str, held: Mapping[str, Any], said: Mapping[str, Any], *, whole: bool
) -> dict[str, object]:
    wanted = room.questions(table, held.get("task"))
    texts = {name: held.get(name) or "" for name in BROWSED[table]}
    plain = dict(said)
    for one in wanted:
        if one.kind == SPANS and one.name in plain:
            plain[one.name] = narrow(plain[one.name], texts.get(one.field, ""))
    return answered(wanted, plain, texts, whole=whole)


def _for_many(room: Room, view: View, said: Mapping[str, Any], action: str) -> tuple[dict[str, object], str | None]:
    """Answers that many records get, and why that cannot be."""
    wanted = room.questions(view.table, view.task)
    if odd := next((one for one in wanted if one.kind == SPANS and one.name in said), None):
        return {}, f"{odd.title}: places in a text cannot be marked in many at once"
    kept = answered(wanted, said, {}, whole=False)
    missing = next((one for one in wanted if one.required and one.name not in kept), None)
    return kept, f"{missing.title}: an answer is needed" if missing and action == "submit" else None


def _turned(room: Room, who: str, done: Acted | None, what: str, name: str) -> Mapping[str, object]:
    if done is None:
        raise Failure(404, "not_found", f"there is nothing to {name}")
    shown = done.changed[:_CHANGED]
    changed = []
    for one in shown:
        row, held = room.record(one.table, one.record)
        judgement = None if one.status == PENDING else room.shown(one, held)
        # the page sends the revision with what comes next, also where nothing is left of the judgement
        changed.append(
            {
                "table": one.table,
                "id": one.record,
                "judgement": judgement,
                "revision": one.revision,
                "verdict": room.verdict(one.table, row),
                "judged": room.judged(one.table, row),
            }
        )
    told = {"action": done.of, "did": done.said, "records": len(done.changed)}
    return {what: told, "changed": changed, **room.steps(who)}


def _of_ids(room: Room, view: View, ids: Sequence[object], given: Reading) -> Any:
    if not all(isinstance(one, str) and re.fullmatch(r"[0-9a-f]{32}", one) for one in ids):
        raise given.wrong("ids", "must be whole ids of records")
    rows = room.rows.standing[view.table].rows(list(dict.fromkeys(str(one) for one in ids)))
    if (rows < 0).any():
        raise given.wrong("ids", f"has one that is not among the {view.table}")
    return rows


def _counted(states: Any, *, pending: bool = True) -> dict[str, int]:
    counts = np.bincount(states, minlength=len(STATUSES)).tolist()
    told = dict(zip(STATUSES, counts, strict=True))
    return told if pending else {name: count for name, count in told.items() if name != PENDING}


def _table(given: Reading) -> str:
    return given.choice("table", "personas", tuple(BROWSED))


def _subject(given: Reading) -> tuple[str, str | None]:
    table, task = _table(given), given.text("task", most=64)
    if task is not None and table != "samples":
        raise given.wrong("task", "is of samples only")
    return table, task


def _key(given: Reading) -> str:
    found = given.text("key", most=64, required=True)
    if not _KEY.fullmatch(found):
        raise given.wrong("key", "must be 8 to 64 letters and digits")
    return str(found)
