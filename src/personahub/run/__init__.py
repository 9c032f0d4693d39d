"""A task, a model and parts of rows: asks what is missing, commits each part, counts where every row went."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from personahub.loops import finish
from personahub.run.flow import FLUSHING as FLUSHING
from personahub.run.flow import PART_ROWS as PART_ROWS
from personahub.run.flow import Flow
from personahub.run.state import EXAMPLES as EXAMPLES
from personahub.run.state import State
from personahub.run.state import run_id as run_id


@dataclass
class Run(State):
    """One pass of a task over parts."""

    def over(self, parts: Iterable[pa.RecordBatch]) -> None:
        """Ask about every row of every part that is not finished yet, and commit.

        Ctrl-C, or SIGTERM, ends it when what is in flight has arrived; a second one ends it at once.

        Args:
            parts: batches with at least a column `id`.

        Raises:
            ModelError: the model will answer nobody; everything answered until then is kept.
            KeyboardInterrupt: it was stopped by a person; as much is kept.
        """
        finish(Flow(self, parts).run())
