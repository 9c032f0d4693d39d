import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.sources.base import LONGEST
from personahub.sources.delimited import LONGEST_FIELD
from tests.sources.reading import outcomes, rows, texts, written


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t")])
def test_every_row_is_a_record_with_the_line_on_which_it_begins(tmp_path: Path, name: str, separator: str) -> None:
    lines = ["\ufeffid,text", "1,plain", '2,"two\r\nlines, and ""quotes"""', "", "3,last"]
    data = "\r\n".join(lines).replace("id,text", f"id{separator}text")
    data = data.replace("1,", f"1{separator}").replace("2,", f"2{separator}").replace("3,", f"3{separator}")
    assert texts(written(tmp_path / name, data)) == [(2, "plain"), (3, 'two\r\nlines, and "quotes"'), (6, "last")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"1", "bad_row"),
        (b"1,2,3", "bad_row"),
        (b'1,"a"b', "bad_row"),
        (b"1,caf\xe9", "bad_utf8"),
        (b'1,"two\ncaf\xe9"', "bad_utf8"),
        (b"1,a\0b", "nul_bytes"),
        (b"1, ", "empty"),
        (b"1," + b"x" * (LONGEST_FIELD + 1), "too_long"),
        (b"1," + b"x" * LONGEST, "too_long"),
    ],
    ids=range(9),
)
def test_a_bad_row_is_set_aside_and_the_others_are_read(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = written(tmp_path / "a.csv", b"id,text\n0,one\n" + bad + b"\n2,two\n")
    after = 4 + bad.count(b"\n")
    assert outcomes(path) == [(2, "one"), (3, reason), (after, "two")]


def test_a_ragged_row_says_how_it_differs(tmp_path: Path) -> None:
    [row] = rows(written(tmp_path / "a.csv", "id,text\n1,2,3\n"))
    assert row["detail"] == "it has 3 fields and the header 2"


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    assert outcomes(written(tmp_path / "a.csv", 'id,text\n0,one\n1,"two\n3,three\n')) == [(2, "one"), (3, "bad_row")]


def test_a_file_without_a_header_has_no_records(tmp_path: Path) -> None:
    assert rows(written(tmp_path / "a.csv", "\n\n"), written(tmp_path / "b.csv", "text\n")) == []


def test_a_header_that_cannot_be_read_ends_the_file(tmp_path: Path) -> None:
    assert outcomes(written(tmp_path / "a.csv", b"id,t\xe9xt\n1,a\n")) == [(1, "unreadable")]
    assert outcomes(written(tmp_path / "b.csv", 'id,"text\n1,a\n')) == [(1, "unreadable")]


def test_long_fields_are_read_and_the_limit_of_the_process_is_never_lowered(tmp_path: Path) -> None:
    before = csv.field_size_limit(2**30)
    try:
        long = "y" * 10_000_000
        assert texts(written(tmp_path / "a.csv", f"text\n{long}\n")) == [(2, long)]
        assert csv.field_size_limit() == 2**30
    finally:
        csv.field_size_limit(max(before, LONGEST_FIELD))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")).filter(lambda cell: cell.strip())


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_what_the_csv_module_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *wanted])
    assert [text for _, text in texts(path)] == [text for _, text in wanted]
