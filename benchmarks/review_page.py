"""The server of the review page on a hub of many records: how long each answer takes, and what it takes of memory.

python benchmarks/hub_search.py ingest FOLDER --rows 1_000_000        made personas and samples
python benchmarks/hub_search.py index FOLDER                          the index of their words
personahub similar FOLDER/made.hub --text "a nurse" --limit 1         vectors, and the index of them
python benchmarks/review_page.py FOLDER/made.hub                      this, over HTTP; it judges 200 records
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' client is the one that is measured with

from tests.web.served import Served, key

ROUNDS = 40
WORDS = ("teacher", "nurse", "harvest", "market", "river", "clinic", "garden", "silver", "history", "dedicated")
TABLE = {"table": "personas"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hub", type=Path)
    hub: Path = parser.parse_args().hub
    started = time.perf_counter()
    served = Served(hub)
    try:
        served.enter()
        served.api("hub")
        served.api("records", view=TABLE)
        print(f"start to first page: {time.perf_counter() - started:.2f} s", flush=True)
        time.sleep(5)  # what is warmed beside
        for name, ask in _asked(served).items():
            _tell(name, ask)
        _tell("judge, then the next record", _judging(served), rounds=200)
        print(json.dumps(_memory(served)), flush=True)
    finally:
        served.stop()


def _asked(served: Served) -> dict[str, Callable[[int], object]]:
    """What is asked for, by the number of the round."""
    dice = Random(0)
    ids = [one["id"] for one in served.api("records", view={**TABLE, "sort": "random"}, limit=100)["records"]]
    _mapped(served)
    bounds = served.api("map", **TABLE)["bounds"]

    def records(**view: Any) -> object:
        return served.api("records", view={**TABLE, **view})

    def picture(number: int, **more: Any) -> object:
        x, y = dice.random() * 0.2, dice.random() * 0.2
        across, up = bounds[2] - bounds[0], bounds[3] - bounds[1]
        window = [bounds[0] + x * across, bounds[1] + y * up, bounds[2] - (0.2 - x) * across, bounds[3]]
        given = {**TABLE, "field": "text", "window": window if number else bounds, "width": 1200, "height": 800}
        return served.post("/api/map/picture", {**given, **more}).body

    return {
        "search, a word": lambda n: records(query=f"{WORDS[n % 10]}{n // 10 or ''}"),
        "search, two words": lambda n: records(query=f"{WORDS[n % 10]} {WORDS[(n + 3) % 10]}"),
        "search, a beginning": lambda n: records(query=f"{WORDS[n % 10][:4]}*"),
        "search with a filter": lambda n: records(query=WORDS[n % 10], filters={"hop": {"min": n % 3, "max": n % 3}}),
        "a condition": lambda n: records(where=f"hop = {n % 3} AND source = 'made-{n}'"),
        "all hits of a word, counted by three columns": lambda n: served.api(
            "counts", view={**TABLE, "query": WORDS[n % 10]}, columns=["hop", "verdict", "status"]
        ),
        "find similar": lambda n: records(near={"id": ids[n % 100]}),
        "find similar within a filter": lambda n: records(near={"id": ids[n % 100]}, filters={"hop": {"max": 1}}),
        "a page in random order": lambda n: records(sort="random", seed=n // 10),
        "one record": lambda n: served.api("record", table="personas", id=ids[n % 100]),
        "map, panned": picture,
        "map, coloured, with hits": lambda n: picture(n, colour="hop", view={**TABLE, "query": WORDS[n % 10]}),
    }


def _mapped(served: Served) -> None:
    if served.api("map", **TABLE)["state"] != "ready":
        start = time.perf_counter()
        served.waited(served.api("map/make", **TABLE)["job"], 600)
        print(f"map made: {time.perf_counter() - start:.1f} s", flush=True)


def _judging(served: Served) -> Callable[[int], object]:
    page = served.api("records", view={**TABLE, "sort": "random", "seed": 5}, limit=200)

    def judge(number: int) -> object:
        one = page["records"][number]
        held = one["judgement"] or {"revision": 0}
        given = {"table": "personas", "id": one["id"], "action": "submit", "answers": {"rating": 4}, "key": key()}
        served.api("judge", **given, revision=held["revision"])
        return served.api("records", view={**TABLE, "sort": "random", "seed": 5}, limit=1, cursor=page["cursor"])

    return judge


def _tell(name: str, ask: Callable[[int], object], rounds: int = ROUNDS) -> None:
    spent = []
    for number in range(rounds):
        start = time.perf_counter()
        ask(number)
        spent.append(1000 * (time.perf_counter() - start))
    rest = sorted(spent[1:])
    told = f"first {spent[0]:.0f}, p50 {median(rest):.1f}, p95 {rest[int(0.95 * len(rest))]:.1f} ms"
    print(f"{name}: {told}", flush=True)


def _memory(served: Served) -> dict[str, int]:
    """MB of the server."""
    place = Path(f"/proc/{served.process.pid}")
    rolled = dict(line.split(":") for line in (place / "smaps_rollup").read_text().splitlines()[1:])
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    told = {name: int(rolled[name].split()[0]) // 1024 for name in ("Private_Dirty", "Private_Clean", "Rss")}
    return {**told, "peak": int(status["VmHWM"].split()[0]) // 1024}


if __name__ == "__main__":
    main()
