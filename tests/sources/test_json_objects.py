import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.errors import SourceError
from personahub.sources import base
from personahub.sources.base import LONGEST, lines
from tests.sources.reading import outcomes, rows, texts, written


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_every_line_is_a_record_with_its_number(tmp_path: Path, name: str) -> None:
    data = b'\xef\xbb\xbf{"text": "a"}\r\n\n   \r\n{"text": "b", "id": 2}\n{"text": "c"}'
    assert texts(written(tmp_path / name, data)) == [(1, "a"), (4, "b"), (5, "c")]


def test_a_line_ends_at_a_newline_and_nowhere_else(tmp_path: Path) -> None:
    text = "a\u2028b\u0085c\u2029d\x1ce"
    line = json.dumps({"text": text.replace("\x1c", "")}, ensure_ascii=False)
    assert texts(written(tmp_path / "a.jsonl", line + "\n")) == [(1, text.replace("\x1c", ""))]


BAD_LINES = {
    b'{"text": "caf\xe9"}': ("bad_utf8", "no UTF-8 at byte 14 of the line"),
    b'{"text": "a\\u0000b"}': ("nul_bytes", "U+0000 at character 2"),
    b'{"text": "a\x00b"}': ("not_json", "unexpected control character in string at character 12"),
    b'{"text": ""}': ("empty", None),
    b'{"text": " \\u2028\\n"}': ("empty", None),
    b'{"text": "a"': ("not_json", None),
    b"{'text': 'a'}": ("not_json", None),
    b'{"text": "\\ud800"}': ("not_json", None),
    b'{"text": "a"} {"text": "b"}': ("not_json", None),
    b'{"text": NaN}': ("not_json", None),
    b'{"text": null}': ("no_text", "'text' is null"),
    b'{"text": 5}': ("no_text", "'text' is int"),
    b'{"title": "a", "text": false}': ("no_text", "'text' is bool"),
    b"{}": ("no_text", "it has no 'text'"),
    b'"text"': ("no_text", "a JSON str and no object"),
    b"[1]": ("no_text", "a JSON list and no object"),
    b"[" * 5000: ("not_json", None),
}


@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("place", [0, 1])
def test_a_bad_line_is_set_aside_and_the_others_are_read(tmp_path: Path, bad: bytes, place: int) -> None:
    good = [b'{"text": "one"}', b'{"text": "two"}']
    taken = rows(written(tmp_path / "a.jsonl", b"\n".join([*good[:place], bad, *good[place:]]) + b"\n"))
    wrong = taken.pop(place)
    assert [row["text"] for row in taken] == ["one", "two"]
    assert (wrong["text"], wrong["record"], wrong["reject"]) == (None, place + 1, BAD_LINES[bad][0])
    assert BAD_LINES[bad][1] in (None, wrong["detail"])


def test_a_line_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    long = "x" * 10_000_000
    taken = texts(written(tmp_path / "a.jsonl", json.dumps({"text": long}) + '\n{"text": "b"}\n'))
    assert taken == [(1, long), (2, "b")]


def test_a_line_beyond_the_limit_is_passed_over(tmp_path: Path) -> None:
    long = b'{"text": "' + b"x" * LONGEST + b'"}'
    path = written(tmp_path / "a.jsonl", b'{"text": "a"}\n' + long + b'\n{"text": "b"}\n' + long)
    assert outcomes(path) == [(1, "a"), (2, "too_long"), (3, "b"), (4, "too_long")]


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.integers(1, 20))
def test_lines_do_not_depend_on_how_the_bytes_arrive(wanted: list[bytes], cut: int) -> None:
    data = b"\n".join(wanted)
    chunks = (data[start : start + cut] for start in range(0, len(data), cut))
    if wanted and not wanted[-1]:
        wanted = wanted[:-1]
    assert list(lines(chunks)) == list(enumerate(wanted, 1))


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(1, 5))
def test_only_lines_beyond_the_limit_are_passed_over(lengths: list[int], cut: int) -> None:
    data = b"".join(b"x" * length + b"\n" for length in lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "LONGEST", 5)
        found = list(lines(data[start : start + cut] for start in range(0, len(data), cut)))
    assert found == [(n, b"x" * length if length <= 5 else None) for n, length in enumerate(lengths, 1)]


@given(st.lists(st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text), max_size=5))
def test_texts_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, wanted: list[str]) -> None:
    data = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in wanted)
    path = written(tmp_path_factory.mktemp("jsonl") / "a.jsonl", data)
    assert texts(path) == list(enumerate(wanted, 1))


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_document_is_a_list_of_records(tmp_path: Path, indent: int | None) -> None:
    value = [{"text": "a"}, 7, {"text": None}, {"text": "b"}]
    path = written(tmp_path / "a.json", json.dumps(value, indent=indent))
    assert outcomes(path) == [(1, "a"), (2, "no_text"), (3, "no_text"), (4, "b")]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_document_can_be_one_record(tmp_path: Path, indent: int | None) -> None:
    assert texts(written(tmp_path / "a.json", json.dumps({"body": "a"}, indent=indent))) == [(1, "a")]


def test_a_broken_json_document_is_set_aside(tmp_path: Path) -> None:
    written(tmp_path / "a.json", '[{"text": "a"},\n')
    written(tmp_path / "b.json", b'[\n{"text": "caf\xe9"}]')
    written(tmp_path / "c.json", "\n")
    written(tmp_path / "d.txt", "good")
    assert outcomes(tmp_path) == [(1, "not_json"), (1, "bad_utf8"), (1, "not_json"), (1, "good")]


def test_a_long_json_document_should_be_jsonl(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", b"[\n" + b" " * LONGEST + b"]")
    with pytest.raises(SourceError, match="make it JSONL"):
        rows(path)


def test_a_line_without_the_text_column_is_set_aside(tmp_path: Path) -> None:
    [_, row] = rows(written(tmp_path / "a.jsonl", '{"text": "a"}\n{"title": "b"}\n'))
    assert (row["reject"], row["detail"]) == ("no_text", "it has no 'text'")
