"""A file that is one document: plain text and Markdown."""

from collections.abc import Iterator

from personahub.sources.base import BAD_UTF8, LONGEST, TOO_LONG, File, Pick, Record, bad_utf8


def read_plain(file: File, _: Pick) -> Iterator[Record]:
    """One record with the column "text"."""
    data = bytearray()
    for chunk in file.chunks():
        data += chunk
        if len(data) > LONGEST:
            yield Record(file.name, 1, {}, TOO_LONG, f"the document has over {LONGEST:,} bytes")
            return
    try:
        yield Record(file.name, 1, {"text": data.decode()})
    except UnicodeDecodeError as error:
        yield Record(file.name, 1, {}, BAD_UTF8, bad_utf8(error, "file"))
