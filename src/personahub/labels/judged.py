"""Scores that a judge gave samples, beside them, and verdicts on those below a least one."""

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from personahub.events import Tally
from personahub.hub import Folder
from personahub.labels.answers import Reading, put_beside
from personahub.labels.card import Card, Maker
from personahub.labels.rules import Labelled
from personahub.models.base import Model
from personahub.ruling import RULED, rule
from personahub.tasks.judgement import Judgement
from personahub.text import content_id

KIND = "judgement"
LOW_SCORE = "low_score"
STEP = 0.5  # of the scale, by which scores are counted


def maker(judging: Judgement, model: Model) -> Maker:
    """Another rubric, wording or model is another judge."""
    return Maker(content_id(judging.identity, model.identity), f"{model.name} (rubric {judging.rubric.name})", "text")


def put_scores(folder: Folder, judging: Judgement, judge: Maker, run: str, *, redo: bool) -> Labelled:
    """What a run was told since the last time, beside the samples. The caller holds the hub's lock.

    Raises UsageError where another has judged by this rubric and all are not to be judged again.
    """
    names = judging.columns.names
    anew = Card(folder, "samples").begin(names, judge, redo=redo)
    if 0 < len(anew) < len(names):  # all of an answer are switched together
        Card(folder, "samples").begin(names, judge, redo=True)
    return put_beside(folder, "samples", Reading(judging.columns, judging.scores), run)


def scored(folder: Folder, judging: Judgement, task: str) -> dict[str, dict[str, int]]:
    """How many samples of a task have which score, by criterion; half points apart."""
    names = judging.columns.names
    counts: dict[str, Counter[float]] = {name: Counter() for name in names}
    for batch in folder.judged("samples", names, folder.of_task("samples", task, None), ignoring=(KIND,)):
        for name in names:
            counts[name].update(round(score / STEP) * STEP for score in batch[name].drop_null().to_pylist())
    return {name: {f"{score:g}": count for score, count in sorted(some.items())} for name, some in counts.items()}


def drop_below(folder: Folder, judging: Judgement, task: str, least: float) -> tuple[Tally, int]:
    """Verdicts on samples whose mean score is below; what became of them, and how many verdicts are new."""
    tally = Tally()

    def ruled() -> Iterator[pa.Table]:
        nonlocal tally
        name = judging.columns.names[0]
        among = folder.of_task("samples", task, None)
        for batch in folder.judged("samples", ["id", name], among, ignoring=(KIND,)):
            low = pc.less(batch[name], least).fill_null(False)
            kept = pc.is_null(batch["reject"])
            there, gone = pc.sum(kept).as_py() or 0, pc.sum(pc.and_(kept, low)).as_py() or 0
            tally += Tally(there, there - gone, {LOW_SCORE: gone} if gone else {})
            some = batch.filter(low)
            reasons = pa.repeat(LOW_SCORE, len(some))
            yield pa.table({"id": some["id"], "reason": reasons, "score": some[name]}).cast(RULED)

    settings = {"rubric": judging.rubric.identity, "least": least}
    new = rule(folder, KIND, task, pa.concat_tables([RULED.empty_table(), *ruled()]), settings)
    return tally, new
