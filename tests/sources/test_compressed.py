import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import outcomes, rows, texts, written


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


PACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd}
packed = pytest.mark.parametrize("suffix", PACK)

# Noise in hexadecimal: it does not shrink to so little that a cut loses everything.
NOISE = [random.Random(n).randbytes(40).hex() for n in range(20_000)]
MANY = "".join(json.dumps({"text": text}) + "\n" for text in NOISE).encode()


@packed
@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("a.txt", b"\xef\xbb\xbfhello", [(1, "hello")]),
        ("a.jsonl", b'{"text": "a"}\n{"text": "b"}', [(1, "a"), (2, "b")]),
        ("a.json", b'[{"text": "a"}]', [(1, "a")]),
        ("a.csv", b"text,id\na,1\n", [(2, "a")]),
        ("a.tsv", b"text\tid\na\t1\n", [(2, "a")]),
        ("a.jsonl", b"", []),
    ],
)
def test_a_compressed_file_is_read_as_what_it_holds(
    tmp_path: Path, suffix: str, name: str, data: bytes, wanted: list[tuple[int, str]]
) -> None:
    assert texts(written(tmp_path / (name + suffix), PACK[suffix](data))) == wanted


@packed
def test_members_one_behind_the_other_are_one_file(tmp_path: Path, suffix: str) -> None:
    pack = PACK[suffix]
    data = pack(b'{"text": "a"}\n{"te') + pack(b"") + pack(b'xt": "b"}\n') + pack(MANY)
    assert texts(written(tmp_path / f"a.jsonl{suffix}", data)) == list(enumerate(["a", "b", *NOISE], 1))


def test_zeros_behind_the_last_member_are_padding(tmp_path: Path) -> None:
    data = gzip.compress(b'{"text": "a"}\n') + bytes(1000)
    assert texts(written(tmp_path / "a.jsonl.gz", data)) == [(1, "a")]


def test_what_inflates_a_thousandfold_is_read(tmp_path: Path) -> None:
    text = "a" * 20_000_000
    data = json.dumps({"text": text}).encode()
    for suffix, pack in PACK.items():
        assert texts(written(tmp_path / f"a.jsonl{suffix}", pack(data))) == [(1, text)]


@packed
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_everything_before_a_cut_is_given_then_the_cut_is_told(tmp_path: Path, suffix: str, share: float) -> None:
    data = PACK[suffix](MANY)
    *good, last = outcomes(written(tmp_path / f"a.jsonl{suffix}", data[: int(len(data) * share)]))
    assert good == list(enumerate(NOISE[: len(good)], 1))
    # A compressor hands out its data in blocks: Zstandard's are of 128 KiB.
    assert len(good) > len(NOISE) * share - 2**17 / 90 - 500
    assert last == (len(good) + 1, "truncated")


@packed
def test_a_document_that_is_cut_is_no_document(tmp_path: Path, suffix: str) -> None:
    data = PACK[suffix](MANY)
    written(tmp_path / f"a.txt{suffix}", data[: len(data) // 2])
    written(tmp_path / f"b.csv{suffix}", data[:9])
    written(tmp_path / f"c.json{suffix}", data[:9])
    written(tmp_path / "d.txt", "good")
    assert outcomes(tmp_path) == [(1, "truncated"), (1, "truncated"), (1, "truncated"), (1, "good")]


@packed
@pytest.mark.parametrize("data", [b'{"text": "not compressed"}\n', b"\x1f\x8b\x07garbage"])
def test_a_file_that_is_not_what_its_name_says_is_set_aside(tmp_path: Path, suffix: str, data: bytes) -> None:
    written(tmp_path / f"a.jsonl{suffix}", data)
    written(tmp_path / "b.jsonl", '{"text": "b"}\n')
    assert outcomes(tmp_path) == [(1, "unreadable"), (1, "b")]


@packed
def test_damage_is_told_behind_what_came_before_it(tmp_path: Path, suffix: str) -> None:
    data = PACK[suffix](b'{"text": "a"}\n') + b"no compressed data at all"
    first, second = rows(written(tmp_path / f"a.jsonl{suffix}", data))
    assert (first["text"], second["record"], second["reject"]) == ("a", 2, "unreadable")


@given(st.integers(0, 400), st.sampled_from(sorted(PACK)))
def test_a_cut_anywhere_loses_nothing_in_silence(
    tmp_path_factory: pytest.TempPathFactory, cut: int, suffix: str
) -> None:
    data = PACK[suffix]("".join(json.dumps({"text": text}) + "\n" for text in NOISE[:10]).encode())
    cut = min(cut, len(data) - 1)
    taken = outcomes(written(tmp_path_factory.mktemp("cut") / f"a.jsonl{suffix}", data[:cut]))
    good = [row for row in taken if row[1] != "truncated"]
    assert good == list(enumerate(NOISE[: len(good)], 1))
    assert len(taken) - len(good) == (1 if cut else 0)
