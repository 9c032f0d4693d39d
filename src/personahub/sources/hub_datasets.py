"""Datasets of the Hugging Face hub and of the web, streamed by the `datasets` library: the only file that knows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from personahub.errors import SourceError
from personahub.sources.base import File, Pick, Record, table_records, text_columns

HUB = "hf:"
WEB = ("http://", "https://")

_ROWS = 256  # fetched at once
_BUILDERS: dict[str, dict[str, str]] = {
    ".txt": {"path": "text", "sample_by": "document"},
    ".md": {"path": "text", "sample_by": "document"},
    ".json": {"path": "json"},
    ".jsonl": {"path": "json"},
    ".ndjson": {"path": "json"},
    ".csv": {"path": "csv"},
    ".tsv": {"path": "csv", "sep": "\t"},
    ".parquet": {"path": "parquet"},
}


@dataclass
class Dataset:
    """A reader of "hf:OWNER/NAME[/CONFIG][:SPLIT]", "hf:FOLDER" or the URL of a file.

    Where no split is named it is "train", or the only one.
    """

    address: str = field(repr=False)

    @property
    def name(self) -> str:
        """The address without what may be secret in a URL: a password, the key of a signed link."""
        if not self.address.startswith(WEB):
            return self.address
        url = urlsplit(self.address)
        return url._replace(netloc=url.netloc.rpartition("@")[2], query="", fragment="").geturl()

    def __call__(self, file: File, pick: Pick, /) -> Iterator[Record]:
        """A record a row, numbered from 1; SourceError for whatever the library raises."""
        first = 1
        columns: list[str] = []
        for table in self._tables():
            columns = columns or list(pick(text_columns(table.schema)))
            yield from table_records(file.name, first, table.select(columns))
            first += len(table)

    @cached_property
    def _rows(self) -> Any:
        try:
            import datasets  # noqa: PLC0415 - slow to import and an extra
        except ImportError as error:
            raise SourceError(f"{self.name} needs the datasets library: pip install 'personahub[datasets]'") from error
        if self.address.startswith(WEB):
            builder = _builder(self.name)
            return datasets.load_dataset(**builder, data_files=self.address, split="train", streaming=True)
        name, _, split = self.address.removeprefix(HUB).partition(":")
        splits = datasets.load_dataset(*_name(name), streaming=True)
        return splits[_split(self.address, split, list(splits))]

    def _tables(self) -> Iterator[pa.Table]:
        coming = self._asked(lambda: iter(self._rows.with_format("arrow").iter(_ROWS)))
        while (table := self._asked(lambda: next(coming, None))) is not None:
            yield table

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """What the library answers; it and those below it raise dozens of kinds of exception."""
        try:
            return ask()
        except SourceError:
            raise
        except Exception as error:
            reason = str(error).replace(self.address, self.name).strip().partition("\n")[0] or type(error).__name__
            raise SourceError(f"{self.name} cannot be read: {reason[:500]}") from error


def _builder(url: str) -> dict[str, str]:
    path = PurePosixPath(urlsplit(url).path.lower())
    suffix = path.with_suffix("").suffix if path.suffix in (".gz", ".zst") else path.suffix
    if suffix not in _BUILDERS:
        raise SourceError(f"{url} must name a file of {', '.join(_BUILDERS)}; a dataset of the hub is {HUB}OWNER/NAME")
    return _BUILDERS[suffix]


def _name(name: str) -> list[str]:
    """The dataset, and its configuration where one is named; a folder is taken as it is."""
    if name.startswith((".", "/")):
        return [name]
    owner, _, rest = name.partition("/")
    dataset, _, config = rest.partition("/")
    return [f"{owner}/{dataset}" if rest else owner, *([config] if config else [])]


def _split(address: str, wanted: str, there: list[str]) -> str:
    split = wanted or ("train" if "train" in there else there[0] if len(there) == 1 else "")
    if split not in there:
        raise SourceError(f"{address}: name a split behind a colon; there are {', '.join(there)}")
    return split
