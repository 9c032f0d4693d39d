"""Texts that come one after another, each held against those before it: exact, in memory, never more than is allowed.

Every set gets the keys that a join gives it, such that any two near sets share one; who shares a key is compared word
by word. What is near to a text before it is told and not taken in, so that many copies of one text cost what one does.
"""

import os
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.joins.batch import plan_of_all
from personahub.joins.compiled import Whole, Words, compiled, whole
from personahub.joins.hashing import KEYS
from personahub.joins.kept import lay_sets
from personahub.joins.keys import BUCKETS, Keying
from personahub.joins.met import NONE, Met
from personahub.joins.passes import HEAD
from personahub.joins.plan import Plan, Threshold
from personahub.joins.reading import LONGEST, SLICE, Worker

T = TypeVar("T", np.uint64, np.int64)

_LEAST = 1 << 12  # places that each array begins with


class _Held(NamedTuple):
    """Args:
    sets: of each text how many words it has, and these, sorted.
    starts: where each begins.
    names, rests: of each text both halves of its name.
    seen: the number of the last text that was compared with it.
    heads: for each place of the table of keys the last entry there; a power of two of them.
    keys, texts, before: of each entry: the key, the text, and the entry before it at that place.
    """

    sets: Words
    starts: Whole
    names: Words
    rests: Words
    seen: Whole
    heads: Whole
    keys: Words
    texts: Whole
    before: Whole

    @property
    def bytes(self) -> int:
        return sum(array.nbytes for array in self)


