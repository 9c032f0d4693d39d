import os
import threading
from pathlib import Path

import pytest

from personahub.errors import SourceError
from personahub.sources import read
from tests.sources.reading import rows, written


def sources(*named: str | Path) -> list[str]:
    return [row["source"] for row in rows(*named)]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "a.md", "sub/c.txt", "sub/deep/d.jsonl", ".hidden.txt", ".git/e.txt", "image.png", "sub.txt"):
        written(tmp_path / "notes" / name, '{"text": "d"}' if name.endswith("jsonl") else name)
    return tmp_path / "notes"


ALL = ["notes/a.md", "notes/b.txt", "notes/sub/c.txt", "notes/sub/deep/d.jsonl", "notes/sub.txt"]


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("notes", ALL),
        ("./notes/", ALL),
        ("notes/**", ALL),
        ("not*/**", ALL),
        ("**", ALL),
        ("notes/*.txt", ["notes/b.txt", "notes/sub.txt"]),
        ("notes/*", ALL),
        ("notes/**/*.txt", ["notes/b.txt", "notes/sub/c.txt", "notes/sub.txt"]),
        ("**/sub/**/d.*", ["notes/sub/deep/d.jsonl"]),
        ("notes/?.md", ["notes/a.md"]),
        ("notes/.hidden.txt", ["notes/.hidden.txt"]),
        ("notes/.h*.txt", ["notes/.hidden.txt"]),
    ],
)
def test_folders_and_globs_give_their_files_in_order(name: str, wanted: list[str]) -> None:
    assert sources(name) == wanted


@pytest.mark.usefixtures("notes")
def test_sources_are_read_in_their_order_each_file_once() -> None:
    assert sources("notes/sub.txt", "notes/b.txt", "notes", Path("notes/b.txt"), "./notes/../notes/a.md") == [
        "notes/sub.txt",
        "notes/b.txt",
        "notes/a.md",
        "notes/sub/c.txt",
        "notes/sub/deep/d.jsonl",
    ]


@pytest.mark.usefixtures("notes")
def test_one_name_need_not_be_in_a_list() -> None:
    assert [batch["source"].to_pylist() for batch in read("notes/a.md")] == [["notes/a.md"]]


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nots/a.txt", "there is no file 'nots/a.txt'"),
        ("notes/*.jsonl.gz", r"nothing matches 'notes/\*.jsonl.gz'"),
        ("notes/**/nothing*", "nothing matches"),
        ("notes/*.png", "matches no file that can be read"),
        ("notes/image.png", r"image.png is of no kind that can be read: .txt, .md, .jsonl"),
        ("nul\0byte.txt", "there is no file"),
        ("", "there is no file"),
    ],
)
def test_a_name_that_means_nothing_is_told_before_any_work(name: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read(["notes/a.md", name])


def test_a_folder_with_nothing_to_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder with no file that can be read"):
        read([tmp_path])
    with pytest.raises(SourceError, match="no source is named"):
        read([])


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    written(tmp_path / "a[1].txt", "one")
    written(tmp_path / "a1.txt", "other")
    assert sources(tmp_path / "a[1].txt") == [f"{tmp_path.as_posix()}/a[1].txt"]


def test_links_in_a_circle_end(notes: Path) -> None:
    (notes / "sub" / "up").symlink_to(notes)
    (notes / "sub" / "deep" / "top").symlink_to(notes.parent)
    assert sources("notes") == ALL
    assert sources("notes/**/*.txt") == ["notes/b.txt", "notes/sub/c.txt", "notes/sub.txt"]


def test_a_folder_behind_a_link_is_read(notes: Path) -> None:
    written(notes.parent / "elsewhere" / "f.txt", "f")
    (notes / "sub" / "link").symlink_to(notes.parent / "elsewhere")
    assert "notes/sub/link/f.txt" in sources("notes")


def test_a_link_that_leads_nowhere_is_set_aside(notes: Path) -> None:
    (notes / "c.txt").symlink_to(notes / "gone.txt")
    [bad] = [row for row in rows("notes") if row["reject"]]
    assert (bad["source"], bad["reject"], bad["detail"]) == ("notes/c.txt", "unreadable", "No such file or directory")
    with pytest.raises(SourceError, match="there is no file"):
        read(["notes/c.txt"])


def test_pipes_and_devices_in_a_folder_are_passed_over(notes: Path) -> None:
    os.mkfifo(notes / "pipe.txt")
    (notes / "zero.txt").symlink_to("/dev/zero")
    assert sources("notes") == ALL
    assert sources("notes/*.txt") == ["notes/b.txt", "notes/sub.txt"]


@pytest.mark.parametrize(
    ("name", "data"), [("pipe.jsonl", b'\n{"text": "a"}\n'), ("pipe", b'\n{"text": "a"}\n'), ("pipe", b"a")]
)
def test_a_pipe_that_is_named_is_read(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    reading = read([path])
    taken = [text for batch in reading for text in batch["text"].to_pylist()]
    writer.join()
    assert taken == ["a"]
    assert reading.share is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_set_aside(notes: Path) -> None:
    (notes / "b.txt").chmod(0)
    (notes / "sub").chmod(0)
    try:
        bad = [(row["source"], row["reject"], row["detail"]) for row in rows("notes") if row["reject"]]
    finally:
        (notes / "sub").chmod(0o755)
    assert bad == [(name, "unreadable", "Permission denied") for name in ("notes/b.txt", "notes/sub")]


def test_a_name_that_is_no_utf8_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    with open(path, "wb") as file:  # noqa: PTH123 - no Path holds these bytes
        file.write(b"hello")
    assert sources(tmp_path) == [f"{tmp_path.as_posix()}/caf\ufffd.txt"]
