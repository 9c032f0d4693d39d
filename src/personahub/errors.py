"""One tree of exceptions; each says what went wrong and what to do next.

    PersonahubError            1
    |- UsageError              2   a keyword, flag or recipe that cannot be meant
    |- SourceError             3   input that cannot be read at all
    |- TemplateError           3   a template that cannot be used
    |- ModelError              4   an endpoint or model that will not answer anybody
    |- NoReply                 4   one request got no whole reply; models turn it into data
    |- LimitReached            6   a budget or time that the user set is spent
    |- HubError                5   a folder that is not a usable hub
       |- HubBusy              5   another process is writing
       |- HubTooNew            5   made by a later personahub
       |- HubFull              5   on a disk that takes no more, or may not be written to

The number is the exit code of the command line. A bad row is never an exception: it leaves with
a reason in the report.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PersonahubError(Exception):
    """The root: catch it to catch everything this package raises on purpose."""

    exit_code = 1


class UsageError(PersonahubError):
    exit_code = 2


class SourceError(PersonahubError):
    exit_code = 3


class TemplateError(PersonahubError):
    exit_code = 3


class ModelError(PersonahubError):
    exit_code = 4


class NoReply(PersonahubError):  # noqa: N818 - says what is so
    exit_code = 4


class LimitReached(PersonahubError):  # noqa: N818
    exit_code = 6


class HubError(PersonahubError):
    exit_code = 5


class HubBusy(HubError):  # noqa: N818 - says what is so
    """Another process holds the hub's write lock."""


class HubTooNew(HubError):  # noqa: N818
    """The hub's format number is above what this version reads."""


class HubFull(HubError):  # noqa: N818
    """The disk takes no more, or may not be written to."""


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """What the disk refuses as a HubError that says where and what to do."""
    try:
        yield
    except OSError as error:
        raise HubError(
            f"writing or reading {path} failed ({error.strerror}); free some disk, or look at it, and run the same "
            "command again: nothing that was done before is lost"
        ) from error