class Growing:
    """Args:
    threshold: Jaccard similarity of the sets of words from which two texts are near.
    memory: bytes of its tables; where more would be needed, the older half of the texts is forgotten.
    """

    def __init__(self, threshold: float, memory: int) -> None:
        self._memory = memory
        self._plan = plan_of_all(Threshold.of(threshold))
        key = np.frombuffer(os.urandom(8 * KEYS), np.uint64).copy()
        self._worker = Worker(key, 1, Keying(self._plan, np.zeros(1 << BUCKETS, np.uint8)))
        self.forgotten = 0
        self._counts = np.zeros(4, np.int64)  # texts, numbers in `sets`, entries, texts that were compared
        self._held = _nothing()
        # the loops are compiled now: the first text shall not wait for that
        self.look(pa.array(["a text"]), np.zeros((1, 2), np.uint64))
        chain(self._held, 0)

    @property
    def count(self) -> int:
        """Texts that were taken in, those that are forgotten included."""
        return self.forgotten + int(self._counts[0])

    @property
    def bytes(self) -> int:
        return self._held.bytes

    def meet(self, texts: pa.Array, names: Words) -> Met:
        """Hold texts against all before them, those of the same call included, and take in those that are new.

        Args:
            texts: those above LONGEST bytes are near to none, as in a join.
            names: uint64, shape (n, 2): a text of the same name that is near is this very text.
        """
        return self._all(texts, names, takes=True)

    def look(self, texts: pa.Array, names: Words) -> Met:
        """The same, and nothing is taken in."""
        return self._all(texts, names, takes=False)

    def names(self, numbers: Whole) -> Words:
        """Of texts that are not forgotten, shape (n, 2)."""
        at = numbers - self.forgotten
        return np.stack([self._held.names[at], self._held.rests[at]], axis=1)

    def _all(self, texts: pa.Array, names: Words, *, takes: bool) -> Met:
        texts = pc.if_else(pc.greater(pc.binary_length(texts), LONGEST), "", texts)
        nothing = np.full(len(texts), NONE, np.int64)
        met = Met(nothing, nothing.copy(), np.zeros(len(texts)))
        for start in range(0, len(texts), SLICE):
            some = met.of(slice(start, None))
            self._meet(texts.slice(start, SLICE), np.ascontiguousarray(names[start:]), some, takes=takes)
        return met

    def _meet(self, texts: pa.Array, names: Words, met: Met, *, takes: bool) -> None:
        read, desk = self._worker.read(texts)
        start = 0
        while start < len(texts):
            out = self._worker.shortlist(0, desk)
            start = lay_sets(read, (start, 0), desk, np.zeros(0, np.uint64), out)
            rows, keys, words = (int(out.counts[place]) for place in range(3))
            if takes:
                self._make_room(rows, words, keys)
            bounds = np.array([keys, self.forgotten, takes], np.int64)
            hold((out.sets, out.keyed, names), bounds, self._held, self._counts, self._plan, met)

    def _make_room(self, texts: int, words: int, keys: int) -> None:
        """For so many more."""
        if self._sized(texts, words, keys) > self._memory and self._counts[0] > 1:
            self._forget(int(self._counts[0]) // 2)
        held, (many, numbers, entries) = self._held, self._counts[:3].tolist()
        heads = held.heads
        if entries + keys > len(heads):
            heads = np.full(_power(entries + keys), NONE, np.int64)
        self._held = held._replace(
            **{name: _longer(getattr(held, name), many + texts) for name in ("starts", "names", "rests", "seen")},
            **{name: _longer(getattr(held, name), entries + keys) for name in ("keys", "texts", "before")},
            sets=_longer(held.sets, numbers + words),
            heads=heads,
        )
        if heads is not held.heads:
            chain(self._held, entries)

    def _sized(self, texts: int, words: int, keys: int) -> int:
        """Bytes of the tables when so many more are in them."""
        many, numbers, entries = self._counts[:3].tolist()
        return 8 * (4 * _power(many + texts) + _power(numbers + words) + 4 * _power(entries + keys))

    def _forget(self, many: int) -> None:
        """The oldest."""
        held, (count, numbers, entries) = self._held, self._counts[:3].tolist()
        first = int(held.starts[many])
        stays = np.flatnonzero(held.texts[:entries] >= many)
        self._held = _Held(
            _longer(held.sets[first:numbers].copy(), _LEAST),
            _longer(held.starts[many:count] - first, _LEAST),
            _longer(held.names[many:count].copy(), _LEAST),
            _longer(held.rests[many:count].copy(), _LEAST),
            _longer(held.seen[many:count].copy(), _LEAST),
            np.full(_power(max(len(stays), _LEAST)), NONE, np.int64),
            _longer(held.keys[stays], _LEAST),
            _longer(held.texts[stays] - many, _LEAST),
            np.full(_power(max(len(stays), _LEAST)), NONE, np.int64),
        )
        self._counts[:3] = count - many, numbers - first, len(stays)
        self.forgotten += many
        chain(self._held, len(stays))


def _nothing() -> _Held:
    words, numbers = np.zeros(_LEAST, np.uint64), np.full(_LEAST, NONE, np.int64)
    kinds = (words, numbers, words, words, numbers, numbers, words, numbers, numbers)
    return _Held(*(kind.copy() for kind in kinds))  # type: ignore[arg-type]  # in the order of its fields


def _filling(kind: type) -> int:
    return NONE if kind is np.int64 else 0


def _power(size: int) -> int:
    return 1 << max(size - 1, 1).bit_length()


def _longer(array: npt.NDArray[T], size: int) -> npt.NDArray[T]:
    """The same with room for so many, at least."""
    if size <= len(array):
        return array
    longer = np.full(_power(size), _filling(array.dtype.type), array.dtype)
    longer[: len(array)] = array
    return longer


@compiled
def chain(held: _Held, entries: int) -> None:
    """Lay every entry at its place anew."""
    for entry in range(entries):
        place = whole(held.keys[entry]) & (len(held.heads) - 1)
        held.before[entry] = held.heads[place]
        held.heads[place] = entry


@compiled
def hold(new: tuple[Words, Words, Words], bounds: Whole, held: _Held, counts: Whole, plan: Plan, met: Met) -> None:
    """Look up the new sets in their order, tell what is near to each, and take in what is new.

    Args:
        new: sets and keys as `lay_sets` has them, and the names of all texts by their rows.
        bounds: how many keys there are; the number of the first text that is held; whether any is taken in.
    """
    sets, keyed, names = new
    at = 0
    while at < bounds[0]:
        base = whole(keyed[1, at])
        end = at + 1
        while end < bounds[0] and whole(keyed[1, end]) == base:
            end += 1
        row = whole(sets[base])
        counts[3] += 1
        near, own, apart = _first(new, (at, end, base), held, counts[3], plan)
        if bounds[2] and near < 0 and own < 0:
            _take(sets, base, names[row], held, counts)
            for place in range(at, end):
                _enter(keyed[0, place], counts[0] - 1, held, counts)
        if near >= 0 and (own < 0 or near < own):
            met.near[row] = near + bounds[1]
            total = whole(sets[base + 1]) + whole(held.sets[held.starts[near]])
            met.scores[row] = (total - apart) / (total + apart)
        if own >= 0:
            met.own[row] = own + bounds[1]
        at = end


@compiled
def _first(
    new: tuple[Words, Words, Words], place: tuple[int, int, int], held: _Held, number: int, plan: Plan
) -> tuple[int, int, int]:
    """The first text that is near to a set, the set itself, and how many words the former and it differ in.

    Args:
        place: where the keys of the set begin and end, and where the set stands.
    """
    sets, keyed, names = new
    at, end, base = place
    row = whole(sets[base])
    near, own, apart = whole(NONE), whole(NONE), whole(0)
    for key in range(at, end):
        entry = held.heads[whole(keyed[0, key]) & (len(held.heads) - 1)]
        while entry >= 0:
            text = held.texts[entry]
            if held.keys[entry] == keyed[0, key] and held.seen[text] != number:
                held.seen[text] = number
                differ = _differ(sets, base + 1, held.sets, held.starts[text], plan)
                same = held.names[text] == names[row, 0] and held.rests[text] == names[row, 1]
                if differ >= 0 and same:
                    own = text
                elif differ >= 0 and (near < 0 or text < near):
                    near, apart = text, differ
            entry = held.before[entry]
    return near, own, apart


@compiled
def _take(sets: Words, base: int, name: Words, held: _Held, counts: Whole) -> None:
    size = whole(sets[base + 1])
    held.starts[counts[0]] = counts[1]
    held.names[counts[0]], held.rests[counts[0]] = name[0], name[1]
    held.seen[counts[0]] = 0
    held.sets[counts[1]] = np.uint64(size)
    for place in range(size):
        held.sets[counts[1] + 1 + place] = sets[base + HEAD + place]
    counts[0] += 1
    counts[1] += size + 1


@compiled
def _enter(key: np.uint64, text: int, held: _Held, counts: Whole) -> None:
    place = whole(key) & (len(held.heads) - 1)
    entry = counts[2]
    held.keys[entry], held.texts[entry] = key, text
    held.before[entry] = held.heads[place]
    held.heads[place] = entry
    counts[2] += 1


@compiled
def _differ(left: Words, one: int, right: Words, two: int, plan: Plan) -> int:
    """Words in one of two sets only, each behind the number of its words; NONE where too many for near ones."""
    total = whole(left[one]) + whole(right[two])
    may = total * (plan.under - plan.over) // (plan.under + plan.over)
    one_end, two_end = one + 1 + whole(left[one]), two + 1 + whole(right[two])
    one, two = one + 1, two + 1
    apart = 0
    while one < one_end and two < two_end and apart <= may:
        if left[one] == right[two]:
            one += 1
            two += 1
        elif left[one] < right[two]:
            one += 1
            apart += 1
        else:
            two += 1
            apart += 1
    apart += (one_end - one) + (two_end - two)
    return apart if apart <= may else NONE
