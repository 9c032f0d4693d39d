"""Labels: what they get right, how quickly, and topics of many made personas.

python benchmarks/hub_labels.py quality                       precision and coverage, attribute by attribute
python benchmarks/hub_labels.py speed my.hub [--rows 1_000_000]    `label` and `topics` of made personas, in a new hub
python benchmarks/hub_labels.py elite FILE                    domains beside those of released rows, by their share

FILE is a part of the released elite personas, with "general domain (top 1 percent)".
"""

import argparse
import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from personahub.api import Hub
from personahub.attributes.names import ATTRIBUTES, BETWEEN
from personahub.attributes.rules import LIKELY
from personahub.embedders.base import opened
from personahub.events import Report
from personahub.schema import PERSONAS as SCHEMA
from personahub.stages.attributes import NEAREST, AttributesOf
from personahub.text import content_id

PERSONAS = Path(__file__).parent / "labels" / "personas.txt"
BATCH = 20_000
TALK = "who {} and hopes to {} before the year is over, as friends in {} know well"
DOES = (
    "repairs old clocks",
    "writes long letters",
    "restores wooden boats",
    "teaches evening classes",
    "keeps bees",
    "collects maps",
    "argues about tax law",
    "plays chess by mail",
    "films local football",
    "studies river birds",
)
HOPES = (
    *("open a small museum", "publish a guide", "win a regional prize", "learn Portuguese", "found a cooperative"),
    *("sell the family farm", "finish a doctoral thesis", "train an apprentice", "move to the coast", "build a school"),
)
PLACES = ("Leeds", "Lagos", "Lima", "Osaka", "Pune", "Quito", "Turin", "Perth", "Boston", "Zagreb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (quality, speed, elite):
        added = verbs.add_parser(verb.__name__)
        added.set_defaults(verb=verb)
        if verb is speed:
            added.add_argument("hub", type=Path)
            added.add_argument("--rows", type=int, default=1_000_000)
            added.add_argument("--count", type=int, default=50)
        if verb is elite:
            added.add_argument("file", type=Path)
    arguments = parser.parse_args()
    arguments.verb(arguments)


def quality(_: argparse.Namespace) -> None:
    lines = [line for line in PERSONAS.read_text("utf-8").splitlines() if not line.startswith("#")]
    static = opened({"embedder": "static"})
    for told, least, vectors in (("rules", LIKELY, None), ("rules, then vectors", NEAREST, static)):
        for which, part in (("odd", lines[::2]), ("even", lines[1::2])):
            print(f"\n{told}, lines with {which} numbers, {len(part)} personas\n")
            _table([line.split("|") for line in part], AttributesOf(ATTRIBUTES, least, vectors))


def _table(rows: list[list[str]], stage: AttributesOf) -> None:
    found = stage(pa.record_batch({"text": [row[0] for row in rows]}))
    print("| attribute | has one | told | right | precision | coverage |\n|---|---|---|---|---|---|")
    for column, name in enumerate(ATTRIBUTES, 1):
        wanted = [set(row[column].split("/")) - {"-"} for row in rows]
        said = [set(value.split(BETWEEN)) if value else set() for value in found[name].to_pylist()]
        told, has = sum(map(bool, said)), sum(map(bool, wanted))
        right = sum(bool(one & other) for one, other in zip(said, wanted, strict=True))
        print(f"| {name} | {has} | {told} | {right} | {right / max(1, told):.2f} | {right / max(1, has):.2f} |")


def speed(arguments: argparse.Namespace) -> None:
    hub = Hub(arguments.hub)
    if not hub._folder.exists:
        _timed("make the hub", lambda: _fill(hub, arguments.rows))
    rows = hub._folder.tables["personas"].count()
    took = _timed("label, all attributes, by rules", hub.label)
    print(f"{rows / took:,.0f} records/s, {60 * rows / took:,.0f} a minute")
    _timed("label again, nothing new", hub.label)
    _timed("label --redo", lambda: hub.label(redo=True))
    _timed(f"topics --count {arguments.count}, vectors made (static)", lambda: hub.topics(count=arguments.count))
    _timed("topics again, nothing new", lambda: hub.topics(count=arguments.count))
    _timed("topics --redo --seed 1, vectors there", lambda: hub.topics(count=arguments.count, seed=1, redo=True))
    start = time.perf_counter()
    kept = hub._folder.tables["personas"].count("domain = 'medicine'")
    print(f"count of domain = 'medicine': {kept:,} in {time.perf_counter() - start:.3f} s")


def _timed(name: str, work: Callable[[], Report | None]) -> float:
    start, begun = time.perf_counter(), time.process_time()
    work()
    took, used = time.perf_counter() - start, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {name} | {took:.1f} s | {used:.1f} s of CPU | {peak:,.0f} MB at most until now |", flush=True)
    return took


def _fill(hub: Hub, rows: int) -> None:
    hub._folder.create()
    with hub._folder.writing():
        for texts in _made(rows):
            same: list[list[object]] = [["import"], ["made"], [None], [0], [None], [None], ["made"]]
            columns = [[content_id(text) for text in texts], texts, *(column * len(texts) for column in same)]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            hub._folder.tables["personas"].append(pa.Table.from_arrays(arrays, schema=SCHEMA))


def _made(rows: int) -> Iterator[list[str]]:
    """Heads of the labelled personas with clauses that others have; each text once."""
    lines = [line.split("|")[0] for line in PERSONAS.read_text("utf-8").splitlines() if not line.startswith("#")]
    heads = [line.split(" who ")[0].rstrip(".") for line in lines]
    dice = np.random.default_rng(0)
    for start in range(0, rows, BATCH):
        numbers = range(start, min(start + BATCH, rows))
        picks = dice.integers(0, [len(heads), len(DOES), len(HOPES), len(PLACES)], (len(numbers), 4)).tolist()
        yield [
            f"{heads[a]}, number {number}, {TALK.format(DOES[b], HOPES[c], PLACES[d])}."
            for number, (a, b, c, d) in zip(numbers, picks, strict=True)
        ]


def elite(arguments: argparse.Namespace) -> None:
    rows = [json.loads(line) for line in arguments.file.read_text("utf-8").splitlines()]
    stage = AttributesOf(("domain",))
    domains = stage(pa.record_batch({"text": [row["persona"] for row in rows]}))["domain"].to_pylist()
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for row, domain in zip(rows, domains, strict=True):
        together[str(row["general domain (top 1 percent)"]).strip().lower()][domain or "-"] += 1
    print("| released | rows | told as |\n|---|---|---|")
    for name, counts in sorted(together.items(), key=lambda one: -one[1].total())[:30]:
        told = ", ".join(f"{domain} {count / counts.total():.0%}" for domain, count in counts.most_common(4))
        print(f"| {name} | {counts.total()} | {told} |")


if __name__ == "__main__":
    main()
