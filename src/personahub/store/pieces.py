"""The files that hold a table, by which rows are known again that were read once: none of them is ever changed."""

from personahub.store.table import Table

Pieces = list[tuple[str, int]]


def pieces(table: Table) -> Pieces:
    """The file with the ids of each fragment, what it lacks, and how many rows it has; in the order of the rows."""
    with table.opened() as data:
        if data is None:
            return []
        id_ = data.lance_schema.field("id").id()
        found = []
        for part in data.get_fragments():
            told = part.metadata
            (path,) = [file.path for file in told.files if id_ in file.fields]
            found.append((f"{path} {told.deletion_file or ''}".strip(), part.metadata.num_rows))
        return found


def same(before: Pieces, now: Pieces) -> int:
    """How many rows stand first in both, in the same files."""
    rows = 0
    for one, other in zip(before, now, strict=False):
        if tuple(one) != tuple(other):
            break
        rows += one[1]
    return rows
