from pathlib import Path

import pytest

from personahub.errors import SourceError
from personahub.sources import read
from personahub.sources.base import Record
from personahub.sources.documents import BATCH_CHARS, NAMES, TextColumn, grouped
from tests.sources.reading import outcomes, texts, written


@pytest.mark.parametrize("name", NAMES)
def test_the_usual_names_of_a_text_column_are_found(tmp_path: Path, name: str) -> None:
    assert texts(written(tmp_path / "a.jsonl", f'{{"title": "t", "url": "u", "{name}": "a"}}\n')) == [(1, "a")]


def test_the_likelier_name_wins() -> None:
    assert TextColumn("a", None).pick({"body": True, "content": True, "text": False, "id": None}) == ["content"]
    assert TextColumn("a", None).pick({"body": True, "text": None}) == ["body"]
    assert TextColumn("a", None).pick({"id": True, "text": None}) == ["text"]


def test_the_only_column_with_text_is_the_text() -> None:
    assert TextColumn("a", None).pick({"id": False, "other": None, "story": True}) == ["story"]


@pytest.mark.parametrize("columns", [{}, {"id": False}, {"a": True, "b": True}, {"a": None, "b": None}])
def test_a_column_that_cannot_be_told_is_asked_for(columns: dict[str, bool | None]) -> None:
    with pytest.raises(SourceError, match=r"which column is the text\?.*--text-column"):
        TextColumn("a.jsonl", None).pick(columns)


def test_the_column_that_is_named_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "text,story\nno,yes\n")
    assert texts(path, text_column="story") == [(2, "yes")]
    with pytest.raises(SourceError, match=r"a.csv: 'tale' is no column with text; it has 'text', 'story'"):
        read([path], text_column="tale")


def test_every_file_has_its_own_text_column(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", '{"body": "a"}\n')
    written(tmp_path / "b.jsonl", 'not json\n{"content": "b"}\n{"body": "c"}\n')
    assert outcomes(tmp_path) == [(1, "a"), (1, "not_json"), (2, "b"), (3, "no_text")]


def test_a_missing_column_in_the_last_file_is_told_before_the_first_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", "a")
    written(tmp_path / "b.jsonl", '{"one": "b", "other": "c"}\n')
    with pytest.raises(SourceError, match=r"b\.jsonl.*'one', 'other'"):
        read([tmp_path])


def test_batches_are_bounded_by_rows_and_by_size() -> None:
    short = [Record("a", n, {"text": "x"}) for n in range(1, 8)]
    assert [len(group) for group in grouped(short, 3)] == [3, 3, 1]
    long = [Record("a", n, {"text": "x" * (BATCH_CHARS // 2), "n": n}) for n in range(1, 6)]
    assert [len(group) for group in grouped(long, 1000)] == [2, 2, 1]
