from pathlib import Path

import pytest

from personahub.sources.base import LONGEST
from tests.sources.reading import outcomes, rows, texts, written


@pytest.mark.parametrize("name", ["a.txt", "a.md", "A.TXT"])
def test_a_file_is_one_document(tmp_path: Path, name: str) -> None:
    assert texts(written(tmp_path / name, "One\r\n\r\ntwo\u2028three\n")) == [(1, "One\r\n\r\ntwo\u2028three\n")]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert texts(written(tmp_path / "a.txt", b"\xef\xbb\xbfhello")) == [(1, "hello")]


@pytest.mark.parametrize("data", [b"", b" \n\t\xe2\x80\xa8", b"\xef\xbb\xbf"])
def test_a_file_of_nothing_but_space_is_empty(tmp_path: Path, data: bytes) -> None:
    assert outcomes(written(tmp_path / "a.txt", data)) == [(1, "empty")]


def test_bytes_that_are_no_utf8_are_told_by_their_place(tmp_path: Path) -> None:
    [row] = rows(written(tmp_path / "a.txt", b"caf\xe9 latte"))
    assert (row["text"], row["reject"], row["detail"]) == (None, "bad_utf8", "no UTF-8 at byte 4 of the file")


def test_a_binary_file_under_a_text_name_is_set_aside(tmp_path: Path) -> None:
    [nul] = rows(written(tmp_path / "a.txt", b"MZ\x00\x01"))
    assert (nul["text"], nul["reject"], nul["detail"]) == (None, "nul_bytes", "U+0000 at character 3")
    assert outcomes(written(tmp_path / "b.txt", b"\x89PNG\x00\xff")) == [(1, "bad_utf8")]


def test_a_document_beyond_the_limit_is_not_loaded(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(LONGEST + 1)
    assert outcomes(tmp_path / "a.txt") == [(1, "too_long")]


def test_a_text_column_that_is_named_is_for_files_with_columns(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "plain")
    written(tmp_path / "b.jsonl", '{"words": "a line"}\n')
    assert texts(tmp_path, text_column="words") == [(1, "plain"), (1, "a line")]
