from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from personahub.errors import SourceError
from personahub.sources import read
from tests.sources.reading import outcomes, rows, texts, written


def table(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=100)
    return path


def test_every_row_is_a_record_with_its_number(tmp_path: Path) -> None:
    wanted = [f"row {n}" for n in range(1, 2501)]
    path = table(tmp_path / "a.parquet", id=pa.array(range(2500)), text=pa.array(wanted))
    assert texts(path) == list(enumerate(wanted, 1))


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_kind_of_text_column_is_text(tmp_path: Path, kind: pa.DataType) -> None:
    body = pa.array(["a", None, "b"], pa.string()).cast(kind)
    path = table(tmp_path / "a.parquet", number=pa.array([1, 2, 3]), body=body)
    assert outcomes(path) == [(1, "a"), (2, "no_text"), (3, "b")]


def test_a_file_without_a_text_column_is_told(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", text=pa.array([1]), other=pa.array([2.0]))
    with pytest.raises(SourceError, match=r"a\.parquet.*'text', 'other'.*--text-column"):
        read([path])
    with pytest.raises(SourceError, match="'text' is no column with text"):
        read([path], text_column="text")


def test_a_cut_file_is_set_aside_and_the_others_are_read(tmp_path: Path) -> None:
    whole = table(tmp_path / "a.parquet", text=pa.array(["a"]))
    written(tmp_path / "b.parquet", whole.read_bytes()[:-20])
    written(tmp_path / "c.parquet", b"")
    written(tmp_path / "d.txt", "d")
    assert outcomes(tmp_path) == [(1, "a"), (1, "unreadable"), (1, "unreadable"), (1, "d")]


def test_a_file_that_breaks_in_its_midst_is_read_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows_ = pa.table({"text": [f"{n:09}" for n in range(3000)]})
    pq.write_table(rows_, path, row_group_size=1000, compression="none", use_dictionary=False)
    group = pq.read_metadata(path).row_group(2).column(0)
    data = bytearray(path.read_bytes())
    data[group.data_page_offset : group.data_page_offset + 40] = b"\xff" * 40
    *good, last = outcomes(written(path, bytes(data)))
    assert last[1] == "unreadable"
    assert len(good) >= 1000
    assert good == [(n + 1, f"{n:09}") for n in range(len(good))]


def test_text_that_is_no_utf8_is_set_aside(tmp_path: Path) -> None:
    raw = pa.array([b"a", b"caf\xe9", b"b"], pa.binary())
    text = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2])
    assert outcomes(table(tmp_path / "a.parquet", text=text)) == [(1, "a"), (2, "bad_utf8"), (3, "b")]


def test_progress_goes_by_rows(tmp_path: Path) -> None:
    reading = read([table(tmp_path / "a.parquet", text=pa.array(["x"] * 4096))])
    shares = [reading.share for _ in reading]
    assert shares == sorted(shares)  # type: ignore[type-var]  # none of them is None
    assert 0.2 < (shares[0] or 0) < 0.6
    assert reading.share == 1.0
    assert len(rows(tmp_path)) == 4096
