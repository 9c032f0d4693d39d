"""Programs that models wrote, run where they can do no harm, or not at all."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import partial

from personahub.errors import UsageError
from personahub.sandbox.base import Limits, Outcome, Program, Sandbox
from personahub.sandbox.bubblewrap import Bubblewrap
from personahub.sandbox.first import First
from personahub.sandbox.later import Later
from personahub.sandbox.monty import Monty

AUTO = "auto"
KINDS: Mapping[str, Callable[[], Sandbox]] = {"monty": Monty, "bubblewrap": Bubblewrap}

NONE = (
    "there is no sandbox here, and code that a model wrote is never run without one: pip install 'personahub[sandbox]' "
    "(any system), or install bubblewrap (Linux; the whole of Python)"
)

__all__ = ["AUTO", "KINDS", "Limits", "Outcome", "Program", "Sandbox", "later", "sandbox"]


@contextmanager
def sandbox(kind: str = AUTO) -> Iterator[Sandbox]:
    """A sandbox of that kind while it is needed; for "auto" monty, and bubblewrap for what monty cannot run.

    Raises:
        UsageError: it is not there, with what to install.
    """
    with closing(_opened(kind)) as box:
        yield box


@contextmanager
def later(kind: str = AUTO) -> Iterator[Sandbox]:
    """The same, opened by the first program; what `sandbox` raises is raised then."""
    with closing(Later(partial(_opened, kind))) as box:
        yield box


def _opened(kind: str) -> Sandbox:
    return KINDS[kind]() if kind != AUTO else _all()


def _all() -> Sandbox:
    there: list[Sandbox] = []
    for make in KINDS.values():
        with suppress(UsageError):
            there.append(make())
    if not there:
        raise UsageError(NONE)
    return there[0] if len(there) == 1 else First(tuple(there))
