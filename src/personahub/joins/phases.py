"""The phases of a join, in their order; each is done whole and marked, or made again.

survey   how many keys sets get, and which words are common, from the first texts
sums     first reading: the sum of every set, laid by partition; keys that come again
equal    equal sets collapse
probes   second reading: sums less one word that may be there, keys that come again, and the sets they are of
lacking  sets that are another less one word
shared   sets that share a key, compared
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import pyarrow as pa

from personahub.errors import HubError
from personahub.joins.compare import Comparing, compare_all
from personahub.joins.compiled import Bytes, Words
from personahub.joins.folder import Folder
from personahub.joins.keys import BUCKETS, Keying
from personahub.joins.layout import Layout
from personahub.joins.matches import collapse, lack_one, put_sums, table_for
from personahub.joins.passes import shortlist, sum_sets, survey
from personahub.joins.plan import RARE, Plan, Threshold
from personahub.joins.reading import Source, Worker, read_all, sliced
from personahub.joins.spool import Spool, Stage

_FEW, _MANY = 1 << 14, 1 << 17  # texts that a survey reads: for numbers of keys, or also for how common words are
_KEY_BITS = 64
_LISTS = {"lacking": 3, "keyed": 3, "sets": 1}
PAIRS, LINKS = "pairs", "links"


@dataclass
class Join:
    place: Folder
    threshold: Threshold
    key: Words
    ngram: int
    source: Source
    workers: int
    memory: int
    give: str

    @cached_property
    def common(self) -> Bytes:
        held = self.place.array("common").view(np.uint8)
        return held if len(held) else np.zeros(1 << BUCKETS, np.uint8)

    @cached_property
    def layout(self) -> Layout:
        return Layout(**{name: int(str(value)) for name, value in self.place.told("survey").items()})

    @property
    def rows(self) -> int:
        return self.source.rows

    @property
    def plan(self) -> Plan:
        return self.threshold.plan

    @property
    def partitions(self) -> int:
        return 1 << self.layout.bits

    @property
    def id_shift(self) -> int:
        """The partition of a pair is its smaller id, less this many of its lower bits."""
        return max(max(self.rows - 1, 1).bit_length() - self.layout.bits, 0)

    def desks(self, *spools: tuple[Spool, int]) -> list[Worker]:
        """One for each thread, with stages for spools whose partitions are so many upper bits of what comes first."""
        keying = Keying(self.plan, self.common)
        return [
            Worker(
                self.key,
                self.ngram,
                keying,
                [Stage(spool, 1 << bits, _KEY_BITS - bits, self.layout.staged) for spool, bits in spools],
            )
            for _ in range(self.workers)
        ]

    def each_partition(self, work: Callable[[int, Stage], None], spool: Spool, bits: int) -> None:
        """All partitions, by threads that take the next; rows with an id first, into the spool."""

        def some(start: int) -> None:
            stage = Stage(spool, self.partitions, self.id_shift, self.layout.staged)
            for partition in islice(range(1 << bits), start, None, self.workers):
                work(partition, stage)
            stage.flush()

        with ThreadPoolExecutor(self.workers) as pool:
            for future in [pool.submit(some, start) for start in range(self.workers)]:
                future.result()
        spool.close()


def _survey(join: Join) -> None:
    uses = np.zeros(1 << BUCKETS, np.int64)
    worker = Worker(join.key, join.ngram, Keying(join.plan, np.zeros(1 << BUCKETS, np.uint8)))
    rows = total = 0
    most = _MANY if (join.plan.bands[:, 3] == RARE).any() else _FEW
    for first, column in sliced(join.source.parts(), most):
        texts, desk = worker.read(column)
        total += survey(texts, desk, uses)
        rows = first + len(column)
    common, used = np.zeros(1 << BUCKETS, np.uint8), np.flatnonzero(uses)
    common[used] = np.frexp(uses[used].astype(np.float64))[1]
    # where no key depends on them they are not worth a file
    join.place.keep("common", common.view(np.uint64) if most == _MANY else np.zeros(0, np.uint64))
    layout = Layout.of(join.rows, total * join.rows // max(rows, 1), join.memory, join.workers)
    join.place.finish("survey", dict(vars(layout)), adds=["common"])


def _sums(join: Join) -> None:
    place, begun = join.place, join.place.begun("sums")
    spool = place.spool("sums", 2)
    if begun:
        seen, twice = (place.array(f"{name}{begun['rows']}") for name in ("seen", "twice"))
    else:
        seen, twice = np.zeros(join.layout.seen, np.uint64), np.zeros(join.layout.twice, np.uint64)

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        out = worker.shortlist(len(column), desk)
        sum_sets(texts, first, desk, seen, twice, out)
        worker.check += int(out.counts[3])
        worker.stages[0].add(out.lacking[:2, : int(out.counts[0])])

    for told in read_all(join.source, "sums", join.desks((spool, join.layout.bits)), work, begun):
        begun = told
        if told["rows"] < join.rows:
            filters = {f"{name}{told['rows']}": bits for name, bits in (("seen", seen), ("twice", twice))}
            spools = {name: place.keep(name, bits) for name, bits in filters.items()}
            place.begin("sums", told, {"sums": spool, **spools})
    spool.close()
    place.keep("twice", twice)
    place.finish("sums", {"check": begun.get("check", 0)}, adds=["sums", "twice"])


def _equal(join: Join) -> None:
    sums, spool = join.place.blocks("sums", 2), join.place.spool("equal", 2)
    gone = np.zeros(join.rows // 64 + 1, np.uint64)

    def work(partition: int, stage: Stage) -> None:
        rows = sums.read(partition)
        equal = np.empty_like(rows)
        tables = table_for(rows.shape[1]), np.empty(rows.shape[1], np.int64)
        count = collapse(rows, tables, gone, equal)
        stage.add(equal[:, :count])

    join.each_partition(work, spool, join.layout.bits)
    join.place.keep("gone", gone)
    join.place.finish("equal", {}, adds=["equal", "gone"])


def _probes(join: Join) -> None:
    begun, spools = join.place.begun("probes"), {name: join.place.spool(name, count) for name, count in _LISTS.items()}
    lacking, keyed, store = spools.values()
    gone = join.place.array("gone")
    bits = gone, _singles(join, gone), join.place.array("twice")

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        start = 0
        while start < len(column):
            out = worker.shortlist(0, desk)
            start = shortlist(texts, start, first, desk, bits, out)
            worker.check += int(out.counts[3])
            worker.stages[0].add(out.lacking[:, : int(out.counts[0])])
            if out.counts[2]:
                rows = out.keyed[:, : int(out.counts[1])]
                rows[1] += np.uint64(store.append(out.sets[: int(out.counts[2])]))
                worker.stages[1].add(rows)

    desks = join.desks((lacking, join.layout.bits), (keyed, join.layout.key_bits))
    for told in read_all(join.source, "probes", desks, work, begun):
        begun = told
        if told["rows"] < join.rows:
            join.place.begin("probes", told, spools)
    if begun.get("check", 0) != join.place.told("sums")["check"]:
        join.place.clear()
        raise HubError("the texts changed while they were compared; run the same command again")
    for spool in spools.values():
        spool.close()
    join.place.finish("probes", {}, adds=list(spools), drops=("twice", "common"))


def _singles(join: Join, gone: Words) -> Words:
    """A filter of the sums of all sets that stay; made anew rather than kept, since it is soon made."""
    sums, singles = join.place.blocks("sums", 2), np.zeros(join.layout.singles, np.uint64)
    with ThreadPoolExecutor(join.workers) as pool:
        for _ in pool.map(lambda partition: put_sums(sums.read(partition), gone, singles), range(join.partitions)):
            pass
    return singles


def _lacking(join: Join) -> None:
    sums, lacking = join.place.blocks("sums", 2), join.place.blocks("lacking", 3)
    gone, spool = join.place.array("gone"), join.place.spool("pairs", 3)

    def work(partition: int, stage: Stage) -> None:
        asked = lacking.read(partition)
        if not asked.shape[1]:
            return
        rows = sums.read(partition)
        found = np.empty((3, asked.shape[1]), np.uint64)
        stage.add(found[:, : lack_one(rows, gone, asked, table_for(asked.shape[1]), found)])

    join.each_partition(work, spool, join.layout.bits)
    join.place.finish("lacking", {}, adds=["pairs"], drops=("sums", "lacking", "gone"))


def _shared(join: Join) -> None:
    keyed, spool = join.place.blocks("keyed", 3), join.place.spool("shared", 3)
    store = join.place.blocks("sets", 1).flat()
    how = Comparing(join.threshold, join.give == LINKS)

    def work(partition: int, stage: Stage) -> None:
        compare_all(keyed.read(partition), how, store, stage.add)

    join.each_partition(work, spool, join.layout.key_bits)
    join.place.finish("shared", {}, adds=["shared"], drops=("keyed", "sets"))


PHASES = {
    "survey": _survey,
    "sums": _sums,
    "equal": _equal,
    "probes": _probes,
    "lacking": _lacking,
    "shared": _shared,
}
