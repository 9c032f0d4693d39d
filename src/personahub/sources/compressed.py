"""gzip and Zstandard: the bytes of an open file, decompressed in bounded memory."""

import zlib
from collections.abc import Iterator
from io import FileIO

import pyarrow as pa

from personahub.sources.base import CHUNK, TRUNCATED, UNREADABLE, Broken, as_it_is

_GZIP = 16 + zlib.MAX_WBITS  # zlib's number for a gzip header and checksum


def gunzip(raw: FileIO) -> Iterator[bytes]:
    """The bytes of every gzip member of the file, one behind the other.

    Raises:
        Broken: the data is cut or damaged; what came before it has been given.
    """
    member = None
    for data in as_it_is(raw):
        while data:
            if member is None:
                data = data.lstrip(b"\0")  # noqa: PLW2901 - zeros pad the last member on tapes and in some archives
                member = zlib.decompressobj(_GZIP) if data else None
                continue
            yield from _inflated(member, data, raw)
            data, member = (member.unused_data, None) if member.eof else (b"", member)  # noqa: PLW2901
    if member is not None:
        raise Broken(TRUNCATED, f"the gzip data ends too early, after {raw.tell():,} bytes")


def _inflated(member: "zlib._Decompress", data: bytes, raw: FileIO) -> Iterator[bytes]:
    """What the data gives, a chunk at a time: a few bytes can inflate to gigabytes."""
    try:
        while chunk := member.decompress(data, CHUNK):
            yield chunk
            data = member.unconsumed_tail
    except zlib.error as error:
        raise Broken(UNREADABLE, f"no gzip data before byte {raw.tell():,}: {error}") from error


def unzstd(raw: FileIO) -> Iterator[bytes]:
    """The bytes of every Zstandard frame of the file, one behind the other.

    Raises:
        Broken: the data is cut or damaged; what came before it has been given.
    """
    given = 0
    try:
        for chunk in _frames(raw, CHUNK):
            yield chunk
            given += len(chunk)
    except OSError as error:
        yield from _rest(raw, given)
        reject = TRUNCATED if "Truncated" in str(error) else UNREADABLE
        raise Broken(reject, f"the Zstandard data cannot be read to its end: {error}") from error


def _frames(raw: FileIO, size: int) -> Iterator[bytes]:
    # The file stays ours to close.
    stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
    while chunk := stream.read(size):
        yield chunk


def _rest(raw: FileIO, given: int) -> Iterator[bytes]:
    """The last bytes before the damage: Arrow drops the whole chunk in which it meets one."""
    if not raw.seekable():
        return
    raw.seek(0)
    rest = bytearray()
    left = given
    try:
        stream = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
        while left:
            left -= len(stream.read(min(left, CHUNK)))
        while byte := stream.read(1):
            rest += byte
    except OSError:
        yield bytes(rest)
