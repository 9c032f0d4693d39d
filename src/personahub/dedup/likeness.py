"""When two records are one, which of them stays, and what may be used to find that out."""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.options import LINKS, METHODS, SEMANTIC, STAYS
from personahub.text import content_id

LONGEST = 4 << 20  # bytes of a text; longer ones are not compared
MEMORY = 2 * 10**9  # bytes, where no limit is given
SCORES = "scores"  # the file of them: float64, one a record

COMPILING = "compiling, once on this machine; it takes up to half a minute"
TICK = 0.25  # seconds

READINGS = 2  # of all texts, while they are compared

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}

Parts = Callable[[], Iterable[pa.Array]]
Tell = Callable[[int], None]  # rows read: READINGS times all in the end


@dataclass(frozen=True)
class Limits:
    """What a search may use, and leave.

    Args:
        memory: bytes of a join's tables, None for its own default.
        disk: bytes of its files, None for as many as it needs.
        incremental: True to keep what the next search needs from now on, False to remove it, None to use what fits.
    """

    memory: int | None = None
    disk: int | None = None
    incremental: bool | None = None

    @classmethod
    def of(cls, memory: str | int | None, disk: str | int | None, incremental: bool | None = None) -> "Limits":
        return cls(size(memory), size(disk), incremental)


class Nearness(TypedDict, total=False):
    """The options that make a `Likeness`; `personahub.options.NEAR` says what each means."""

    threshold: float
    method: str
    ngram: int
    link: str
    stays: str
    by: str | None
    permutations: int


@dataclass(frozen=True)
class Likeness:
    """When two records are one, and which of them stays.

    Args:
        threshold: Jaccard similarity of their sets of word n-grams, as the decimal number it is written as.
        link: "single": all that is connected, directly or through others, is one; "star": only what is itself within
            the threshold of the record that stays.
        stays: "first"; "longest" in characters; "best", with the highest number in the field `by`, or the lowest for
            "-field"; "central", with the greatest sum of similarities to those that are near to it. Of equals the
            first.
        method: "exact" finds every pair, "minhash" most of them (paper, section 2.3); "auto" is settled by the texts.
        permutations: of MinHash.
        why: the method was taken, where that was left open.

    Raises UsageError where a setting cannot be meant.
    """

    threshold: float = 0.9
    ngram: int = 1
    link: str = "single"
    stays: str = "first"
    by: str | None = None
    method: str = "auto"
    permutations: int = 128
    why: str = ""

    def __post_init__(self) -> None:
        if self.method == SEMANTIC:
            raise UsageError("files are compared by their words; import them into a hub to compare their meaning")
        for name, value, known in (
            ("link", self.link, LINKS),
            ("stays", self.stays, STAYS),
            ("method", self.method, METHODS),
        ):
            if value not in known:
                raise UsageError(f"{name} is {value!r}; choose one of {', '.join(known)}")
        if (self.stays == "best") != bool(self.by):
            raise UsageError("to let the best stay takes both: stays 'best', and by, the field whose number says so")

    def settled(self, texts: Parts) -> "Likeness":
        """With the method that suits the first of the texts, where that was left open."""
        if self.method != "auto":
            return self
        # a third of a second for the compiler, which only a verb that compares should cost
        from personahub.joins.choice import choice  # noqa: PLC0415
        from personahub.joins.minhash import MinHash  # noqa: PLC0415

        keys = MinHash.at(self.threshold, self.permutations)
        taken = choice(keys, lambda: map(short, texts()), self.ngram)
        return replace(self, method=taken.method, why=taken.why)

    @property
    def field(self) -> str:
        """The field whose number decides, where one does."""
        return (self.by or "").removeprefix("-")

    @property
    def scored(self) -> bool:
        """Whether records are asked for their scores."""
        return self.stays in ("longest", "best")

    def scores(self, texts: pa.Array, numbers: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
        """Of records with these texts and these numbers in `field`; those that have none come last."""
        if self.stays == "longest" or numbers is None:
            return np.asarray(pc.fill_null(pc.utf8_length(texts), 0), np.float64)
        signed = -numbers if (self.by or "").startswith("-") else numbers
        return np.nan_to_num(signed, nan=-np.inf, posinf=np.inf, neginf=-np.inf)

    def run(self, *inputs: str) -> str:
        """The name of verdicts by these settings on these inputs."""
        return content_id("dedup", *(f"{name}={value}" for name, value in self.told().items()), *inputs)

    def told(self) -> dict[str, object]:
        """The settings that decide, for those who look at what came of them."""
        told: dict[str, object] = {"method": self.method, "threshold": self.threshold, "ngram": self.ngram}
        told |= {"link": self.link, "stays": self.stays, "by": self.by}
        return told | ({"permutations": self.permutations} if self.method != "exact" else {})

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was done, for the one who asked."""
        told = (self.why,) if self.why else ()
        if self.method != "minhash":
            return told
        from personahub.joins.minhash import MinHash  # noqa: PLC0415

        keys = MinHash.at(self.threshold, self.permutations)
        misses = (
            f"By MinHash, {keys.bands} bands of {keys.rows}, which misses {keys.miss_probability:.2%} of the pairs "
            f"that are exactly at {self.threshold:g}."
        )
        return *told, misses


def size(value: str | int | None) -> int | None:
    """Bytes of "2GB", "1.5 GiB", "500m" or a number; None for None.

    Raises:
        UsageError: it is no size.
    """
    if value is None or isinstance(value, int):
        return value
    found = _SIZE.fullmatch(value.strip())
    if not found:
        raise UsageError(f"{value!r} is no size; write 500MB, 2GB or a number of bytes")
    number, power, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS[power.lower()])


def too_long(texts: pa.Array) -> int:
    """How many of them are not compared."""
    return int(np.count_nonzero(_over(texts)))


def _over(texts: pa.Array) -> npt.NDArray[np.bool_]:
    lengths = pc.fill_null(pc.binary_length(texts), 0)
    return np.asarray(lengths) > LONGEST


def short(texts: pa.Array) -> pa.Array:
    """With those that are not compared empty."""
    long = _over(texts)
    return pc.if_else(pa.array(long), "", texts) if long.any() else texts


def prepare(tell: Callable[[str], None]) -> None:
    """Where the loops are not compiled yet, do it now and tell meanwhile what is waited for."""
    from personahub.joins.first import compile_all, is_compiled  # noqa: PLC0415

    if is_compiled():
        return
    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(compile_all)
        while not made.done():
            tell(COMPILING)
            wait([made], TICK)
        made.result()
