"""Pairs that a judge compares, and which of each is preferred: only what holds in both orders is a win."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
import pyarrow as pa

from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.labels.card import Card, Maker
from personahub.models.base import Model
from personahub.store.columns import Values, fill
from personahub.tasks.comparison import PAIRS, Comparison
from personahub.text import content_id

GROUPED = {"samples": "persona_id", "solutions": "record"}  # what two have in common that are compared
WON, LOST, TIED = 1, -1, 0
PART = 1024  # pairs in a batch


@dataclass(frozen=True)
class Paired:
    """Which two records are compared.

    Args:
        table: samples of one persona, or solutions of one sample.
        between: two models, of each of which one is taken; else the first two.
    """

    table: str
    task: str
    where: str | None = None
    between: Sequence[str] = ()

    def check(self) -> None:
        """Raise UsageError where it names no two models."""
        if self.between and (len(self.between) != 2 or len(set(self.between)) != 2):
            raise UsageError("between takes two models that are not the same: --between ONE --between OTHER")


def no_scores(**given: object) -> None:
    """Raise UsageError for an option that means something to scores alone."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(f"judge: {name} is for scores, and pairs have none; leave it out")


def compares(comparing: Comparison, paired: Paired, model: Model) -> Maker:
    """Another rubric, model or choice of pairs is another judge."""
    of = (paired.table, *paired.between)
    return Maker(
        content_id(comparing.identity, model.identity, *of), f"{model.name} (rubric {comparing.rubric.name})", "text"
    )


def pairs(folder: Folder, paired: Paired) -> Iterator[pa.RecordBatch]:
    """Of each group its first two, or the first by each model, in schema PAIRS. Memory: 200 bytes a record."""
    held: dict[str, list[tuple[str, str]]] = {}
    names = [GROUPED[paired.table], "id", "model"]
    among = folder.of_task(paired.table, paired.task, paired.where)
    for batch in folder.kept(paired.table, names, among, ignoring=("judgement",)):
        for group, name, model in zip(*(batch[one].to_pylist() for one in names), strict=True):
            some = held.setdefault(group, [])
            if _fits(paired, some, model or ""):
                some.append((name, model or ""))
    both = [(group, some) for group, some in held.items() if len(some) == 2]
    for start in range(0, len(both), PART):
        yield _worded(folder, paired, both[start : start + PART])


def _fits(paired: Paired, some: Sequence[tuple[str, str]], model: str) -> bool:
    if not paired.between:
        return len(some) < 2
    return model in paired.between and model not in (there for _, there in some)


def _worded(folder: Folder, paired: Paired, both: Sequence[tuple[str, list[tuple[str, str]]]]) -> pa.RecordBatch:
    ordered = [
        sorted(some, key=lambda one: paired.between.index(one[1])) if paired.between else some for _, some in both
    ]
    one, other = ([some[place][0] for some in ordered] for place in (0, 1))
    texts = _texts(folder, paired.table, [*one, *other])
    about = "personas" if paired.table == "samples" else "samples"
    given = _texts(folder, about, [group for group, _ in both])
    columns = {
        "id": [content_id(*pair) for pair in zip(one, other, strict=True)],
        "one": one,
        "other": other,
        "first": [texts[name] for name in one],
        "second": [texts[name] for name in other],
        "about": [given.get(group, "") for group, _ in both],
    }
    return pa.RecordBatch.from_pydict(columns, schema=PAIRS)


def _texts(folder: Folder, table: str, ids: Sequence[str]) -> Mapping[str, str]:
    held = folder.tables[table].lookup(ids, ["id", "text"])
    return dict(zip(held["id"].to_pylist(), held["text"].to_pylist(), strict=True))


@dataclass
class Preferred:
    """Args:
    of: of each record 1 where it won, -1 where it lost, 0 where neither is better.
    counts: how pairs went.
    wins: pairs won, by model.
    """

    of: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wins: Counter[str] = field(default_factory=Counter)


def preferred(folder: Folder, table: str, run: str) -> Preferred:
    """What the answers of a run come to."""
    told: dict[str, dict[bool, Mapping[str, str | None]]] = {}
    for batch in folder.tables["labels"].scan(["record", "answer"], f"run = '{run}'"):
        for pair, answer in zip(batch["record"].to_pylist(), batch["answer"].to_pylist(), strict=True):
            said = orjson.loads(answer)
            told.setdefault(pair, {})[said["swapped"]] = said
    done = Preferred()
    for orders in told.values():
        if len(orders) == 2:
            _count(done, orders[False], orders[True]["better"])
        else:
            done.counts["answered in one order only"] += 1
    names = [name for name, won in done.of.items() if won == WON]
    held = folder.tables[table].lookup(names, ["model"])["model"].to_pylist()
    done.wins.update(model or "imported" for model in held)
    return done


def _count(done: Preferred, straight: Mapping[str, str | None], swapped: str | None) -> None:
    better, one, other = straight["better"], str(straight["one"]), str(straight["other"])
    if better != swapped:
        done.counts["ties: another in each order"] += 1
    elif better is None:
        done.counts["ties: neither in both orders"] += 1
    else:
        done.counts["wins in both orders"] += 1
    holds = better is not None and better == swapped
    for name in (one, other):
        done.of[name] = (WON if name == better else LOST) if holds else TIED


def put_preferred(folder: Folder, table: str, column: str, judge: Maker, done: Preferred, *, redo: bool) -> None:
    """A column beside the records that were compared. The caller holds the hub's lock.

    Raises UsageError where another has compared by this rubric and all are not to be compared again.
    """
    card = Card(folder, table)
    anew = bool(card.begin([column], judge, redo=redo))
    schema = pa.schema([pa.field(column, pa.int32())])
    ids = list(done.of)
    places = folder.tables[table].places(ids)
    order = np.argsort(places, kind="stable")
    rows, won = places[order], np.array([done.of[ids[place]] for place in order.tolist()], np.int32)
    if anew:
        every = np.arange(folder.tables[table].count())
        said = np.zeros(len(every), np.int32)
        said[rows] = won
        given = pa.array(said, mask=~np.isin(every, rows))
        rows = every
    else:
        given = pa.array(won)
    fill(folder.tables[table], schema, [Values(rows, pa.RecordBatch.from_arrays([given], schema=schema))])
    card.note([column])
