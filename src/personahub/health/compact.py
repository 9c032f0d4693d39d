"""A hub made small and quick again, after many appends."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from personahub.errors import HubError, failing
from personahub.events import Progress, Report, Step
from personahub.hub import Folder
from personahub.store.compacting import compact as compact_table
from personahub.store.sizes import sizes

_STAY = "Older versions that somebody may be reading stay for a while; --keep-hours 0 drops them where nobody reads."
# What a writer that was killed leaves of files that it had not finished; none of these is read by anybody.
_DRAFTS = ("*.draft", "hub.json.*", "*.ids/*.draft", "duplicates/*.new", "runs/*/settings.json.*", "selections/*.draft")


def compact(folder: Folder, keep_hours: float, progress: Progress) -> Report:
    """Join what lies in many files, bring indexes up to date, drop what nobody needs; no record changes its place.

    Args:
        keep_hours: how long a version of a table stays after the next one came, for readers that are at it.

    Raises:
        HubBusy: another process is writing.
    """
    if not folder.exists:
        raise HubError(f"there is no hub at {folder.path}")
    before = sizes(folder.path)
    with folder.writing():
        total, done = sum(table.count() for table in folder.tables.values()), 0
        for table in folder.tables.values():
            progress(Step("compact", "rows", done, total))
            compact_table(table, timedelta(hours=keep_hours), partial(_tell, progress, done, total))
            done += table.count()
        progress(Step("compact", "rows", done, total))
        _remove_drafts(folder.path)
        folder.ledger.shrink()
    after = sizes(folder.path)
    said = (f"{sum(before.values()):,} bytes before, {sum(after.values()):,} after.", *([_STAY] if keep_hours else []))
    return Report("compact", counts={"bytes before": before, "bytes after": after}, notes=said)


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(Step("compact", "rows", before + rows, total))


def _remove_drafts(hub: Path) -> None:
    with failing(hub):
        for pattern in _DRAFTS:
            for path in hub.glob(pattern):
                path.unlink(missing_ok=True)
