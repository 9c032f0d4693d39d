"""What every phase of a join stands on: its folder, layout and threads, and which share of the keys a pass is for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from personahub.errors import HubError
from personahub.joins.compiled import Bytes, Words
from personahub.joins.filters import Share
from personahub.joins.folder import Folder
from personahub.joins.keys import BUCKETS, Keying
from personahub.joins.layout import Layout
from personahub.joins.passes import mark_gone
from personahub.joins.plan import Plan, Threshold
from personahub.joins.reading import Source, Work, Worker, read_all
from personahub.joins.spool import Blocks, Spool, Stage

GROUP = 1 << 24  # rows after whose partitions it is marked how far a phase is
KEY_BITS = 64


@dataclass(frozen=True)
class Step:
    """A phase in one of the passes; `reading` counts the readings of the texts before it."""

    phase: str
    number: int
    reading: int = 0

    @property
    def name(self) -> str:
        return self.of(self.phase)

    def of(self, spool: str) -> str:
        """The name of a spool of this pass."""
        return f"{spool}-{self.number}"


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
    keep: bool = False

    @cached_property
    def common(self) -> Bytes:
        held = self.place.array("common").view(np.uint8)
        return held if len(held) else np.zeros(1 << BUCKETS, np.uint8)

    @property
    def layout(self) -> Layout:
        return Layout(**self.place.told("layout"))

    @property
    def rows(self) -> int:
        return self.source.rows

    @property
    def plan(self) -> Plan:
        return self.threshold.plan

    @property
    def id_shift(self) -> int:
        """The partition of a pair is its smaller id, less this many of its lower bits."""
        return max(max(int(str(self.place.settings["rows"])) - 1, 1).bit_length() - self.layout.bits, 0)

    def share(self, step: Step) -> Share:
        return Share.of(self.layout.halvings, step.number)

    def gone(self) -> Words:
        """A bit for each record that is known to be equal to an earlier one."""
        gone = np.zeros(self.rows // 64 + 1, np.uint64)
        for name in self.place.kept:
            if name.startswith("equal-"):
                for rows in self.place.blocks(name, 2):
                    mark_gone(rows, gone)
        return gone

    def read(
        self,
        step: Step,
        work: Work,
        spools: dict[str, tuple[Spool, int]],
        begun: dict[str, int],
        plan: Plan | None = None,
    ) -> Iterator[dict[str, int]]:
        """All texts to work that puts into spools, whose partitions are so many upper bits of what comes first.

        Raises HubError where they are not the texts of the first reading.
        """
        keying = Keying(plan or self.plan, self.common)
        desks = [
            Worker(
                self.key,
                self.ngram,
                keying,
                [Stage(spool, 1 << bits, KEY_BITS - bits, self.layout.staged) for spool, bits in spools.values()],
            )
            for _ in range(self.workers)
        ]
        source = Source(self.source.parts, self.rows, self.source.tell, self.layout.readings + self.keep, step.reading)
        told = begun
        for told in read_all(source, step.phase, desks, work, begun):
            if told["rows"] < self.rows:
                yield told
        check = told.get("check", 0)
        if not self.place.done("check"):
            self.place.note(check=check)
        elif self.place.number("check") != check:
            self.place.clear()
            raise HubError("the texts changed while they were compared; run the same command again")

    def partitions(self, step: Step, bits: int) -> range:
        """Those of the pass, where 2^bits are those of all."""
        each = 1 << (bits - self.layout.halvings)
        return range(step.number * each, (step.number + 1) * each)

    def each(self, partitions: range, work: Callable[[int], None]) -> None:
        """All of them, by threads that take the next."""
        with ThreadPoolExecutor(self.workers) as pool:
            for _ in pool.map(work, partitions):
                pass

    def each_partition(
        self, step: Step, bits: int, read: Blocks, out: tuple[str, int], work: Callable[[int, Stage], None]
    ) -> None:
        """All partitions of the pass, by threads that take the next; rows with an id first, into the spool `out`.

        Args:
            read: what the work reads, of which so many rows are a group.
        """
        place, mine = self.place, self.partitions(step, bits)
        spool = place.spool(step.of(out[0]), out[1])
        stages = [Stage(spool, 1 << self.layout.bits, self.id_shift, self.layout.staged) for _ in range(self.workers)]
        many = max(GROUP * len(mine) // max(read.rows, 1), 1)

        def some(start: int, group: range) -> None:
            for partition in islice(group, start, None, self.workers):
                work(partition, stages[start])
            stages[start].flush()

        with ThreadPoolExecutor(self.workers) as pool:
            for first in range(place.begun(step.name).get("partitions", 0), len(mine), many):
                group = mine[first : first + many]
                for future in [pool.submit(some, start, group) for start in range(self.workers)]:
                    future.result()
                if first + many < len(mine):
                    place.begin(step.name, {"partitions": first + many}, {step.of(out[0]): spool})
        spool.close()
