"""What was promised of a record, held against it: interfaces, code, calls, constraints."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from personahub.sandbox import Limits, sandbox
from personahub.verifying.base import Fault, Row, Verifier
from personahub.verifying.calls import Calls
from personahub.verifying.constraints import Constraints
from personahub.verifying.interfaces import Interfaces
from personahub.verifying.job import KIND, Job, Verified
from personahub.verifying.programs import Programs

__all__ = ["KIND", "Fault", "Job", "Row", "Verified", "Verifier", "verifiers"]


@contextmanager
def verifiers(table: str, kind: str, limits: Limits, tries: int) -> Iterator[Sequence[Verifier]]:
    """Those for a table; a sandbox stands while they are needed, where one is.

    Args:
        kind: of the sandbox.

    Raises:
        UsageError: code may be among the records, and there is no sandbox.
    """
    if table == "samples":
        yield (Interfaces(),)
        return
    with sandbox(kind) as box:
        yield (Constraints(), Programs(box, limits, tries), Calls())
