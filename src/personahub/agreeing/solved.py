"""Which solutions count for each sample of a task."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.store.numbering import ROW

Whole = npt.NDArray[np.int64]
RESULT = "result"  # beside a solution: what its program gave
SAMPLE_DROPPED = "sample_dropped"


@dataclass(frozen=True)
class Solved:
    """Args:
    places: numbers of samples, ascending, of each of their solutions that counts; `numbers` are those of solutions.
    methods: that count.
    """

    places: Whole
    numbers: Whole
    methods: tuple[str, ...]

    def of(self, place: int) -> Whole:
        """The solutions of a sample, in the order in which they came."""
        low, high = np.searchsorted(self.places, [place, place + 1])
        return self.numbers[low:high]


def solved(folder: Folder, task: str, methods: Sequence[str], most: int) -> Solved:
    """The first so many solutions of each sample, less those that verdicts on solutions drop.

    A method of which no solution has an answer, such as a response to an instruction, is none of them.

    Raises:
        UsageError: a method that is not there.
    """
    beside = results(folder)
    answered: set[str] = set()
    codes: dict[str, int] = {}
    found = [np.empty((3, 0), np.int64)]
    columns = ["record", "method", "answer", *beside, ROW]
    for batch in folder.judged("solutions", columns, folder.of_task("solutions", task, None)):
        own = pc.not_equal(batch["reject"], SAMPLE_DROPPED).fill_null(False)
        some = batch.filter(pc.invert(own))
        has = pc.is_valid(pc.coalesce(*(some[name] for name in ("answer", *beside))))
        answered.update(pc.unique(some["method"].filter(has)).to_pylist())
        at = folder.tables["samples"].places(some["record"].to_pylist())
        kinds = [codes.setdefault(name, len(codes)) for name in some["method"].to_pylist()]
        found.append(np.array([at, some[ROW].to_numpy().astype(np.int64), kinds], np.int64))
    for name in methods:
        if name not in answered:
            raise UsageError(f"no solution of {task} by {name[:80]!r} has an answer; {_those(answered)}")
    wanted = tuple(sorted(methods or answered))
    return _first(np.concatenate(found, axis=1), [codes[name] for name in wanted], most, wanted)


def _first(found: Whole, codes: Sequence[int], most: int, methods: tuple[str, ...]) -> Solved:
    """Of rows of place, number and method those of these methods, ordered, the first so many of each place."""
    at, number, _ = found[:, (found[0] >= 0) & np.isin(found[2], codes)]
    order = np.lexsort((number, at))
    at, number = at[order], number[order]
    among = np.arange(len(at)) - np.searchsorted(at, at) < most
    return Solved(at[among], number[among], methods)


def _those(answered: set[str]) -> str:
    return f"there are answers by {', '.join(sorted(answered))}" if answered else "none has: call 'solve' first"


def results(folder: Folder) -> list[str]:
    """The columns beside "answer" in which an answer may stand."""
    return [RESULT] if RESULT in folder.tables["solutions"].stored.names else []


def answers(folder: Folder, numbers: Whole) -> pa.Table:
    """Ids and answers of solutions, in this order; of a program what it gave."""
    beside = results(folder)
    held = folder.tables["solutions"].pick(numbers, ["id", "answer", *beside])
    return pa.table({"id": held["id"], "answer": pc.coalesce(*(held[name] for name in ("answer", *beside)))})
