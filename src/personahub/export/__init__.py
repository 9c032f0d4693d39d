"""Kept records out: to a file of JSON lines or Parquet, or to a folder that `datasets` loads; with a card."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from personahub.errors import UsageError
from personahub.events import Tally
from personahub.export.card import Exported, card
from personahub.export.chosen import TABLES, Chosen
from personahub.export.files import Shards, whole, whole_folder, write_jsonl, write_parquet
from personahub.export.judged import Judged
from personahub.export.layouts import LAYOUTS, Layout, Out, mixed, typed
from personahub.export.pairs import Pairs
from personahub.export.splits import Splits, splits
from personahub.export.training import PREFERENCES, TRAINING, info
from personahub.hub import SCAN_ROWS, Folder

PREVIEW_ROWS = 5
CARD = "README.md"  # of a folder
DATA = "data"
INFO = "dataset_info.json"  # of a folder, for LLaMA-Factory


@dataclass(frozen=True)
class Output:
    """Where it goes and how: a file, or a folder where the path has no ending.

    Args:
        layout: a name of LAYOUTS.
        licence: named in the card.
        corrected: what reviewers corrected stands in place of the texts.
    """

    path: Path
    layout: str
    splits: Splits
    licence: str
    corrected: bool = False


def to(
    path: Path, what: str, *, layout: str | None, split: str | None, licence: str, corrected: bool = False
) -> Output:
    """Where it goes, checked before any work.

    Args:
        layout: by the path for None.

    Raises:
        UsageError: the path cannot hold it, or what is asked for does not go together.
    """
    if path.suffix not in (*_WRITERS, ""):
        raise UsageError(f"output {str(path)!r} must end in {' or '.join(_WRITERS)}, or be a folder, without an ending")
    layout = layout or ("personahub" if path.suffix == ".jsonl" else "full")
    if what == "personas" and layout in (*TRAINING, *PREFERENCES):
        raise UsageError(f"personas have no {layout} form; export them with --format personahub or full")
    if layout in PREFERENCES and what in TABLES:
        raise UsageError(f"{layout} shows two solutions of each sample of a task; name the task, such as math")
    if layout == "argilla" and path.suffix != ".jsonl":
        raise UsageError("records for Argilla are JSON lines; name an output that ends in .jsonl")
    if split and path.suffix:
        raise UsageError(f"splits need a folder, and {str(path)!r} is a file; name an output without an ending")
    return Output(path, layout, splits(split), licence, corrected)


def export(folder: Folder, chosen: Chosen, output: Output, tell: Callable[[int], None]) -> Exported:
    """Write what is kept, whole or not at all: a file and NAME.card.md beside it, or a folder with README.md.

    Raises:
        UsageError: it cannot be written, or not so.
    """
    path, form, done = output.path, LAYOUTS[output.layout], Exported()
    how = _How.of(folder, chosen, output)
    schema = None if form.typed or path.suffix == ".jsonl" else _schema(folder, chosen, how)
    parts = _told(_parts(folder, chosen, how, schema, done), tell)
    if path.suffix:
        with whole(path) as file:
            _WRITERS[path.suffix](file, (part.out for part in parts))
        done.sources.update(_sources(folder))
        with whole(path.with_suffix(".card.md")) as file:
            file.write(card(chosen.what, {"": path.name}, done, output.licence, chosen.told).encode())
        if told := info(output.layout, {path.stem: path.name}):
            with whole(path.with_suffix(".dataset_info.json")) as file:
                file.write(told)
        return done
    with whole_folder(path, _ours) as draft:
        (draft / DATA).mkdir()
        done.splits.update(_sharded(draft / DATA, parts, output.splits))
        done.sources.update(_sources(folder))
        files = {name: f"{DATA}/{name}-*.parquet" for name in output.splits.shares}
        if told := info(output.layout, _single(draft, output.splits)):
            with whole(draft / INFO) as file:
                file.write(told)
        with whole(draft / CARD) as file:
            file.write(card(chosen.what, files, done, output.licence, chosen.told).encode())
    return done


@dataclass(frozen=True)
class _Part:
    """Some of what goes out, and the id of the persona of each record."""

    out: Out
    personas: pa.Array


def _single(folder: Path, split: Splits) -> dict[str, str]:
    """The file or folder that holds a split and nothing else, for those who cannot read a pattern."""
    shards = {name: sorted((folder / DATA).glob(f"{name}-*.parquet")) for name in split.shares}
    if len(shards) == 1:
        return dict.fromkeys(shards, DATA)
    return {name: f"{DATA}/{files[0].name}" for name, files in shards.items() if len(files) == 1}


@dataclass(frozen=True)
class _How:
    """A layout, what reviewers said, which goes beside it, and the solutions of which pairs are made."""

    layout: Layout
    judged: Judged | None
    pairs: Pairs | None
    corrected: bool

    @classmethod
    def of(cls, folder: Folder, chosen: Chosen, output: Output) -> "_How":
        layout = LAYOUTS[output.layout]
        pairs = Pairs.of(folder) if layout.paired else None
        return cls(layout, Judged.of(folder, chosen.table), pairs, output.corrected)

    def out(self, rows: pa.RecordBatch, names: list[str]) -> Out:
        meant = rows.schema.names if self.pairs else names
        if self.judged is None:
            return self.layout.out(rows.select(meant))
        answers = self.judged.answers(rows["id"].to_pylist())
        held = self.judged.corrected(rows, answers) if self.corrected else rows
        out = self.layout.out(held.select(meant))
        return self.judged.beside(out, answers) if self.layout.judged else out


def _parts(folder: Folder, chosen: Chosen, how: _How, schema: pa.Schema | None, done: Exported) -> Iterator[_Part]:
    """The kept records in that layout, as columns of the schema where one is given; `done` is whole at the end."""
    person = "id" if chosen.table == "personas" else "persona_id"
    shown = {"personas": ["text"], "solutions": ["sample", "text"]}.get(chosen.table, ["persona", "text"])
    names = list(how.layout.columns(chosen.columns(folder)))
    needed = list(dict.fromkeys([*names, *shown, person, "id", "model", "template"]))
    for rows in chosen.judged(folder, needed):
        batch = how.pairs.beside(rows) if how.pairs else rows
        kept = batch.filter(pc.is_null(batch["reject"]))
        done.tally += Tally(len(batch), len(kept), Counter(batch["reject"].drop_null().to_pylist()))
        done.made_by.update(_makers(kept))
        done.preview += kept.slice(0, PREVIEW_ROWS - len(done.preview)).select(shown).to_pylist()
        out = how.out(kept, names)
        yield _Part(typed(out, schema) if schema is not None and isinstance(out, list) else out, kept[person])


def _schema(folder: Folder, chosen: Chosen, how: _How) -> pa.Schema:
    """Of rows that each may have fields of their own: every field, with the one type that all its values have."""
    found = pa.schema([])
    for part in _parts(folder, chosen, how, None, Exported()):
        rows = part.out if isinstance(part.out, list) else part.out.to_pylist()
        if rows:
            try:
                found = pa.unify_schemas([found, typed(rows).schema], promote_options="permissive")
            except pa.ArrowException as error:
                raise mixed(error) from error
    return found


def _makers(kept: pa.RecordBatch) -> Counter[tuple[str, str]]:
    pairs = pa.Table.from_batches([kept.select(["model", "template"])]).group_by(["model", "template"])
    counted = pairs.aggregate([([], "count_all")]).to_pylist()
    return Counter({(row["model"] or "imported", row["template"] or "imported"): row["count_all"] for row in counted})


def _sharded(folder: Path, parts: Iterable[_Part], split: Splits) -> Counter[str]:
    """Write each record to the files of its split; how many went where."""
    files: list[Shards] = []
    for part in parts:
        out = part.out if isinstance(part.out, pa.RecordBatch) else typed(part.out)
        files = files or [Shards(folder, name, out.schema) for name in split.shares]
        side = split.of(part.personas)
        for number, shards in enumerate(files):
            shards.add(out.filter(pa.array(side == number)) if len(files) > 1 else out)
    for shards in files:
        shards.close()
    return Counter({shards.name: shards.rows for shards in files})


def _told(parts: Iterable[_Part], tell: Callable[[int], None]) -> Iterator[_Part]:
    written = 0
    for part in parts:
        yield part
        written += len(part.personas)
        tell(written)


def _sources(folder: Folder) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, where in (("texts", None), ("personas", "origin = 'import'")):
        for batch in folder.tables[name].scan(["source"], where, batch_rows=SCAN_ROWS):
            found.update({pair["values"]: pair["counts"] for pair in pc.value_counts(batch["source"]).to_pylist()})
    return found


def _ours(folder: Path) -> bool:
    """Whether it is a folder that this file has written, and nothing was put into it."""
    try:
        told = (folder / CARD).read_text("utf-8").startswith("---\nlicense: ")
        files = [path for path in folder.rglob("*") if path.is_file()]
        return told and all(path.parent == folder / DATA or path in (folder / CARD, folder / INFO) for path in files)
    except (OSError, UnicodeDecodeError):
        return False


_WRITERS = {".jsonl": write_jsonl, ".parquet": write_parquet}
