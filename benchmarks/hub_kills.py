"""kill -9 while a hub is appended to, indexed and compacted: what is lost, what is damaged, what a reader sees.

    python benchmarks/hub_kills.py [--kills 100] [--seed 0]

Each kind of work is a function below that goes on until it is killed, and says on a line of its own what is committed;
a new kind is one more function in WORK. After each kill `check` looks at the whole hub, every row that was committed is
read again in its place, and every answer and finished part is asked for. Meanwhile another process reads without end,
and each time holds that what it sees is a whole version: all rows from the first on, ending where an append ended.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import personahub as ph
from personahub.embedded import Embedded
from personahub.events import Tally, silent
from personahub.health.compact import compact
from personahub.hub import Folder
from personahub.models.base import Completion
from personahub.schema import PERSONAS
from personahub.similar.looking import ENDING
from personahub.store import indexing
from personahub.store.covered import WORDS
from personahub.store.ledger import Done
from personahub.store.packing import KEYS, id_index
from personahub.text import content_id

CHUNK = 200  # rows of an append
RUN = "0" * 32
KEPT = 10 / 3600  # hours that an older version stays: the reader takes less for a reading
LONGEST = 2.5  # seconds before a kill
PIECE = 2_000  # rows of a piece of the index of words: it is made in several, as that of a large hub is
AT_ANY_MOMENT = 0.004  # of the kills at each look whether it works by now: some come while the process starts


def people(first: int, count: int) -> pa.Table:
    ids = [content_id(f"person {n}") for n in range(first, first + count)]
    columns = {
        "id": ids,
        "text": [f"person {n}" for n in range(first, first + count)],
        "origin": ["relation"] * count,
        "source": [content_id(f"person {n // 3}") for n in range(first, first + count)],
        "relation": ["neighbour"] * count,
        "hop": [1] * count,
        "template": [None] * count,
        "model": ["none"] * count,
        "run": [RUN] * count,
    }
    return pa.table(columns).cast(PERSONAS)


def appended(folder: Folder, *, said: bool = True) -> None:
    """One append, as a run makes it: the answers, the rows, the line in the ledger."""
    first = whole(folder)
    keys = [bytes.fromhex(content_id(f"question {n}")) for n in range(first, first + CHUNK)]
    folder.journal.put([(key, Completion(f"answer {key.hex()}")) for key in keys])
    folder.tables["personas"].append(people(first, CHUNK))
    folder.ledger.finish(RUN, {content_id(f"part {first}"): Done(Tally(CHUNK, CHUNK))})
    if said:
        print(first + CHUNK, flush=True)


def whole(folder: Folder) -> int:
    """Rows, with the line in the ledger of the last of them, which a kill may have come before."""
    rows = folder.tables["personas"].count()
    if rows and folder.ledger.part(content_id(f"part {rows - CHUNK}")) is None:
        folder.ledger.finish(RUN, {content_id(f"part {rows - CHUNK}"): Done(Tally(CHUNK, CHUNK))})
    return rows


def append(folder: Folder) -> None:
    with folder.writing():
        while True:
            appended(folder)


def index(folder: Folder) -> None:
    """The indexes by which rows are looked up, made from the rows again."""
    with folder.writing():
        while True:
            for name, columns in (("personas", ("id", *KEYS["personas"])),):
                for column in columns:
                    folder.tables[name].index_anew(id_index(column))
                    print(whole(folder), flush=True)


def compaction(folder: Folder) -> None:
    """Compaction, and a few appends so that there is something to join the next time."""
    while True:
        compact(folder, KEPT, silent)
        print(whole(folder), flush=True)
        with folder.writing():
            for _ in range(5):
                appended(folder)


def words(folder: Folder) -> None:
    """The index of words and those for conditions, made anew; then an append, and what came is put beside."""
    indexing.PIECE = PIECE
    with folder.writing():
        while True:
            if folder.words["personas"].left("text") is not None:
                folder.tables["personas"].index_anew(f"{WORDS}text")
            folder.words["personas"].index("text", lambda _done: None)
            appended(folder)
            folder.words["personas"].index("text", lambda _done: None)


def vectors(folder: Folder) -> None:
    """Vectors of what came, and the index of all of them made anew."""
    from personahub.vectors.index.build import build  # noqa: PLC0415 - the compiler it stands on
    from personahub.vectors.reading import Reading  # noqa: PLC0415

    with folder.writing():
        while True:
            held = Embedded(folder, "personas", Made())
            held.catch_up()
            build(Reading(held.shelf, folder.tables["personas"].count()), held.path.with_name(f"{held.name}{ENDING}"))
            appended(folder)


class Made:
    """Vectors that follow from the text."""

    name, fingerprint, dim = "made", "made-1", 64

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        raw = np.stack([np.random.default_rng(crc32(text.encode())).standard_normal(self.dim) for text in texts])
        unit: npt.NDArray[np.float32] = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
        return unit


WORK: dict[str, Callable[[Folder], None]] = {
    "append": append,
    "index build": index,
    "compaction": compaction,
    "index of words": words,
    "index of vectors": vectors,
}


def numbers(folder: Folder) -> np.ndarray:
    found = [batch["text"] for batch in folder.tables["personas"].scan(["text"], batch_rows=8192)]
    texts = [text for some in found for text in some.to_pylist()]
    return np.array([int(text.removeprefix("person ")) for text in texts], np.int64)


def read(folder: Folder) -> None:
    """Whole versions, for ever; one line each: how many rows, or what is wrong."""
    while True:
        try:
            rows = numbers(folder)
            fine = len(rows) % CHUNK == 0 and bool((rows == np.arange(len(rows))).all())
            print("whole" if fine else f"torn: {len(rows)} rows", flush=True)
        except Exception as error:  # whatever it is, it is what this page is about
            print(f"failed: {error}", flush=True)


def lines(process: subprocess.Popen[str], into: list[str]) -> Thread:
    def follow() -> None:
        assert process.stdout
        into.extend(line.strip() for line in process.stdout)

    thread = Thread(target=follow, daemon=True)
    thread.start()
    return thread


def child(work: str, hub: Path) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--child", work, str(hub)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lost(folder: Folder, committed: int) -> int:
    """Rows, answers and parts that were committed and are not there."""
    rows = numbers(folder)
    wanted = np.arange(committed)
    gone = int((rows[:committed] != wanted[: len(rows)]).sum()) + max(0, committed - len(rows))
    names = [content_id(f"person {n}") for n in range(0, committed, max(1, committed // 2000))]
    gone += len(names) - len(folder.tables["personas"].lookup(names, ["id"]))
    keys = [bytes.fromhex(content_id(f"question {n}")) for n in range(committed)]
    gone += len(keys) - sum(len(folder.journal.known(keys[at : at + 4096])) for at in range(0, len(keys), 4096))
    return gone + sum(folder.ledger.part(content_id(f"part {first}")) is None for first in range(0, committed, CHUNK))


def killed(hub: Path, kills: int, dice: random.Random) -> Iterator[tuple[str, int, list[object], int]]:
    """After each kill: the work, rows committed until then, what check found, what is lost."""
    committed = 0
    for number in range(kills):
        work = list(WORK)[number % len(WORK)]
        said: list[str] = []
        with child(work, hub) as process:
            thread = lines(process, said)
            while not said and dice.random() > AT_ANY_MOMENT and process.poll() is None:
                time.sleep(0.05)
            time.sleep(dice.uniform(0.0, LONGEST))
            ended = process.poll()
            process.send_signal(signal.SIGKILL)
        thread.join()
        assert ended is None, f"{work} ended by itself with {ended}"
        committed = max([committed, *map(int, said)])
        found = list(ph.open(hub).check().listed)
        yield work, committed, found, lost(Folder(hub), committed)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("hub", nargs="?", type=Path)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--child", choices=[*WORK, "read"])
    given = arguments.parse_args()
    if given.child:
        (read if given.child == "read" else WORK[given.child])(Folder(given.hub))
        return
    with tempfile.TemporaryDirectory() as place:
        hub = given.hub or Path(place) / "my.hub"
        folder = Folder(hub)
        folder.create()
        with folder.writing():
            for _ in range(50):
                appended(folder, said=False)
        seen: list[str] = []
        reader = child("read", hub)
        thread = lines(reader, seen)
        told: dict[str, list[int]] = {work: [0, 0, 0] for work in WORK}
        try:
            for work, committed, found, gone in killed(hub, given.kills, random.Random(given.seed)):
                told[work] = [told[work][0] + 1, told[work][1] + bool(found), told[work][2] + gone]
                for one in found:
                    print("found:", work, one, file=sys.stderr, flush=True)
                print(f"{work}: {committed:,} rows, {len(found)} found, {gone} lost", file=sys.stderr, flush=True)
        finally:
            reader.kill()
            thread.join()
        print("\n| killed in | kills | `check` found something | committed and lost |\n|---|---|---|---|")
        for work, figures in told.items():
            print(f"| {work} | " + " | ".join(map(str, figures)) + " |")
        odd = [line for line in seen if line != "whole"]
        print(f"\nReader: {len(seen):,} readings of a whole table, {len(odd)} not whole {sorted(set(odd))[:5]}")


if __name__ == "__main__":
    main()
