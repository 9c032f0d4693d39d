"""A few more texts beside very many that were joined: only what is new is read, and what it may be near to.

A join that is to be kept leaves the words of every set, and keys such that any two near sets share one, those that are
equal or differ in one word included. New sets look theirs up, are compared with what they meet, and are put beside it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from operator import ge

import numpy as np
import pyarrow as pa

from personahub.joins.batch import PARTS, Batch, plan_of_all, read_batch
from personahub.joins.compare import Comparing, compare_all
from personahub.joins.compiled import Flags, Words
from personahub.joins.folder import Folder
from personahub.joins.kept import describe, lay_sets
from personahub.joins.layers import Layer, Writing, starts
from personahub.joins.reading import Parts, Source, Worker, sliced_from
from personahub.joins.spool import Damaged, Stage
from personahub.joins.work import KEY_BITS, Join, Step

_LARGER = 2  # times a layer may be larger than those behind it, to count as alike
_ALIKE = 4  # layers that become one
_PER_NEW = 1_000  # bytes of memory for a text that is added
LEAST = 1 << 14  # texts that are added at one time, whatever the memory
_CUT = " \0"  # between the name of texts and how many of them are added
_MERGED_BITS = 8  # of keys that are merged at one time
_TABLE_BITS = 2  # more partitions than those of keys


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
    store = place.spool("store-0", 1, stand.store)
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(_layers, place)
        batch = read_batch(join, base, store)
        layers = opened.result()
    size = store.size
    place.leave(store)  # the disk takes them while they are compared
    gone = np.zeros(join.rows, np.bool_)
    equal = batch.equal()
    gone[equal[0] - np.uint64(base)] = True
    parts, pairs = _compared(join, batch, gone, list(layers.values()))
    pairs = _once(pairs[:, pairs[1] >= np.uint64(base)])
    pairs, known = _parted(pairs)
    gone[known[0] - np.uint64(base)] = True
    equal = np.concatenate([_through(equal, known), known], axis=1)
    for name, rows in (("equal", equal), ("pairs", pairs)):
        _put(join, f"{name}-{number}m", rows, base)
    adds, drops = _layered(join, number, parts, layers, gone)
    adds += [f"equal-{number}m", f"pairs-{number}m"]
    told = {"rows": base + join.rows, "store": size}
    place.finish(f"more-{number}", told, adds=adds, drops=tuple(drops), inputs=inputs, last=number, since=stand.since)
    return replace(stand, number=number, rows=base + join.rows, store=size, inputs=inputs)


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


def _layers(place: Folder) -> dict[str, Layer]:
    """By their names, the oldest first."""
    return {name: Layer.of(place, name) for name in place.kept if name.startswith("layer-")}


def _compared(join: Join, batch: Batch, gone: Flags, layers: list[Layer]) -> tuple[list[Words], Words]:
    """The keys of the new sets that are not gone, and the near and equal pairs with a set that shares one of them."""
    path = join.place.path / "store-0.blocks"
    store = np.asarray(np.memmap(path, np.uint64, "r")) if batch.keyed.size else batch.keyed[0]
    part = batch.parts(gone)
    parts = [batch.keyed[:, :0]] * (1 << PARTS)
    found: list[Words] = [np.empty((3, 0), np.uint64)]

    def work(number: int) -> None:
        parts[number] = part(number)
        compare_all(
            _described(join.place, parts[number], layers, store),
            Comparing(join.threshold, linking=False, least=0),
            store,
            lambda pairs: found.append(pairs.copy()),
        )

    join.each(range(len(parts)), work)
    return parts, np.concatenate(found, axis=1)


def _once(pairs: Words) -> Words:
    """Each of them once, in order."""
    pairs = pairs[:, np.lexsort(pairs[::-1])]
    first = np.ones(pairs.shape[1], np.bool_)
    first[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
    return pairs[:, first]


def _described(place: Folder, keyed: Words, layers: list[Layer], store: Words) -> Words:
    """Every set, new or kept, that shares one of the new keys with another; as `compare_all` takes them."""
    first = starts(keyed[0])
    keys, group = np.take(keyed[0], np.flatnonzero(first)), np.cumsum(first) - 1
    met = [layer.find(keys) for layer in layers]
    shared = np.bincount(group, minlength=len(keys)) > 1
    for rows in met:
        shared[np.searchsorted(keys, rows[0])] = True
    own = np.take(keyed[:2], np.flatnonzero(np.take(shared, group)), axis=1)
    rows = np.concatenate([own, *met], axis=1)
    described = np.empty((3, rows.shape[1]), np.uint64)
    if not describe(rows, store, described):
        raise Damaged(place.path / "store-0.blocks")
    return described


def _put(join: Join, name: str, rows: Words, base: int) -> None:
    spool = join.place.spool(name, len(rows))
    shift = join.id_shift
    stage = Stage(spool, ((base + join.rows) >> shift) + 1, shift, max(rows.shape[1], 1))
    stage.add(np.ascontiguousarray(rows))
    stage.flush()
    join.place.leave(spool)


def _layered(
    join: Join, number: int, parts: list[Words], older: dict[str, Layer], gone: Flags
) -> tuple[list[str], list[str]]:
    """A layer of the new keys and of those before it that are not much larger. Names that come, and that go."""
    place, count = join.place, sum(part.shape[1] for part in parts)
    many = _alike([layer.rows for layer in reversed(older.values())], count)
    taken = list(older)[len(older) - many :]
    layers = [older[name] for name in taken]
    bits = min([layer.bits for layer in layers] + [_MERGED_BITS]) if layers else PARTS
    writing = Writing(place, number, count + sum(layer.rows for layer in layers), bits)

    def add(partition: int) -> None:
        new = _within(parts, partition, bits)
        new = np.take(new[:2], np.flatnonzero(~np.take(gone, new[2].view(np.int64))), axis=1)
        rows = [*(layer.read(partition, bits) for layer in layers), new]
        writing.add(np.concatenate(rows, axis=1), partition, bits)

    join.each(range(1 << bits), add)
    writing.close()
    return writing.names, [name.replace("layer", kind) for name in taken for kind in ("layer", "filter")]


def _within(parts: list[Words], partition: int, bits: int) -> Words:
    """Of all keys those that begin with so many bits that are `partition`."""
    keyed = parts[partition >> (bits - PARTS)]
    first, end = (np.uint64(number) for number in (partition, partition + 1))
    borders = np.searchsorted(keyed[0] >> np.uint64(KEY_BITS - bits), np.array([first, end]))
    return keyed[:, borders[0] : borders[1]]


def _alike(sizes: list[int], rows: int) -> int:
    """How many layers before a new one of so many rows are to be one with it: few stay, and each row is laid anew only
    as often as their number has digits (a log-structured merge tree; O'Neil and others, 1996).

    Args:
        sizes: the newest first.
    """
    taken = 0
    while True:
        some = list(takewhile(partial(ge, _LARGER * rows), sizes[taken:]))
        if len(some) < _ALIKE - 1:
            return taken
        taken, rows = taken + len(some), rows + sum(some)
