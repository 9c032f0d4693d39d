"""What the parts of a hub take of the disk."""

from pathlib import Path


def sizes(hub: Path) -> dict[str, int]:
    """Bytes of each file and folder of a hub, those of a table in one figure with the filter of its ids."""
    found: dict[str, int] = {}
    for entry in sorted(hub.iterdir()):
        name = entry.stem if entry.suffix in (".lance", ".ids") else entry.name
        name = "ledger.sqlite" if entry.name.startswith("ledger.sqlite") else name
        found[name] = found.get(name, 0) + _bytes(entry)
    return found


def _bytes(entry: Path) -> int:
    """A file that goes meanwhile takes nothing."""
    total = 0
    for path in entry.rglob("*") if entry.is_dir() else [entry]:
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
