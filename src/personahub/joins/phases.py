"""The phases of a join, in their order; each is marked when it is done, and in between where it is long.

survey   how many keys sets get, and which words are common, from the first texts
sums     first reading: the sum of every set, laid by partition; keys that come again
equal    equal sets collapse
probes   second reading: sums less one word that may be there, keys that come again, and the sets they are of
lacking  sets that are another less one word
shared   sets that share a key, compared

Where the disk is short there are several passes, each for the sums and keys that begin with some bits. All of them go
through sums and equal, so that it is known which sets are others; then each through `again`, which is sums for those
that are left, and through the rest. Where more texts may come later, `keep` and `table` leave what they are found by.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from personahub.joins import reading
from personahub.joins.compare import Comparing, compare_all
from personahub.joins.compiled import Words
from personahub.joins.keys import BUCKETS, Keying
from personahub.joins.layout import Layout, Sample, fitting
from personahub.joins.mapped import let_go
from personahub.joins.matches import collapse, lack_one, put_sums, table_for
from personahub.joins.more import keep_sets, lay_keys
from personahub.joins.passes import shortlist, sum_sets, survey
from personahub.joins.plan import LARGEST, RARE
from personahub.joins.reading import Worker, sliced
from personahub.joins.spool import Stage
from personahub.joins.work import Join, Step

_FEW, _MANY = 1 << 14, 1 << 17  # texts that a survey reads: for numbers of keys, or also for how common words are
_MAPPED = 8  # times larger than a mapped file the memory is where all of it may stay there
_LISTS = {"lacking": 3, "keyed": 3, "sets": 1}
PAIRS, LINKS = "pairs", "links"
KEEPING = ("keep", "table")


def steps(layout: Layout, *, keep: bool) -> list[Step]:
    """What is done behind the survey."""
    found: list[Step] = []
    last = layout.passes - 1
    for number in range(layout.passes):
        found += [Step("sums", number, number), Step("equal", number)]
    at = layout.passes
    for number in range(last, -1, -1):
        if number < last:
            found.append(Step("again", number, at))
        at += number < last
        found += [Step("probes", number, at), Step("lacking", number), Step("shared", number)]
        at += 1
    return [*found, Step("keep", 0, at), Step("table", 0)] if keep else found


def do_survey(join: Join) -> None:
    """The sample that a layout follows from, and how common words are."""
    uses, told = np.zeros(1 << BUCKETS, np.int64), np.zeros(4, np.int64)
    worker = Worker(join.key, join.ngram, Keying(join.plan, np.zeros(1 << BUCKETS, np.uint8)))
    rows = 0
    most = _MANY if (join.plan.bands[:, 3] == RARE).any() else _FEW
    for first, column in sliced(join.source.parts(), most):
        texts, desk = worker.read(column)
        survey(texts, desk, uses, told)
        rows = first + len(column)
    common, used = np.zeros(1 << BUCKETS, np.uint8), np.flatnonzero(uses)
    common[used] = np.frexp(uses[used].astype(np.float64))[1]
    # where no key depends on them they are not worth a file
    join.place.keep("common", common.view(np.uint64) if most == _MANY else np.zeros(0, np.uint64))
    whole = (int(number) * join.rows // max(rows, 1) for number in told)
    join.place.finish("survey", dict(vars(Sample(join.rows, *whole))), adds=["common"])


def lay_out(join: Join, halvings: int) -> None:
    """In 2^halvings passes at least."""
    sample = join.place.told("survey")
    layout = fitting(
        Sample(**sample), join.memory, join.workers, join.place.free, reading.SEGMENT * reading.SLICE, halvings
    )
    join.place.finish("layout", dict(vars(layout)), adds=[])


def _sums(join: Join, step: Step) -> None:
    place, begun = join.place, join.place.begun(step.name)
    spool, share = place.spool(step.of("sums"), 2), join.share(step)
    keyed = step.phase == "again" or step.number == join.layout.passes - 1
    names = [step.of(name) for name in ("seen", "twice")]
    if begun:
        seen, twice = (place.array(f"{name}-{begun['rows']}") for name in names)
    else:
        seen, twice = (np.zeros(size * keyed, np.uint64) for size in (join.layout.seen, join.layout.twice))
    gone = join.gone() if step.phase == "again" else np.zeros(join.rows // 64 + 1, np.uint64)

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        out = worker.shortlist(len(column), desk)
        sum_sets(texts, first, desk, (gone, seen, twice), share, out)
        worker.check += int(out.counts[3])
        worker.stages[0].add(out.lacking[:2, : int(out.counts[0])])

    for told in join.read(step, work, {"sums": (spool, join.layout.bits)}, begun):
        filters = {f"{name}-{told['rows']}": bits for name, bits in zip(names, (seen, twice), strict=True)}
        spools = {name: place.keep(name, bits) for name, bits in filters.items()}
        place.begin(step.name, told, {step.of("sums"): spool, **spools})
    spool.close()
    place.keep(names[1], twice)
    place.finish(step.name, {}, adds=[step.of("sums"), names[1]])


def _equal(join: Join, step: Step) -> None:
    sums = join.place.blocks(step.of("sums"), 2)

    def work(partition: int, stage: Stage) -> None:
        rows = sums.read(partition)
        equal = np.empty_like(rows)
        count = collapse(rows, (table_for(rows.shape[1]), np.empty(rows.shape[1], np.int64)), equal)
        stage.add(equal[:, :count])

    join.each_partition(step, join.layout.bits, sums, ("equal", 2), work)
    # the last pass goes on at once; others read their sums again
    drops = () if step.number == join.layout.passes - 1 else (step.of("sums"), step.of("twice"))
    join.place.finish(step.name, {}, adds=[step.of("equal")], drops=drops)


def _probes(join: Join, step: Step) -> None:
    place, begun = join.place, join.place.begun(step.name)
    spools = {step.of(name): place.spool(step.of(name), count) for name, count in _LISTS.items()}
    lacking, keyed, store = spools.values()
    gone, share = join.gone(), join.share(step)
    bits = gone, _singles(join, step, gone), place.array(step.of("twice"))

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        start = 0
        while start < len(column):
            out = worker.shortlist(0, desk)
            start = shortlist(texts, (start, first), desk, bits, share, out)
            worker.check += int(out.counts[3])
            worker.stages[0].add(out.lacking[:, : int(out.counts[0])])
            if out.counts[2]:
                rows = out.keyed[:, : int(out.counts[1])]
                rows[1] += np.uint64(store.append(out.sets[: int(out.counts[2])]))
                worker.stages[1].add(rows)

    staged = {"lacking": (lacking, join.layout.bits), "keyed": (keyed, join.layout.key_bits)}
    for told in join.read(step, work, staged, begun):
        place.begin(step.name, told, spools)
    for spool in spools.values():
        spool.close()
    place.finish(step.name, {}, adds=list(spools), drops=(step.of("twice"),))


def _singles(join: Join, step: Step, gone: Words) -> Words:
    """A filter of the sums of all sets that stay; made anew rather than kept, since it is soon made."""
    sums, singles = join.place.blocks(step.of("sums"), 2), np.zeros(join.layout.singles, np.uint64)
    share, mine = join.share(step), join.partitions(step, join.layout.bits)
    join.each(mine, lambda partition: put_sums(sums.read(partition), gone, share, singles))
    return singles


def _lacking(join: Join, step: Step) -> None:
    sums, lacking = (join.place.blocks(step.of(name), columns) for name, columns in (("sums", 2), ("lacking", 3)))
    gone = join.gone()

    def work(partition: int, stage: Stage) -> None:
        asked = lacking.read(partition)
        if not asked.shape[1]:
            return
        found = np.empty((3, asked.shape[1]), np.uint64)
        stage.add(found[:, : lack_one(sums.read(partition), gone, asked, table_for(asked.shape[1]), found)])

    join.each_partition(step, join.layout.bits, sums, ("pairs", 3), work)
    join.place.finish(step.name, {}, adds=[step.of("pairs")], drops=(step.of("sums"), step.of("lacking")))


def _shared(join: Join, step: Step) -> None:
    keyed = join.place.blocks(step.of("keyed"), 3)
    store = join.place.blocks(step.of("sets"), 1).flat()
    by_sums = join.give == PAIRS and join.plan.single <= LARGEST  # those that differ in one word, or in none
    how = Comparing(join.threshold, join.give == LINKS, 2 if by_sums else 1)

    def work(partition: int, stage: Stage) -> None:
        compare_all(keyed.read(partition), how, store, stage.add)
        if store.nbytes > join.memory // _MAPPED:
            let_go(store)

    join.each_partition(step, join.layout.key_bits, keyed, ("shared", 3), work)
    join.place.finish(step.name, {}, adds=[step.of("shared")], drops=(step.of("keyed"), step.of("sets")))


PHASES: dict[str, Callable[[Join, Step], None]] = {
    "sums": _sums,
    "equal": _equal,
    "again": _sums,
    "probes": _probes,
    "lacking": _lacking,
    "shared": _shared,
    "keep": keep_sets,
    "table": lay_keys,
}
