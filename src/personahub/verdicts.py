"""Stages over many records, as verdicts: which records are dropped, and for what reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from personahub.engines.local import Local
from personahub.events import Tally
from personahub.schema import VERDICTS
from personahub.stages.base import Stage
from personahub.text import content_id

Tell = Callable[[int], None]


@dataclass
class Judgement:
    """Verdicts to put down under `run`; `tally` is whole when they are exhausted."""

    run: str
    verdicts: Iterable[pa.Table] = ()
    tally: Tally = field(default_factory=Tally)


def unusable(batches: Iterable[pa.RecordBatch], stage: Stage, tell: Tell) -> Judgement:
    """A verdict on every row that the stage gives a reason; batch by batch, so in flat memory.

    A row is judged by itself, so the settings alone name the run: new rows are judged on top of the old.
    """
    judgement = Judgement(content_id("quality", repr(stage)))
    judgement.verdicts = _reasons(judgement, Local().map(stage, batches), tell)
    return judgement


def _reasons(judgement: Judgement, judged: Iterable[pa.RecordBatch], tell: Tell) -> Iterator[pa.Table]:
    for batch in judged:
        gone = batch.filter(pc.is_valid(batch["reject"]))
        judgement.tally += Tally(len(batch), len(batch) - len(gone), Counter(gone["reject"].to_pylist()))
        tell(judgement.tally.read)
        nothing = pa.nulls(len(gone))
        same = [pa.repeat(value, len(gone)) for value in ("personas", "quality", judgement.run)]
        columns = [
            gone["id"],
            same[0],
            same[1],
            gone["reject"],
            nothing.cast(pa.string()),
            nothing.cast(pa.float32()),
            same[2],
        ]
        yield pa.Table.from_arrays(columns, schema=VERDICTS)
