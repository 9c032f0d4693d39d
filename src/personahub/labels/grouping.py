"""Topics as they lie in the hub: their centres, names and examples, in one file that is there whole or not at all."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from personahub.errors import failing

_TOLD = b"personahub"  # the key of the settings, in the file's metadata

Block = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Topics:
    """Args:
    told: the settings that they were found by.
    centres: shape (topics, dim), of unit length or empty.
    examples: of each, texts of the records nearest to its centre.
    """

    told: Mapping[str, object]
    centres: Block
    names: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]

    def save(self, path: Path) -> None:
        """On the disk when this returns."""
        columns = {
            "centre": pa.array(list(self.centres), pa.list_(pa.float32())),
            "name": pa.array(self.names, pa.string()),
            "examples": pa.array([list(some) for some in self.examples], pa.list_(pa.string())),
        }
        table = pa.table(columns).replace_schema_metadata({_TOLD: orjson.dumps(dict(self.told))})
        draft = path.with_name(f".{path.name}.new")
        with failing(path):
            path.parent.mkdir(exist_ok=True)
            with draft.open("wb") as file:
                with pa.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)


def found(path: Path, told: Mapping[str, Any]) -> Topics | None:
    """Those that were found by these settings; None where there are none, or not as written."""
    try:
        with pa.memory_map(str(path)) as held, pa.ipc.open_file(held) as file:
            table = file.read_all()
        if orjson.loads(table.schema.metadata[_TOLD]) != orjson.loads(orjson.dumps(told)):
            return None
        rows = table.to_pylist()
        centres = np.array([row["centre"] for row in rows], np.float32)
        names, examples = (tuple(row[column] for row in rows) for column in ("name", "examples"))
        return Topics(told, centres, names, tuple(tuple(some) for some in examples)) if len(rows) else None
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None  # they can be found again
