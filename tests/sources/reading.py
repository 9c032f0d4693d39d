"""What a source gives, as plain values."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from personahub.schema import DOCUMENTS
from personahub.sources import read


def rows(*sources: str | Path, text_column: str | None = None) -> list[dict[str, Any]]:
    batches = list(read(sources, text_column=text_column))
    assert all(batch.schema == DOCUMENTS for batch in batches)
    return flat(batches)


def flat(batches: Iterable[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def texts(*sources: str | Path, text_column: str | None = None) -> list[tuple[int, str]]:
    """Number and text of every record, all of which are good."""
    taken = rows(*sources, text_column=text_column)
    assert [row for row in taken if row["reject"]] == []
    return [(row["record"], row["text"]) for row in taken]


def outcomes(*sources: str | Path, text_column: str | None = None) -> list[tuple[int, str]]:
    """Number and text of every record, and in place of the text the reason where there is one."""
    return [(row["record"], row["reject"] or row["text"]) for row in rows(*sources, text_column=text_column)]


def written(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path
