"""A dataset that several threads read is brought to its newest version under their hands."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import lance
import pyarrow as pa

from personahub.store.guard import newest


def test_who_reads_keeps_nobody_from_the_newest_version(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.lance")
    held = lance.write_dataset(pa.table({"row": range(2_000)}), path)
    held, done = lance.dataset(path), Event()

    def read() -> int:
        times = 0
        while not done.is_set():
            assert held.take(list(range(0, 2_000, 3)))["row"][1].as_py() == 3
            times += 1
        return times

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(20):
                lance.write_dataset(pa.table({"row": [number]}), path, mode="append")
                assert newest(held).count_rows() == 2_001 + number
        finally:
            done.set()
    assert all(one.result() for one in reading)
    assert held.count_rows() == 2_000  # who holds an older one still has it whole
    latest = newest(held)
    assert newest(latest) is latest
