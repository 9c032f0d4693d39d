"""What was promised of a record, held against it: interfaces, code, calls, constraints."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from personahub.sandbox import Limits, later
from personahub.verifying.base import Fault, Row, Verifier
from personahub.verifying.calls import Calls
from personahub.verifying.constraints import Constraints
from personahub.verifying.interfaces import Interfaces
from personahub.verifying.job import KIND, Job, Verified
from personahub.verifying.programs import Programs

__all__ = ["KIND", "Fault", "Job", "Row", "Verified", "Verifier", "verifiers"]


@contextmanager
def verifiers(table: str, kind: str, limits: Limits, tries: int) -> Iterator[Sequence[Verifier]]:
    """Those for a table, and a sandbox for the first that needs one, which raises UsageError where there is none.

    Args:
        kind: of the sandbox.
    """
    if table == "samples":
        yield (Interfaces(),)
        return
    with later(kind) as box:
        yield (Constraints(), Programs(box, limits, tries), Calls())
