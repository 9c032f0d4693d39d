"""Whether solvers agree, as columns beside each sample and as verdicts; only what is new is held against each other."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from personahub.agreeing.solved import Solved, Whole, answers, solved
from personahub.errors import UsageError
from personahub.evaluation.agreement import agreement, pairs, wilson
from personahub.evaluation.grading import Grader
from personahub.events import Report, Tally
from personahub.hub import Folder
from personahub.ruling import RULED, rule
from personahub.store.columns import Values, fill
from personahub.text import content_id

KIND = "agreement"
NO_AGREEMENT, UNDECIDED, TOO_FEW = "no_agreement", "undecided", "too_few_solutions"
WAY = "1"  # goes up when the same answers are told apart in another way
AT_ONCE = 8_192  # samples whose answers are held against each other, and put down, together

# What stands beside a sample.
COLUMNS = pa.schema(
    [
        pa.field("answer", pa.string()),  # that the most agree on; null where none has more than another
        pa.field("agreed", pa.int32()),  # how many
        pa.field("margin", pa.int32()),  # how many more than for the next answer
        pa.field("agreed_at_most", pa.int32()),  # if all that is undecided were equal
        pa.field("solved", pa.int32()),  # solutions that counted
        pa.field("agreed_from", pa.string()),  # by what: the same where nothing is new
    ]
)

Tell = Callable[[int], None]


@dataclass
class Counted:
    """Args:
    agreed: samples by how many of how many agree, of those that have enough solutions.
    margins: the same samples by margin.
    fresh: samples whose answers were held against each other in this call.
    """

    tally: Tally = field(default_factory=Tally)
    agreed: Counter[str] = field(default_factory=Counter)
    margins: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    missing: bool = False


def agree(folder: Folder, task: str, least: int, of: int, methods: Sequence[str], tell: Tell) -> Report:
    """Verdicts on samples of which fewer than `least` of the first `of` solutions agree. The caller holds the lock.

    Raises:
        UsageError: there are no solutions, no such method, or `least` is more than `of`.
    """
    if least > of:
        raise UsageError(f"{least} of {of} cannot agree: --agree is {of} at most, or --of at least {least}")
    there = folder.tables["samples"].stored.names
    if "agreed_from" not in there and (odd := [name for name in COLUMNS.names if name in there]):
        raise UsageError(f"samples have a column {odd[0]!r} that did not come from 'agree'; it would be written over")
    found = solved(folder, task, methods, of)
    if not len(found.places):
        raise UsageError(f"there is no solution with an answer to any {task}: call 'solve' first")
    done = Counted()
    with Grader() as grader:
        for some in _stale(folder, task, found):
            fill(folder.tables["samples"], COLUMNS, [Values(some.rows, _columns(grader, some))])
            done.fresh += len(some.rows)
            tell(done.fresh)
        done.missing = grader.missing
    ruled = pa.concat_tables([RULED.empty_table(), *_ruled(folder, task, (least, of), done)])
    new = rule(folder, KIND, task, ruled, {"agree": least, "of": of, "methods": ", ".join(found.methods)})
    counts = {
        "samples by solutions that agree": dict(sorted(done.agreed.items(), reverse=True)),
        "samples by margin": dict(sorted(done.margins.items(), reverse=True)),
    }
    return Report("agree", {"samples": done.tally}, {"verdicts": new}, counts, notes=tuple(_notes(done, least, of)))


@dataclass(frozen=True)
class _Some:
    """Samples whose columns came from other solutions, or that have none.

    Args:
        rows: their numbers.
        marks: what their columns will have come from.
        said: what their solvers answered.
    """

    rows: Whole
    marks: Sequence[str]
    said: Sequence[Sequence[str | None]]


def _stale(folder: Folder, task: str, found: Solved) -> Iterator[_Some]:
    samples = folder.tables["samples"]
    every = samples.numbers(str(folder.condition("samples", folder.of_task("samples", task, None))))
    for start in range(0, len(every), AT_ONCE):
        rows = every[start : start + AT_ONCE]
        numbers = [found.of(place) for place in rows.tolist()]
        held = answers(folder, np.concatenate(numbers))
        ends = np.cumsum([0, *map(len, numbers)]).tolist()
        ids, said = held["id"].to_pylist(), held["answer"].to_pylist()
        marks = [content_id(WAY, *ids[low:high]) for low, high in pairwise(ends)]
        known = [None] * len(rows)
        if "agreed_from" in samples.stored.names:
            known = samples.pick(rows, ["agreed_from"])["agreed_from"].to_pylist()
        new = [place for place, mark in enumerate(marks) if mark != known[place]]
        if new:
            some = [said[ends[place] : ends[place + 1]] for place in new]
            yield _Some(rows[new], [marks[place] for place in new], some)


def _columns(grader: Grader, some: _Some) -> pa.RecordBatch:
    """The grader is asked once for all of them, so that its processes are never idle."""
    wanted = [pairs(said) for said in some.said]
    every = list(dict.fromkeys(pair for one in wanted for pair in one))
    same = dict(zip(every, grader.same(every), strict=True))
    told = [agreement(said, {pair: same[pair] for pair in one}) for said, one in zip(some.said, wanted, strict=True)]
    columns = {
        "answer": [one.answer for one in told],
        "agreed": [one.agreed for one in told],
        "margin": [one.margin for one in told],
        "agreed_at_most": [one.at_most for one in told],
        "solved": [len(said) for said in some.said],
        "agreed_from": some.marks,
    }
    return pa.RecordBatch.from_pydict(columns, schema=COLUMNS)


def _ruled(folder: Folder, task: str, wanted: tuple[int, int], done: Counted) -> Iterator[pa.Table]:
    """A verdict on each sample that does not hold, whatever else drops it; what is counted is kept otherwise."""
    least, of = wanted
    among = folder.of_task("samples", task, None)
    names = ["id", "agreed", "margin", "agreed_at_most", "solved"]
    for batch in folder.judged("samples", names, among, ignoring=(KIND,)):
        reasons = _reasons(batch, least, of)
        gone = pc.is_valid(reasons)
        kept = pc.is_null(batch["reject"])
        why = Counter(reasons.filter(pc.and_(kept, gone)).to_pylist())
        count = pc.sum(kept).as_py() or 0
        done.tally += Tally(count, count - why.total(), why)
        enough = batch.filter(pc.and_(kept, pc.greater_equal(batch["solved"], of)))
        done.agreed.update(f"{one} of {of}" for one in enough["agreed"].to_pylist())
        done.margins.update(map(str, enough["margin"].to_pylist()))
        scores = pc.cast(batch["agreed"], pa.float32())
        yield pa.table({"id": batch["id"], "reason": reasons, "score": scores}).filter(gone).cast(RULED)


def _reasons(batch: pa.RecordBatch, least: int, of: int) -> pa.Array:
    """Null where enough agree, and more than on any other answer."""
    agreed, at_most = batch["agreed"], batch["agreed_at_most"]
    holds = pc.and_(pc.greater_equal(agreed, least), pc.greater(batch["margin"], 0))
    may = pc.and_(pc.greater_equal(at_most, least), pc.greater(at_most, agreed))
    few = pc.less(batch["solved"], of)
    why = pc.if_else(holds, pa.scalar(None, pa.string()), pc.if_else(may, UNDECIDED, NO_AGREEMENT))
    return pc.if_else(few, TOO_FEW, why)


def _notes(done: Counted, least: int, of: int) -> Iterator[str]:
    if enough := done.agreed.total():
        holds = done.tally.kept
        low, high = wilson(holds, enough)
        yield (
            f"Of {enough:,} samples with {of} solutions at least {least} agree on {holds:,}: {holds / enough:.1%} "
            f"(with 95 % confidence {low:.1%} to {high:.1%})."
        )
    if not done.fresh:
        yield "Nothing is new: all solutions were held against each other before."
    if done.missing:
        yield (
            "Some answers could not be told equal or different without math-verify: pip install 'personahub[math]', "
            "and ask again."
        )
