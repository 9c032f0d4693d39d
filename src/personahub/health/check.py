"""A hub looked over as a whole, and what is made from other things made again."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from personahub.errors import HubError
from personahub.events import Progress, Report, Step
from personahub.findings import Finding
from personahub.health.journal import check_journal
from personahub.health.ledger import check_ledger
from personahub.health.rest import check_rest
from personahub.health.tables import TableCheck
from personahub.hub import JOURNAL, Folder
from personahub.labels.check import check as check_labels
from personahub.search import check as check_words
from personahub.selections import check as check_selections
from personahub.similar.check import check_indexes
from personahub.store.judgements import FILE as JUDGEMENTS
from personahub.store.reviews import check_judgements
from personahub.store.seals import Seals, sealed

_KB = 1024


def check(folder: Folder, progress: Progress, *, repair: bool = False) -> Report:
    """Everything that is wrong with a hub, where, and what to do.

    It takes no lock: of each table it looks at the version that is the newest when it comes to it.

    Args:
        repair: make again, or remove, what is made from other things; records and answers are never touched.

    Raises:
        HubBusy: it is to be repaired, and another process is writing.
    """
    if not folder.exists:
        raise HubError(f"there is no hub at {folder.path}")
    found = list(findings(folder, progress))
    mended = [one for one in found if one.mend]
    if repair and mended:
        with folder.writing():
            for one in mended:
                with suppress(HubError):  # what could not be mended is found again below
                    one.mend() if one.mend else None
        again = list(findings(folder, progress))
        notes = [f"Mended: {one.place}: {one.problem}." for one in mended if one not in again]
        return _report(again, notes)
    could = sum(not one.harmless for one in mended)
    notes = [_could(could, folder.path)] if could else []
    return _report(found, notes)


def findings(folder: Folder, progress: Progress) -> Iterator[Finding]:
    """One after the other, as they are come upon."""
    tell = _telling(folder.path, progress)
    seals = sealed(folder.path) or Seals()
    for name in folder.tables:
        yield from TableCheck(folder, name, seals, tell)
    yield from check_journal(folder.path / JOURNAL, seals, tell)
    yield from check_ledger(folder, tell)
    yield from check_rest(folder, seals, tell)
    yield from check_indexes(folder, tell)
    yield from check_words(folder)
    yield from check_selections(folder)
    yield from check_labels(folder)
    yield from check_judgements(folder.path, tell)


def _telling(hub: Path, progress: Progress) -> Callable[[int], None]:
    """From the bytes that are read one after the other to steps."""
    patterns = ("*.lance/data/*", "journal/*.log", "ledger.sqlite", JUDGEMENTS, "vectors/**/*.f32")
    total = sum(path.stat().st_size for pattern in patterns for path in hub.glob(pattern)) // _KB
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(Step("check", "kB", min(done // _KB, total), total))

    return tell


def _could(count: int, path: Path) -> str:
    return f"{count:,} of this can be made again: personahub check {path} --repair"


def _report(found: list[Finding], notes: list[str]) -> Report:
    listed = tuple(
        {"place": one.place, "problem": one.problem, "cure": one.cure, "repairable": one.mend is not None}
        for one in found
        if not one.harmless
    )
    all_well = () if listed else ("Nothing is wrong.",)
    left = [f"{one.place}: {one.problem}; {one.cure}." for one in found if one.harmless]
    return Report("check", listed=listed, notes=(*all_well, *left, *notes), wrong=bool(listed))
