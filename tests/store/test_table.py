import random
from pathlib import Path

import pyarrow as pa
import pytest

from personahub.errors import HubError
from personahub.schema import TEXTS
from personahub.store.packing import ALIKE, BULK_ALIKE, BULK_JOINED, segments_to_merge, to_merge
from personahub.store.table import TIDY_AFTER, Table
from personahub.text import content_id


def texts(first: int, count: int) -> pa.Table:
    names = [f"text {number}" for number in range(first, first + count)]
    rows = [
        {"id": content_id(name), "text": name, "source": "f", "record": 1, "start": 0, "end": len(name)}
        for name in names
    ]
    return pa.Table.from_pylist(rows, TEXTS)


def test_a_table_that_is_not_there_is_empty(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    assert table.count() == 0
    assert list(table.scan()) == []
    assert len(table.lookup([content_id("x")], ["id"])) == 0


def test_rows_come_back_in_the_order_in_which_they_came_also_after_tidying(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    for first in range(0, 10 * (TIDY_AFTER + 6), 10):
        table.append(texts(first, 10))
    table.tidy()
    found = [text for batch in table.scan(["text"]) for text in batch["text"].to_pylist()]
    assert found == [f"text {number}" for number in range(10 * (TIDY_AFTER + 6))]


def test_tidying_after_each_append_changes_no_order(tmp_path: Path) -> None:
    for first in range(0, 60, 10):
        table = Table(tmp_path / "texts.lance", TEXTS)
        table.append(texts(first, 10))
        table.tidy()
        found = [text for batch in table.scan(["text"]) for text in batch["text"].to_pylist()]
        assert found == [f"text {number}" for number in range(first + 10)]


def test_many_appends_leave_few_fragments_and_rewrite_each_row_seldom() -> None:
    dice = random.Random(1)
    sizes: list[int] = []
    rewritten = 0
    for _ in range(4000):
        sizes.append(dice.randint(900, 1100))
        if merged := to_merge(sizes):
            rewritten += sum(sizes[-merged:])
            sizes[-merged:] = [sum(sizes[-merged:])]
        assert len(sizes) < 5 * ALIKE
    assert rewritten <= 5 * sum(sizes)


def test_large_appends_leave_few_segments_of_an_index_and_join_no_more_than_fits() -> None:
    megabyte = 2**20
    for each in (5 * megabyte, 20 * megabyte, 30 * megabyte):
        sizes: list[int] = []
        for _ in range(100):
            merged = segments_to_merge(sizes, 2**18)
            joined = sum(sizes[len(sizes) - merged :])
            assert joined <= BULK_JOINED
            sizes[len(sizes) - merged :] = [joined + each]
        assert len(sizes) <= 100 * each / (BULK_JOINED / BULK_ALIKE) + 2 * BULK_ALIKE


def test_small_appends_join_no_large_segment_of_an_index() -> None:
    assert segments_to_merge([2**23, 2**23, 2**23, 2**10], 2**18) == 0
    assert segments_to_merge([2**23, *[2**10] * ALIKE], 2**18) == ALIKE
    assert segments_to_merge([], 2**18) == 0


def test_hundreds_of_small_appends_keep_their_order_and_are_found(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    count = TIDY_AFTER * ALIKE + 2 * TIDY_AFTER
    for first in range(count):
        table.append(texts(2 * first, 2))
    found = [text for batch in table.scan(["text"]) for text in batch["text"].to_pylist()]
    assert found == [f"text {number}" for number in range(2 * count)]
    assert len(table.lookup([content_id(text) for text in found], ["id"])) == 2 * count


def test_rows_are_found_by_id_before_and_after_the_index(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    table.append(texts(0, 100))
    wanted = [content_id("text 7"), content_id("text 90"), content_id("none such"), content_id("text 7")]
    for _ in range(2):
        assert sorted(table.lookup(wanted, ["text"])["text"].to_pylist()) == ["text 7", "text 90"]
        table.tidy()
    table.append(texts(100, 5))
    assert table.lookup([content_id("text 104")], ["text"])["text"].to_pylist() == ["text 104"]


def test_a_reader_in_the_middle_of_a_scan_sees_one_version(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    table.append(texts(0, 3000))
    scan = table.scan(["text"], batch_rows=100)
    seen = len(next(scan))
    table.append(texts(3000, 500))
    table.tidy()
    table.clean()
    assert seen + sum(map(len, scan)) == 3000
    assert table.count() == 3500


def test_another_process_reads_what_was_appended_since(tmp_path: Path) -> None:
    writer, reader = (Table(tmp_path / "texts.lance", TEXTS) for _ in range(2))
    writer.append(texts(0, 10))
    assert reader.count() == 10
    writer.append(texts(10, 10))
    assert reader.count() == 20


def test_an_id_that_is_none_never_reaches_a_filter(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    table.append(texts(0, 1))
    with pytest.raises(HubError, match="is no id"):
        table.lookup(["x') OR ('1'='1"], ["id"])


def test_a_first_append_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "texts.lance"
    (path / "data").mkdir(parents=True)
    (path / "_versions").mkdir()
    (path / "data" / "half.lance").write_bytes(b"half a file")
    assert Table(path, TEXTS).count() == 0
    Table(path, TEXTS).append(texts(0, 10))
    assert Table(path, TEXTS).count() == 10


def test_a_broken_table_is_a_sentence_and_no_traceback_of_the_library(tmp_path: Path) -> None:
    table = Table(tmp_path / "texts.lance", TEXTS)
    table.append(texts(0, 10))
    for file in (tmp_path / "texts.lance" / "_versions").iterdir():
        file.write_bytes(b"broken")
    with pytest.raises(HubError, match=r"texts\.lance"):
        Table(tmp_path / "texts.lance", TEXTS).count()


def test_joining_small_fragments_behind_a_large_one_changes_no_order(tmp_path: Path) -> None:
    table, first = Table(tmp_path / "texts.lance", TEXTS), 0
    for count in (9000, 9000, 70_000, *[1200] * (TIDY_AFTER - 3)):
        table.append(texts(first, count))
        first += count
    found = [text for batch in table.scan(["text"]) for text in batch["text"].to_pylist()]
    assert found == [f"text {number}" for number in range(first)]
