"""Kept records out: JSON lines or Parquet, in one of three layouts, with a card beside them."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from personahub.errors import UsageError
from personahub.events import Tally
from personahub.hub import Folder
from personahub.schema import PERSONAS, SAMPLES, check_task

PREVIEW_ROWS = 5
LISTED_SOURCES = 50  # in a card; the texts table has them all


@dataclass
class Exported:
    """What went out.

    Args:
        tally: records there are, records written, and those that verdicts keep back.
        made_by: records written, by (model, template).
        sources: the hub's texts and imported personas, by the file they came from.
    """

    tally: Tally = field(default_factory=Tally)
    made_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    preview: list[dict[str, object]] = field(default_factory=list)


def export(
    folder: Folder, what: str, *, output: Path, layout: str | None, licence: str, tell: Callable[[int], None]
) -> Exported:
    """Write what is kept to a file, whole or not at all, and NAME.card.md beside it.

    Args:
        what: "personas", "samples", or the task whose samples are wanted.
        layout: a name of LAYOUTS; by the file's ending for None.

    Raises:
        UsageError: there is nothing to write, or the file cannot be written or named so.
    """
    if output.suffix not in _WRITERS:
        raise UsageError(f"output {str(output)!r} must end in {' or '.join(_WRITERS)}")
    layout = layout or ("full" if output.suffix == ".parquet" else "personahub")
    if (layout, what) == ("chat", "personas"):
        raise UsageError("personas have no chat form; export them with --format personahub or full")
    if not folder.tables[_table(what)].count(_where(what)):
        raise UsageError(f"the hub has no {what!r} to export; 'personahub stats' lists what it has")
    done = Exported()
    with _whole(output) as file:
        rows = _columns(folder, what, LAYOUTS[layout], done)
        _WRITERS[output.suffix](file, _told(rows, tell))
    done.sources.update(_sources(folder))
    with _whole(output.with_suffix(".card.md")) as file:
        file.write(_card(what, output.name, done, _cell(licence)).encode())
    return done


def _table(what: str) -> str:
    return "personas" if what == "personas" else "samples"


def _where(what: str) -> str | None:
    return None if what in ("personas", "samples") else f"task = '{check_task(what)}'"


def _released(rows: pa.RecordBatch) -> dict[str, pa.Array]:
    """The fields of the released PERSONA HUB data."""
    if "persona_id" not in rows.schema.names:
        return {"persona": rows["text"]}
    return {"input persona": rows["persona"], "synthesized text": rows["text"], "description": rows["description"]}


def _chat(rows: pa.RecordBatch) -> dict[str, pa.Array]:
    """One exchange a sample, in the `messages` form that fine-tuning libraries read."""
    turns = [
        [
            {"role": "user", "content": f"Write a {description} that fits this person.\n\n{persona}"},
            {"role": "assistant", "content": text},
        ]
        for description, persona, text in zip(
            *(rows[name].to_pylist() for name in ("description", "persona", "text")), strict=True
        )
    ]
    return {"messages": pa.array(turns, pa.list_(pa.struct({"role": pa.string(), "content": pa.string()})))}


def _full(rows: pa.RecordBatch) -> dict[str, pa.Array]:
    return {name: rows[name] for name in rows.schema.names}


LAYOUTS: dict[str, Callable[[pa.RecordBatch], dict[str, pa.Array]]] = {
    "personahub": _released,
    "chat": _chat,
    "full": _full,
}


def _columns(
    folder: Folder, what: str, layout: Callable[[pa.RecordBatch], dict[str, pa.Array]], done: Exported
) -> Iterator[pa.RecordBatch]:
    """The kept records in that layout; `done` is whole when they are exhausted."""
    names = (PERSONAS if what == "personas" else SAMPLES).names
    for batch in folder.judged(_table(what), names, _where(what)):
        kept = batch.filter(pc.is_null(batch["reject"])).select(names)
        done.tally += Tally(len(batch), len(kept), Counter(batch["reject"].drop_null().to_pylist()))
        for model, template in zip(kept["model"].to_pylist(), kept["template"].to_pylist(), strict=True):
            done.made_by[model or "imported", template or "imported"] += 1
        for row in kept.slice(0, PREVIEW_ROWS - len(done.preview)).to_pylist():
            done.preview.append({name: row[name] for name in ("persona", "text") if name in row})
        columns = layout(kept)
        yield pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _told(batches: Iterable[pa.RecordBatch], tell: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    written = 0
    for batch in batches:
        yield batch
        written += len(batch)
        tell(written)


def _sources(folder: Folder) -> Counter[str]:
    found: Counter[str] = Counter()
    for table, where in (("texts", None), ("personas", "origin = 'import'")):
        for batch in folder.tables[table].scan(["source"], where):
            found.update({pair["values"]: pair["counts"] for pair in pc.value_counts(batch["source"]).to_pylist()})
    return found


def _write_jsonl(file: IO[bytes], batches: Iterable[pa.RecordBatch]) -> None:
    for batch in batches:
        file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())


def _write_parquet(file: IO[bytes], batches: Iterable[pa.RecordBatch]) -> None:
    coming = iter(batches)
    first = next(coming)
    with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for batch in coming:
            writer.write_batch(batch)


_WRITERS = {".jsonl": _write_jsonl, ".parquet": _write_parquet}


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name only when it is complete and on the disk."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"output {str(path)!r} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _card(what: str, name: str, done: Exported, licence: str) -> str:
    """A dataset card in the form the Hugging Face hub reads: what was made, by which model, from what."""
    makers = "\n".join(
        f"| {_cell(model)} | {_cell(template)} | {count:,} |"
        for (model, template), count in sorted(done.made_by.items())
    )
    listed = [f"- {_cell(source)}: {count:,}" for source, count in done.sources.most_common(LISTED_SOURCES)]
    if len(done.sources) > LISTED_SOURCES:
        listed.append(f"- and {len(done.sources) - LISTED_SOURCES:,} more files")
    sources = "\n".join(listed)
    kept_back = "\n".join(f"- {count:,} {_cell(reason)}" for reason, count in sorted(done.tally.rejected.items()))
    offline = any(model == "offline" for model, _ in done.made_by)
    warning = f"\n> {OFFLINE_WARNING}\n" if offline else ""
    return f"""---
license: {licence}
tags: [synthetic, personas, personahub]
configs:
- config_name: default
  data_files: {name}
---
# {what}: {done.tally.kept:,} records

Everything here is machine-made: each record was written by the model named below, for a persona that a
model inferred from a text or from another persona (method: arXiv 2406.20094). No record is a statement
by or about a real person, and none was checked by a person unless it says so.
{warning}
| written by | template | records |
|---|---|---|
{makers}

The personas of the hub come from these texts and imported rows:
{sources}

Kept back by verdicts: {sum(done.tally.rejected.values()):,} of {done.tally.read:,}.
{kept_back}

Licence: {licence}. The texts that the personas came from and the terms of the model may both bind you; look
before you publish.
"""


OFFLINE_WARNING = (
    "Written by `offline`, the rule-based writer that comes with personahub. It is no LLM: good for trying things out, "
    "not for training."
)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
