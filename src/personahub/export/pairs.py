"""For each sample a solution that is better and one that is worse, by what is known of them: for preferences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from personahub.evaluation.grading import Same, seen
from personahub.hub import Folder
from personahub.store.numbering import ROW

NO_PAIR = "no_pair"  # why a sample does not go out: no solution of it is better than another
_READ = ("record", "method", "text", "answer")


@dataclass(frozen=True)
class Pairs:
    """All solutions by their samples: 16 bytes each.

    Args:
        places: numbers of samples, ascending, of each of the solutions whose `numbers` stand beside.
    """

    folder: Folder
    places: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]

    @classmethod
    def of(cls, folder: Folder) -> "Pairs":
        at, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for batch in folder.tables["solutions"].scan(["record", ROW]):
            at.append(folder.tables["samples"].places(batch["record"].to_pylist()))
            rows.append(batch[ROW].to_numpy().astype(np.int64))
        places, numbers = np.concatenate(at), np.concatenate(rows)
        order = np.lexsort((numbers, places))
        return cls(folder, places[order], numbers[order])

    def beside(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same samples with the texts `chosen` and `rejected`; those without such a pair are dropped for it.

        Args:
            batch: with `id`, `reject`, and `answer`, that solvers agreed on, where there is such a column.
        """
        kept = pc.is_null(batch["reject"]).to_pylist()
        at = self.folder.tables["samples"].places(batch["id"].to_pylist())
        mine = [self._of(int(place)) if keep else range(0) for place, keep in zip(at, kept, strict=True)]
        held = self._solutions(np.concatenate([np.empty(0, np.int64), *(self.numbers[some] for some in mine)]))
        agreed = batch["answer"].to_pylist() if "answer" in batch.schema.names else [None] * len(batch)
        found, start = [], 0
        for some, answer in zip(mine, agreed, strict=True):
            found.append(_pair(held[start : start + len(some)], answer))
            start += len(some)
        lacking = [keep and pair is None for keep, pair in zip(kept, found, strict=True)]
        reject = pc.if_else(pa.array(lacking), NO_PAIR, batch["reject"])
        for number, name in enumerate(("chosen", "rejected")):
            texts = pa.array([pair[number] if pair else None for pair in found], pa.string())
            batch = batch.append_column(name, texts)
        return batch.set_column(batch.schema.get_field_index("reject"), "reject", reject)

    def _of(self, place: int) -> range:
        low, high = np.searchsorted(self.places, [place, place + 1])
        return range(int(low), int(high))

    def _solutions(self, numbers: npt.NDArray[np.int64]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for batch in self.folder.judged("solutions", _READ, rows=numbers):
            found += batch.to_pylist()
        return found


def _pair(solutions: Sequence[Mapping[str, Any]], agreed: str | None) -> tuple[str, str] | None:
    """The first that holds and the first that does not, of the same method where there are such two.

    What a verdict drops does not hold; and where solvers agreed on an answer, nor does another answer.
    """
    better = [one for one in solutions if one["reject"] is None and _answers(one, agreed) in (None, Same.YES)]
    worse = [one for one in solutions if one["reject"] is not None or _answers(one, agreed) is Same.NO]
    pairs = [(good, bad) for good in better for bad in worse if good["text"] != bad["text"]]
    alike = next((pair for pair in pairs if pair[0]["method"] == pair[1]["method"]), None)
    good, bad = alike or (pairs[0] if pairs else (None, None))
    return (good["text"], bad["text"]) if good and bad else None


def _answers(solution: Mapping[str, Any], agreed: str | None) -> Same | None:
    """Whether it has the answer that was agreed on; None where nothing was, or it has none."""
    return seen(solution["answer"], agreed) if agreed is not None and solution["answer"] is not None else None
