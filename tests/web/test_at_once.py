"""Many questions at the same moment, as several people and their browsers put them: each gets its own answer."""

import random
import time
from pathlib import Path
from threading import Thread
from typing import Any

from tests.web.conftest import made
from tests.web.served import Served

ALL = {"table": "samples", "task": "tool"}
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("hub", {}),
    ("columns", ALL),
    ("questions", ALL),
    ("charts", {"table": "samples"}),
    ("counts", {"view": ALL, "columns": ["task", "verdict", "status", "length"]}),
    ("progress", {"view": ALL}),
    *(
        ("records", {"view": {**ALL, **more}})
        for more in (
            {},
            {"query": "tool"},
            {"where": "persona LIKE '%nurse%'"},
            {"near": {"text": "a nurse", "field": "persona"}},
            {"filters": {"status": {"in": ["pending"]}}, "sort": "length"},
        )
    ),
]
ASKERS, LONG = 10, 3.0  # threads, and seconds that they go on


def test_ten_who_ask_at_once_find_no_bug(tmp_path: Path) -> None:
    served = Served(made(tmp_path).path)
    served.enter()
    wrong: list[tuple[str, dict[str, Any], int, bytes]] = []
    end = time.monotonic() + LONG

    def asking(seed: int) -> None:
        dice = random.Random(seed)
        while time.monotonic() < end:
            name, body = dice.choice(ASKED)
            answer = served.post(f"/api/{name}", body)
            if answer.status not in (200, 503):
                wrong.append((name, body, answer.status, answer.body[:300]))

    threads = [Thread(target=asking, args=(seed,)) for seed in range(ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [], served.complaints()[-3000:]
    assert served.stop() == 0
