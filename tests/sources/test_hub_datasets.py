import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from personahub.errors import SourceError
from personahub.sources import read
from personahub.sources.hub_datasets import _name
from tests.sources.reading import outcomes, rows, texts, written

pytest.importorskip("datasets")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split, count in (("train", 600), ("test", 2)):
        lines = [json.dumps({"id": n, "text": f"{split} {n}"}) for n in range(count)]
        written(tmp_path / "data" / f"{split}.jsonl", "\n".join(lines))
    return tmp_path / "data"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        pass


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_dataset_is_read_by_its_train_split(folder: Path) -> None:
    reading = read([f"hf:{folder}"])
    assert [text for batch in reading for text in batch["text"].to_pylist()] == [f"train {n}" for n in range(600)]
    assert reading.share is None


def test_a_split_can_be_named(folder: Path) -> None:
    [first, second] = rows(f"hf:{folder}:test")
    assert (first["text"], first["source"], first["record"]) == ("test 0", f"hf:{folder}:test", 1)
    assert (second["text"], second["record"]) == ("test 1", 2)


def test_a_split_that_is_not_there_is_told_before_any_work(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"name a split behind a colon; there are .*train"):
        read([f"hf:{folder}:validation"])


def test_a_column_that_is_not_there_is_told_before_any_work(folder: Path) -> None:
    with pytest.raises(SourceError, match="'story' is no column with text; it has 'id', 'text'"):
        read([f"hf:{folder}:test"], text_column="story")


def test_a_dataset_that_is_not_there_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere cannot be read: "):
        read([f"hf:{tmp_path}/nowhere"])


def test_a_file_on_the_web_is_read(url: str) -> None:
    assert texts(f"{url}/test.jsonl") == [(1, "test 0"), (2, "test 1")]


def test_a_file_that_is_not_on_the_web_is_told_before_any_work(url: str) -> None:
    with pytest.raises(SourceError, match=r"nothing\.jsonl cannot be read: "):
        read([f"{url}/nothing.jsonl"])
    with pytest.raises(SourceError, match="must name a file of"):
        read([f"{url}/"])


def test_a_dataset_stands_beside_files(folder: Path, tmp_path: Path) -> None:
    plain = written(tmp_path / "a.txt", "a")
    assert outcomes(plain, f"hf:{folder}:test") == [(1, "a"), (1, "test 0"), (2, "test 1")]


def test_a_name_can_carry_the_configuration() -> None:
    assert _name("allenai/c4/en") == ["allenai/c4", "en"]
    assert _name("allenai/c4") == ["allenai/c4"]
    assert _name("squad") == ["squad"]
    assert _name("./my/data") == ["./my/data"]


def test_what_may_be_secret_in_a_url_is_in_no_row_and_no_message(url: str) -> None:
    [first, _] = rows(f"{url}/test.jsonl?signature=secret")
    assert first["source"] == f"{url}/test.jsonl"
    with pytest.raises(SourceError) as raised:
        read([f"{url.replace('//', '//me:secret@')}/nothing.jsonl?signature=secret"])
    assert "secret" not in str(raised.value)
