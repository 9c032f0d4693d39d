"""A few more texts beside very many that were joined: only what is new is read, and what it may be near to.

A join that is to be kept leaves the words of every set, and keys such that any two near sets share one, those that are
equal or differ in one word included. New sets look theirs up, are compared with what they meet, and are put beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import pyarrow as pa

from personahub.joins.compare import Comparing, compare_all
from personahub.joins.compiled import Words
from personahub.joins.folder import Folder
from personahub.joins.kept import describe, lay_sets
from personahub.joins.keys import Keying
from personahub.joins.layers import Layer, Writing, filter_of, merged, starts
from personahub.joins.matches import collapse, table_for
from personahub.joins.plan import CUT, LARGEST, Plan, Threshold, next_size
from personahub.joins.reading import Parts, Source, Worker, read_all, sliced_from
from personahub.joins.spool import Damaged, Spool, Stage
from personahub.joins.work import KEY_BITS, Join, Step

_GROUPS = 4  # combined to a key of sets that differ in one word, where fewer do not have enough words
_ENOUGH = 6  # words in a key
_LAYERS = 2  # times larger a layer may be than those behind it, to be joined with them
_PER_NEW = 1_000  # bytes of memory for a text that is added
LEAST = 1 << 14  # texts that are added at one time, whatever the memory
_CUT = " \0"  # between the name of texts and how many of them are added
_TABLE_BITS = 2  # more partitions than those of keys


def plan_of_all(threshold: Threshold) -> Plan:
    """A plan that also has keys for sets that are equal or differ in one word."""
    plan = threshold.plan
    if len(plan.bands) and plan.bands[0, 0] == 1:
        return plan
    one = next_size(lambda size: threshold.apart(size) >= 1)
    two = int(plan.bands[0, 0]) if len(plan.bands) else LARGEST + 1
    rows = [(1, one - 1, 0, CUT, 0, 1)] if one > 1 else []
    if two > one:
        combined = next((count for count in range(2, _GROUPS) if one * count >= _ENOUGH * (count + 1)), _GROUPS)
        rows.append((one, two - 1, 1, CUT, 1, combined))
    return plan._replace(bands=np.concatenate([np.array(rows, np.int64).reshape(-1, 6), plan.bands]))


def keep_sets(join: Join, step: Step) -> None:
    """One more reading: the words of every set that stays, and its keys."""
    place, begun = join.place, join.place.begun(step.name)
    store, rows = place.spool("store-0", 1), place.spool("rows-0", 2)
    gone = join.gone()

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        start = 0
        while start < len(column):
            out = worker.shortlist(0, desk)
            start = lay_sets(texts, (start, first), desk, gone, out)
            worker.check += int(out.counts[3])
            if out.counts[2]:
                keyed = out.keyed[:2, : int(out.counts[1])]
                keyed[1] += np.uint64(store.append(out.sets[: int(out.counts[2])]))
                worker.stages[0].add(keyed)

    bits = join.layout.key_bits + _TABLE_BITS
    for told in join.read(step, work, {"rows": (rows, bits)}, begun, plan_of_all(join.threshold)):
        place.begin(step.name, told, {"store-0": store, "rows-0": rows})
    store.close()
    rows.close()
    place.finish(step.name, {"store": store.mark()}, adds=["store-0", "rows-0"])


def lay_keys(join: Join, step: Step) -> None:
    """The keys in order."""
    rows, bits = join.place.blocks("rows-0", 2), join.layout.key_bits + _TABLE_BITS
    writing = Writing(join.place, 0, rows.rows, bits)
    join.each(range(1 << bits), lambda partition: writing.add(rows.read(partition), partition, bits))
    writing.close()
    told = {"rows": join.rows, "store": join.place.told("keep-0")["store"]}
    join.place.finish(step.name, told, adds=writing.names, drops=("rows-0",))


@dataclass
class _Batch:
    """New sets: words as `lay_sets` has them, keys and places in them, sums as `collapse` wants them."""

    sets: Words
    keyed: Words
    sums: Words


@dataclass(frozen=True)
class Stand:
    """How a folder stands.

    Args:
        number: of the last addition, from 1.
        since: of the last one before those of the last call, or of the call at hand.
        first: texts before those of that call.
        rows: texts.
        store: bytes of their sets.
        inputs: names the texts.
    """

    number: int
    since: int
    first: int
    rows: int
    store: int
    inputs: str

    def start(self, before: str, inputs: str, rows: int) -> int | None:
        """How many of so many new texts are joined already; None where it knows others than those before them."""
        if self.inputs in {before, inputs}:
            return rows if self.inputs == inputs else 0
        name, _, done = self.inputs.rpartition(_CUT)
        return int(done) if name == inputs else None


@dataclass(frozen=True)
class _Some:
    """Of parts the rows from one to before another."""

    parts: Parts
    start: int
    end: int

    def __call__(self) -> Iterator[pa.Array]:
        return (column for _, column in sliced_from(self.parts, self.end, self.start))


def stand_of(place: Folder) -> Stand | None:
    """None where nothing was kept."""
    if not place.done("table-0"):
        return None
    number, since = place.number("last"), place.number("since")
    told, first = (place.told(f"more-{which}" if which else "table-0") for which in (number, since))
    return Stand(
        number,
        since,
        first["rows"],
        told["rows"],
        told["store"],
        str(place.marks.get("inputs", place.settings["inputs"])),
    )


def add_all(join: Join, stand: Stand, start: int, inputs: str) -> Stand:
    """Join the texts of the source from a row on with all that is kept, and keep them too; as many at a time as fit."""
    parts, rows = join.source.parts, join.source.rows
    stand = stand if start else replace(stand, since=stand.number, first=stand.rows)
    many = max(join.memory // _PER_NEW, LEAST)
    for first in range(start, max(rows, 1), many):
        last = first + many >= rows
        # one row more than was told of is asked for, so that there being more is noticed
        some = _Some(parts, first, rows + 1 if last else first + many)
        join.source = Source(some, min(many, rows - first), join.source.tell)
        stand = _add(join, stand, inputs if last else f"{inputs}{_CUT}{first + many}")
    return stand


def _add(join: Join, stand: Stand, inputs: str) -> Stand:
    place, number, base = join.place, stand.number + 1, stand.rows
    batch = _read(join, base)
    spool = Spool(place.path / "store-0", 1, place.room, stand.store)
    batch.keyed[1] += np.uint64(spool.append(batch.sets))
    size = spool.mark()
    spool.abandon()
    store = np.asarray(np.memmap(spool.path, np.uint64, "r")) if size else np.zeros(1, np.uint64)
    equal = _equal(batch.sums)
    keyed = _less(batch.keyed, store, equal[0], base, join.rows)
    keyed = keyed[:, np.argsort(keyed[0])]
    pairs, known = _parted(_compared(join, keyed, store, base))
    equal = np.concatenate([_through(equal, known), known], axis=1)
    adds, drops = _layered(join, number, _less(keyed, store, known[0], base, join.rows))
    for name, rows in (("equal", equal), ("pairs", pairs)):
        adds.append(_put(join, f"{name}-{number}m", rows, base))
    told = {"rows": base + join.rows, "store": size}
    place.finish(f"more-{number}", told, adds=adds, drops=tuple(drops), inputs=inputs, last=number, since=stand.since)
    return replace(stand, number=number, rows=base + join.rows, store=size, inputs=inputs)


def _equal(sums: Words) -> Words:
    equal, rows = np.empty_like(sums), sums.shape[1]
    return equal[:, : collapse(sums, (table_for(rows), np.empty(rows, np.int64)), equal)]


def _less(keyed: Words, store: Words, gone: Words, base: int, rows: int) -> Words:
    """Without the keys of some of the new sets."""
    stays = np.ones(rows, np.bool_)
    stays[gone - np.uint64(base)] = False
    return keyed[:, stays[store[keyed[1]] - np.uint64(base)]]


def _parted(pairs: Words) -> tuple[Words, Words]:
    """Near pairs without those that are equal to one before them; and these, with the one that each is equal to."""
    same = pairs[2] >> np.uint64(32) == pairs[2] & np.uint64(0xFFFF_FFFF)
    known = pairs[1::-1, same]
    return pairs[:, ~(np.isin(pairs[0], known[0]) | np.isin(pairs[1], known[0]))], known


def _through(equal: Words, known: Words) -> Words:
    """Where what a set is equal to is itself equal to one before, that one."""
    known = known[:, np.argsort(known[0])]
    at = np.searchsorted(known[0], equal[1])
    held = np.isin(equal[1], known[0])
    equal[1, held] = known[1, at[held]]
    return equal


def _read(join: Join, base: int) -> _Batch:
    keying, lock = Keying(plan_of_all(join.threshold), join.common), Lock()
    found: list[tuple[Words, Words, Words]] = []

    def work(worker: Worker, first: int, column: pa.Array) -> None:
        texts, desk = worker.read(column)
        start = 0
        while start < len(column):
            out = worker.shortlist(0, desk)
            start = lay_sets(texts, (start, base + first), desk, np.zeros(0, np.uint64), out)
            sums, keys, words = (int(count) for count in out.counts[:3])
            with lock:
                found.append((out.sets[:words].copy(), out.keyed[:2, :keys].copy(), out.lacking[:2, :sums].copy()))

    desks = [Worker(join.key, join.ngram, keying) for _ in range(join.workers)]
    for _ in read_all(join.source, "more", desks, work, {}):
        pass
    found.append((np.zeros(0, np.uint64), np.zeros((2, 0), np.uint64), np.zeros((2, 0), np.uint64)))
    at = 0
    for words, keys, _ in found:
        keys[1] += np.uint64(at)
        at += len(words)
    sets, keyed, sums = zip(*found, strict=True)
    return _Batch(np.concatenate(sets), np.concatenate(keyed, axis=1), np.concatenate(sums, axis=1))


def _compared(join: Join, keyed: Words, store: Words, base: int) -> Words:
    """Near and equal pairs with a new set in them, each once, shape (3, n)."""
    first = starts(keyed[0])
    keys, group = keyed[0, first], np.cumsum(first) - 1
    met = [
        Layer.of(join.place, name).find(keys, filter_of(join.place, name, len(keys)))
        for name in join.place.kept
        if name.startswith("layer-")
    ]
    shared = np.bincount(group, minlength=len(keys)) > 1
    for rows in met:
        shared[np.searchsorted(keys, rows[0])] = True
    rows = np.concatenate([keyed[:, shared[group]], *met], axis=1)
    described = np.empty((3, rows.shape[1]), np.uint64)
    if not describe(rows, store, described):
        raise Damaged(join.place.path / "store-0.blocks")
    found: list[Words] = [np.empty((3, 0), np.uint64)]
    compare_all(
        described, Comparing(join.threshold, linking=False, least=0), store, lambda pairs: found.append(pairs.copy())
    )
    pairs = np.concatenate(found, axis=1)
    pairs = pairs[:, pairs[1] >= np.uint64(base)]
    return np.unique(pairs, axis=1)


def _put(join: Join, name: str, rows: Words, base: int) -> str:
    spool = join.place.spool(name, len(rows))
    shift = join.id_shift
    stage = Stage(spool, ((base + join.rows) >> shift) + 1, shift, max(rows.shape[1], 1))
    stage.add(np.ascontiguousarray(rows))
    stage.flush()
    spool.close()
    return name


def _layered(join: Join, number: int, keyed: Words) -> tuple[list[str], list[str]]:
    """A layer of the new keys; one with those before it that are not much larger. Names that come, and that go."""
    place = join.place
    writing = Writing(place, 2 * number, keyed.shape[1], 1)
    for partition in range(2):
        writing.add(keyed[:, keyed[0] >> np.uint64(KEY_BITS - 1) == np.uint64(partition)], partition, 1)
    writing.close()
    together, rows = [writing.names[0]], keyed.shape[1]
    for name in reversed([name for name in place.kept if name.startswith("layer-")]):
        own = place.blocks(name, 2).rows
        if own > _LAYERS * rows:
            break
        together.insert(0, name)
        rows += own
    if len(together) == 1:
        return writing.names, []
    gone = [name.replace("layer", kind) for name in together for kind in ("layer", "filter")]
    return merged(place, together, 2 * number + 1), gone
