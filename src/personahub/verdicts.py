"""Stages over many records, as verdicts: which records are dropped, for what reason, in favour of which other."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.engines.local import Local
from personahub.events import Tally
from personahub.schema import VERDICTS
from personahub.stages.base import Stage
from personahub.stages.clusters import representatives
from personahub.stages.jaccard import jaccard
from personahub.stages.minhash import MinHash, candidates
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


def near_duplicates(batches: Iterable[pa.RecordBatch], stage: MinHash, tell: Tell) -> Judgement:
    """A verdict on every row that is near to one before it, itself or through others (single linkage).

    MinHash nominates pairs and the exact similarity decides. Ids, texts and band keys of all rows are in
    memory, and the candidate pairs with them.
    """
    ids, texts, bands = [], [], []
    count = 0
    for batch, hashed in Local().map(lambda batch: (batch, stage(batch)), batches):
        ids.append(batch["id"])
        texts.append(batch["text"])
        bands.append(hashed["bands"])
        count += len(batch)
        tell(count)
    run = content_id("dedup", repr(stage), *sorted(name for some in ids for name in some.to_pylist()))
    if not count:
        return Judgement(run)
    return _duplicates(run, stage, pa.chunked_array(ids), pa.chunked_array(texts), pa.chunked_array(bands))


def _duplicates(
    run: str, stage: MinHash, ids: pa.ChunkedArray, texts: pa.ChunkedArray, bands: pa.ChunkedArray
) -> Judgement:
    pairs = candidates(bands)
    near = pairs[jaccard(texts, pairs, ngram=stage.ngram) >= stage.threshold]
    kept = representatives(near, len(ids))
    dropped = np.flatnonzero(kept != np.arange(len(ids)))
    scores = jaccard(texts, np.stack([kept[dropped], dropped], axis=1), ngram=stage.ngram)
    verdicts = pa.table(
        {
            "id": ids.take(pa.array(dropped)),
            "table": pa.repeat("personas", len(dropped)),
            "kind": pa.repeat("duplicate", len(dropped)),
            "reason": pa.repeat("near_duplicate", len(dropped)),
            "other": ids.take(pa.array(kept[dropped])),
            "score": pa.array(scores, pa.float32()),
            "run": pa.repeat(run, len(dropped)),
        },
        schema=VERDICTS,
    )
    gone = Counter({"near_duplicate": len(dropped)}) if len(dropped) else Counter()
    return Judgement(run, [verdicts], Tally(len(ids), len(ids) - len(dropped), gone))


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
