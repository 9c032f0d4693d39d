"""One writer a hub, whoever looks."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from personahub.errors import HubBusy
from personahub.store.lock import holder, write_lock


def test_who_writes_is_told_and_keeps_others_out(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder(path) is None
    with write_lock(path):
        assert holder(path) == os.getpid()
        with pytest.raises(HubBusy, match=str(os.getpid())), write_lock(path):
            pass
    assert holder(path) is None


def test_who_looks_keeps_nobody_out(tmp_path: Path) -> None:
    path, done = tmp_path / "lock", Event()

    def look() -> set[int | None]:
        seen: set[int | None] = set()
        while not done.is_set():
            seen.add(holder(path))
        return seen

    with ThreadPoolExecutor(2) as pool:
        looking = [pool.submit(look) for _ in range(2)]
        try:
            for _ in range(2_000):
                with write_lock(path):
                    pass
        finally:
            done.set()
        assert None in looking[0].result() | looking[1].result()
