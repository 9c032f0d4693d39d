"""What indexes for searches cover: it must not stand in the way of the joining of fragments."""

from typing import Any

from personahub.store.guard import lance

WORDS = "words_"  # begins the name of an index of words, which goes on with that of its column
WHERE = "where_"  # the same of one for conditions
SEARCHED = (WORDS, WHERE)


def uncover(data: Any, joined: int) -> None:
    """Let go of those segments of indexes for searches that cover any of the newest so many fragments.

    Fragments that an index covers and others are never joined with each other, and one that is left alone is
    overtaken by those that are joined, which would change the order of the rows (measured). To bring the index along
    would cost each append of a run; so it is left to the next search, which makes anew what is small.
    """
    from lance.dataset import Index  # noqa: PLC0415 - as in guard.py

    newest = {part.fragment_id for part in data.get_fragments()[-joined:]}
    gone = [
        Index(
            uuid=str(segment.uuid),
            name=index.name,
            fields=list(index.fields),
            dataset_version=segment.dataset_version_at_last_update,
            fragment_ids=segment.fragment_ids,
            index_version=segment.index_version,
        )
        for index in data.describe_indices()
        if index.name.startswith(SEARCHED)
        for segment in index.segments
        if newest & set(segment.fragment_ids)
    ]
    if gone:
        operation = lance().LanceOperation.CreateIndex(new_indices=[], removed_indices=gone)
        lance().LanceDataset.commit(data, operation, read_version=data.version)
        data.checkout_latest()
