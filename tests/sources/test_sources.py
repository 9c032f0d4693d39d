import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from personahub.sources import RECORDS, read, records
from tests.sources.reading import flat, written

STDIN = """
import sys
from personahub.sources import read
reading = read(["-"])
rows = [row for batch in reading for row in batch.to_pylist()]
print([(row["source"], row["record"], row["reject"] or row["text"]) for row in rows], reading.share)
"""


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b' \n{"text": "a"}\n{"text": 1}\n', [("-", 2, "a"), ("-", 3, "no_text")]),
        (b"\xef\xbb\xbfa plain\ndocument", [("-", 1, "a plain\ndocument")]),
        (b"", [("-", 1, "empty")]),
        (b"caf\xe9", [("-", 1, "bad_utf8")]),
    ],
)
def test_standard_input_is_jsonl_or_one_document(data: bytes, wanted: list[tuple[str, int, str]]) -> None:
    done = subprocess.run([sys.executable, "-c", STDIN], input=data, capture_output=True, check=True)
    assert done.stdout.decode().strip() == f"{wanted} None"


def test_a_reading_can_be_read_again(tmp_path: Path) -> None:
    for name, data in {"a.jsonl": '{"text": "a"}\n', "b.json": '[{"text": "b"}]', "c.csv": "text\nc\n"}.items():
        written(tmp_path / name, data)
    reading = read([tmp_path])
    assert flat(reading) == flat(reading)
    assert [row["text"] for row in flat(reading)] == ["a", "b", "c"]


def test_the_share_grows_to_one(tmp_path: Path) -> None:
    for name in "abc":
        written(tmp_path / f"{name}.jsonl", "".join(json.dumps({"text": "x" * 1000}) + "\n" for _ in range(1000)))
    reading = read([tmp_path], batch_rows=100)
    assert reading.share == 0.0
    shares = [reading.share or 0.0 for _ in reading]
    assert len(shares) == 30
    assert shares == sorted(shares)
    assert 0.05 < shares[0] < 0.15
    assert reading.share == 1.0


def test_batches_have_the_rows_that_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"text": "x"}\n' * 25)
    assert [len(batch) for batch in read([path], batch_rows=10)] == [10, 10, 5]


def test_records_have_every_field_that_holds_text(tmp_path: Path) -> None:
    lines = [
        '{"input persona": "p", "synthesized text": "s", "description": "d", "n": 1, "list": ["x"]}',
        "{",
        '{"persona": "q"}',
        "7",
    ]
    jsonl = written(tmp_path / "a.jsonl", "\n".join(lines))
    plain = written(tmp_path / "b.csv", "persona,kind\nr,\n")
    [batch] = records([jsonl, plain])
    assert batch.schema == RECORDS
    assert pc.map_lookup(batch["fields"], "persona", "first").to_pylist() == [None, None, "q", None, "r"]
    assert [row["fields"] for row in batch.to_pylist()] == [
        [("input persona", "p"), ("synthesized text", "s"), ("description", "d")],
        None,
        [("persona", "q")],
        None,
        [("persona", "r"), ("kind", "")],
    ]
    assert batch["reject"].to_pylist() == [None, "not_json", None, "no_text", None]
    assert batch["record"].to_pylist() == [1, 2, 3, 4, 2]


def test_real_web_texts_are_read_whole(shared_data: Path) -> None:
    taken = flat(read([shared_data / "web_text"]))
    assert len(taken) == 20_441
    assert [row["reject"] for row in taken if row["reject"]] == ["empty"] * 27
    assert len({row["source"] for row in taken}) == 5
    assert any("\u2028" in row["text"] or "\u0085" in row["text"] for row in taken if row["text"])


def test_released_personas_are_read_whole(shared_data: Path) -> None:
    batches = list(records([shared_data / "personas" / "personahub_tool.jsonl"]))
    assert sum(len(batch) for batch in batches) == 3000
    for name in ("input persona", "synthesized text", "description"):
        assert all(pc.map_lookup(batch["fields"], name, "first").null_count == 0 for batch in batches)


# Of the process alone: what `resource` tells counts the parent's memory before exec as well.
MEMORY = """
import sys
from pathlib import Path
from personahub.sources import read
for batch in read([sys.argv[1]]):
    pass
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def _peak(path: Path) -> int:
    """Megabytes that a process takes to read the file."""
    done = subprocess.run([sys.executable, "-c", MEMORY, path], capture_output=True, check=True, text=True)
    return int(done.stdout) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is told on Linux only")
@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "csv", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str) -> None:
    small, large = (_large(tmp_path / f"{count}.{suffix}", count) for count in (3000, 12_000))
    assert _peak(large) < _peak(small) + 100  # of the 180 MB that it holds more


def _large(path: Path, count: int) -> Path:
    """A file that holds 20 kB of text so many times, which is 240 MB for twelve thousand."""
    texts = [f"{n} " + "word " * 4000 for n in range(count)]
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"text": texts}), path, compression="none", use_dictionary=False)
        return path
    lines = ["text", *texts] if path.suffix == ".csv" else [json.dumps({"text": text}) for text in texts]
    data = "\n".join(lines).encode()
    return written(path, gzip.compress(data, 1) if path.suffix == ".gz" else data)
