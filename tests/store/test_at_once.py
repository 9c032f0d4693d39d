"""Threads at one table: what one of them puts in its place is nothing that another one comes upon."""

import random
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from personahub.schema import TEXTS
from personahub.store.numbering import ROW
from personahub.store.table import Table
from personahub.text import content_id
from tests.store.test_table import texts

ROWS, ROUNDS = 40, 150


def _readers(table: Table) -> tuple[Callable[[], bool], ...]:
    """Each a question whose answer is known however many rows there are by now."""
    some = [content_id(f"text {number}") for number in range(ROWS)]
    return (
        lambda: table.count() >= ROWS,
        lambda: len(table.lookup(some, ["id"])) == ROWS,
        lambda: table.take([3], ["text"])["text"].to_pylist() == ["text 3"],
        lambda: table.places(some[5:7]).tolist() == [5, 6],
        lambda: table.numbers("text = 'text 9'").tolist() == [9],
        lambda: next(table.scan(["id", ROW], batch_rows=ROWS))[ROW].to_pylist()[:3] == [0, 1, 2],
        lambda: table.version > 0 and table.stored.equals(TEXTS),
        lambda: len(table.first("text = 'text 1'", 5, ["id"])) == 1,
    )


def test_who_reads_while_another_thread_writes_and_saves_memory_is_answered(tmp_path: Path) -> None:
    tables = [Table(tmp_path / "texts.lance", TEXTS)]
    tables[0].append(texts(0, ROWS))
    over, wrong = Event(), []

    def read(dice: random.Random) -> None:
        while not over.is_set():
            number, ask = dice.choice(list(enumerate(_readers(tables[0]))))
            try:
                if not ask():
                    wrong.append(f"{number} is answered otherwise")
            except Exception as error:
                wrong.append(f"{number}: {error!r}")

    threads = [Thread(target=read, args=(random.Random(seed),)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for number in range(ROUNDS):
        tables[0] = Table(tables[0].path, TEXTS)
        time.sleep(0.01)  # so that it is read from
        tables[0].save_memory()
        tables[0].append(texts(ROWS + number, 1))
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert tables[0].count() == ROWS + ROUNDS
