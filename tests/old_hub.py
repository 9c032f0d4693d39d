"""A hub of format 1, written byte by byte as it was laid down, and not by the code that reads it."""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

import lance
import orjson
import pyarrow as pa

RUN, QUALITY = "11" * 16, "22" * 16
TEXT = "The notary of street 7 measures twice."
PERSONAS = ("A notary who trusts no ruler", "The notary's patient apprentice", "A clerk")
PROBLEM = "How long is a street of seven houses?"
ANSWER = "Persona: A notary who trusts no ruler"


def _id(*fields: str) -> str:
    data = b"".join(len(one.encode()).to_bytes(8, "little") + one.encode() for one in fields)
    return blake2b(data, digest_size=16).hexdigest()


def _field(name: str, kind: pa.DataType | None = None, *, null: bool = False) -> pa.Field:
    return pa.field(name, kind or pa.string(), nullable=null)


def _write(hub: Path, name: str, schema: list[pa.Field], rows: Sequence[Mapping[str, object]]) -> None:
    table = pa.Table.from_pylist([dict(row) for row in rows], pa.schema(schema))
    lance.write_dataset(table, str(hub / f"{name}.lance"), data_storage_version="2.1")


def write(hub: Path) -> Path:
    """One text, three personas of which the last is dropped, one sample, an answer, a finished part."""
    hub.mkdir()
    (hub / "hub.json").write_bytes(b'{"format":1}')
    text, people = _id(TEXT), [_id(one) for one in PERSONAS]
    whole = pa.int64()
    _write(
        hub,
        "texts",
        [
            _field("id"),
            _field("text", null=True),
            _field("source"),
            *(_field(n, whole) for n in ("record", "start", "end")),
        ],
        [{"id": text, "text": TEXT, "source": "a.txt", "record": 1, "start": 0, "end": len(TEXT)}],
    )
    how = [_field("template", null=True), _field("model", null=True), _field("run")]
    _write(
        hub,
        "personas",
        [
            *(_field(name) for name in ("id", "text", "origin")),
            *(_field(name, null=True) for name in ("source", "relation")),
            _field("hop", pa.int32()),
            *how,
        ],
        [
            {"id": people[0], "text": PERSONAS[0], "origin": "text", "source": text, "hop": 0, "run": RUN},
            {"id": people[1], "text": PERSONAS[1], "origin": "relation", "source": people[0], "relation": "apprentice"}
            | {"hop": 1, "run": RUN},
            {"id": people[2], "text": PERSONAS[2], "origin": "import", "source": "b.jsonl", "hop": 0, "run": RUN},
        ],
    )
    _write(
        hub,
        "samples",
        [*(_field(name) for name in ("id", "task", "persona_id", "persona", "text", "description")), *how],
        [
            {"id": _id("math", people[0], PROBLEM), "task": "math", "persona_id": people[0], "persona": PERSONAS[0]}
            | {"text": PROBLEM, "description": "math problem", "template": "math@1", "model": "offline", "run": RUN}
        ],
    )
    _write(
        hub,
        "verdicts",
        [
            *(_field(name) for name in ("id", "table", "kind", "reason")),
            _field("other", null=True),
            _field("score", pa.float32(), null=True),
            _field("run"),
        ],
        [{"id": people[2], "table": "personas"} | {"kind": "quality", "reason": "too_short", "run": QUALITY}],
    )
    _journal(hub / "journal")
    _ledger(hub / "ledger.sqlite")
    return hub


def put_run(hub: Path, verb: str, options: Mapping[str, object], task: str) -> None:
    """The record of the run that the hub's records are of, with the options that there were then."""
    place = hub / "runs" / RUN
    place.mkdir(parents=True)
    settings = {"verb": verb, "options": options, "task": task, "table": "samples", "model": "offline", "folder": "/"}
    (place / "settings.json").write_bytes(orjson.dumps(settings))
    call = {"began": "2025-01-01T00:00:00.000Z", "pid": 1, "verb": verb, "options": options}
    (place / "calls.jsonl").write_bytes(orjson.dumps(call) + b"\n")


def _journal(folder: Path) -> None:
    folder.mkdir()
    key, payload = bytes.fromhex(_id("question")), orjson.dumps([ANSWER, None, "", "", 10, 5, 0])
    head = struct.pack("<4sII16s", b"\xf5PH1", len(payload), crc32(payload, crc32(key)), key)
    (folder / "000001.log").write_bytes(head + payload)


def _ledger(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript(
        """
        PRAGMA journal_mode=WAL;
        CREATE TABLE runs (id TEXT PRIMARY KEY, settings TEXT NOT NULL);
        CREATE TABLE parts (id TEXT PRIMARY KEY, run TEXT NOT NULL, tally TEXT NOT NULL);
        CREATE TABLE claims (run TEXT, id TEXT, place TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;
        CREATE TABLE heads (subject TEXT PRIMARY KEY, run TEXT NOT NULL);
        """
    )
    with db:
        db.execute("INSERT INTO runs VALUES (?, ?)", (RUN, '{"task":"text_to_persona","model":"offline"}'))
        db.execute("INSERT INTO parts VALUES (?, ?, ?)", ("33" * 16, RUN, '{"read":1,"kept":1,"rejected":{}}'))
        db.execute("INSERT INTO claims VALUES (?, ?, ?)", (RUN, _id(TEXT), "a.txt:1:0"))
        db.execute("INSERT INTO heads VALUES (?, ?)", ("personas/quality", QUALITY))
    db.close()
