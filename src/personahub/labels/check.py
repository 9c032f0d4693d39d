"""What is wrong with labels: who gave them is not known, a change was cut off, topics cannot be read."""

from collections.abc import Iterator

import pyarrow as pa

from personahub.errors import HubError
from personahub.findings import Finding
from personahub.hub import Folder
from personahub.labels.card import CARD, COLUMNS, READ, Card
from personahub.labels.topics import FOLDER


def check(folder: Folder) -> Iterator[Finding]:
    """Each with its cure; nothing is changed."""
    for table in READ:
        card = Card(folder, table)
        try:
            entries = card.entries()
        except HubError as error:
            yield Finding(CARD, f"{error}", "remove the file, and label again with --redo")
            return
        try:
            stored = folder.tables[table].stored.names
        except HubError:
            continue  # what is wrong with a table is told of the table
        for name in dict.fromkeys((*COLUMNS, *entries)):
            if name in stored and name not in entries and not _imported(folder, table, name):
                problem = f"the column {name} is labelled, and by whom is not known"
                yield Finding(f"{table}.lance", problem, f"label {name} again with --redo")
            elif name in entries and entries[name].replacing:
                problem = f"labelling {name} of {table} again was cut off, so it is as it was before, by another"
                yield Finding(CARD, problem, f"call the same command again: it labels {name} of all records")
        yield from _topics(folder, table)


def _imported(folder: Folder, table: str, name: str) -> bool:
    """Whether rows came with values of this column, which no labeller gave."""
    held = folder.tables[table]
    return "layout" in held.stored.names and held.count(f"layout LIKE '%\"{name}\"%'") > 0


def _topics(folder: Folder, table: str) -> Iterator[Finding]:
    path = folder.path / FOLDER / f"{table}.arrow"
    if not path.exists():
        return
    try:
        with pa.memory_map(str(path)) as held, pa.ipc.open_file(held) as file:
            file.read_all()
    except (OSError, pa.ArrowException):
        cure = "remove the file; 'personahub topics' finds them again"
        yield Finding(f"{FOLDER}/{path.name}", "it cannot be read", cure, path.unlink)
