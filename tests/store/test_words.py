"""Words of a column are found before and after the index, by hand and by machine, and no row moves."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from personahub.schema import PERSONAS
from personahub.store.indexing import pieces, segments
from personahub.store.table import TIDY_AFTER, Table
from personahub.store.vocabulary import KEPT_FROM, beginning, counted
from personahub.store.words import Asked, Words
from personahub.terms import BEGINNING, has, terms
from personahub.text import content_id

ODD = [
    "A Nurse's caf\u00e9 in Tokyo",
    "nurses who cook",
    "\u6570\u5b66\u3092\u6559\u3048\u308b\u5148\u751f",
    "\u4e00\u4f4d\u5728\u4e1c\u4eac\u5de5\u4f5c\u7684\u4e2d\u56fd\u6559\u5e08",
    "a nurse who is a tool maker",
    "Nursing tools and medical devices",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0439\u043e\u0433",
    "",
]


def _rows(texts: Sequence[str], first: int = 0) -> pa.Table:
    rows = [
        {"id": content_id(f"{first + number}"), "text": text, "origin": "import", "hop": number % 3, "run": "r"}
        for number, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(rows, PERSONAS)


def _made(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    some = ["nurse", "nursery", "tool", "maker", "caf\u00e9", "doctor", "law", "zoo", "Zebra"]
    return [" ".join(dice.choices(some, k=dice.randint(1, 8))) for _ in range(count)]


def _found(words: Words, folder: Path, query: str, where: str | None = None) -> list[int]:
    asked = terms(query)
    some = {
        term.said: beginning(folder / "words.arrow", words, "text", term.said, lambda _: None)
        for term in asked
        if term.kind == BEGINNING
    }
    return sorted(words.find(Asked(asked, ["text"], some, where), 10_000).rows.tolist())


def _by_hand(texts: Sequence[str], query: str) -> list[int]:
    asked = terms(query)
    return [number for number, text in enumerate(texts) if all(has(text, term) != term.out for term in asked)]


QUERIES = """nurse|nurs*|"nurse who"|tool nurse|nurse -tool|-"nurse tool" nurse|caf\u00e9|CAFE|zzz|zz*|zebra|ze*
law -nurs*|"zoo zebra zoo"|\u6559\u5e08|\u6570\u5b66|\u5728\u4e1c\u4eac|\u6570\u5b66 -\u5148\u751f|\u6559\u5e08 -nurse
\u041c\u043e\u0441\u043a\u0432\u0430|\u0439\u043e*"""


@pytest.mark.parametrize("query", QUERIES.replace("\n", "|").split("|"))
def test_what_is_found_is_what_reading_every_text_finds_indexed_or_not(tmp_path: Path, query: str) -> None:
    texts = [*ODD, *_made(300, 1)]
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(texts))
    words = Words(table.path)
    assert words.left("text") is None
    words.index("text", lambda _: None)
    assert words.left("text") == 0
    assert _found(words, tmp_path, query) == _by_hand(texts, query)
    more = [*_made(50, 2), *ODD]
    table.append(_rows(more, len(texts)))
    assert words.left("text") == len(more)
    assert _found(words, tmp_path, query) == _by_hand([*texts, *more], query)
    words.index("text", lambda _: None)
    assert _found(words, tmp_path, query) == _by_hand([*texts, *more], query)


def test_a_condition_holds_before_the_best_are_chosen(tmp_path: Path) -> None:
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(_made(600, 3)))
    words = Words(table.path)
    words.index("text", lambda _: None)
    some = words.find(Asked(terms("nurse"), ["text"], {}, "(`hop` = 1)"), 20).rows
    assert len(some) == 20
    assert set(some % 3) == {1}


def test_rows_keep_their_order_whatever_is_indexed_between_appends(tmp_path: Path) -> None:
    dice = random.Random(4)
    table = Table(tmp_path / "personas.lance", PERSONAS)
    words = Words(table.path)
    texts: list[str] = []
    for turn in range(5 * TIDY_AFTER):
        some = [f"nurse {len(texts) + number}" for number in range(dice.randint(1, 9))]
        table.append(_rows(some, len(texts)))
        texts += some
        if dice.random() < 0.2:
            words.index("text", lambda _: None)
        if dice.random() < 0.1:
            table.tidy()
        if turn % 10 == 9:
            assert [text for batch in table.scan(["text"]) for text in batch["text"].to_pylist()] == texts
            assert _found(words, tmp_path, "nurse") == list(range(len(texts)))
            last = len(texts) - 1
            assert _found(words, tmp_path, str(last)) == [last]


def test_after_each_index_every_row_is_in_it_however_large_what_came_was(tmp_path: Path) -> None:
    table = Table(tmp_path / "personas.lance", PERSONAS)
    words, rows = Words(table.path), 0
    for count in (50, 9_000, 100, 3_000, 20_000, 5, 7_000, 7_000):
        table.append(_rows(["nurse"] * count, rows))
        rows += count
        table.tidy()
        heard: list[int] = []
        words.index("text", heard.append)
        assert words.left("text") == 0
        assert heard[-1] == rows
        assert heard == sorted(heard)
        assert len(words.find(Asked(terms("nurse"), ["text"], {}), 100_000).rows) == rows


@pytest.mark.parametrize(
    ("sizes", "count", "taken"),
    [
        ([10] * 4, 2, [2, 2]),
        ([10] * 3, 2, [1, 2]),
        ([90, 5, 5], 2, [1, 2]),
        ([7], 3, [1]),
        ([1, 1, 1, 1, 9], 2, [4, 1]),
    ],
)
def test_pieces_have_about_as_many_rows_each(sizes: list[int], count: int, taken: list[int]) -> None:
    assert pieces(sizes, count) == taken


def test_an_index_of_several_pieces_finds_and_ranks_as_one_of_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = _made(1_200, 8)
    whole, parted = (Table(tmp_path / name / "personas.lance", PERSONAS) for name in ("whole", "parted"))
    for table in (whole, parted):
        for start in range(0, len(texts), 100):
            table.append(_rows(texts[start : start + 100], start))
    monkeypatch.setattr("personahub.store.indexing.os.cpu_count", lambda: 3)
    one, several = Words(whole.path), Words(parted.path)
    one.index("text", lambda _: None)
    monkeypatch.setattr("personahub.store.indexing.PIECE", 300)
    told: list[int] = []
    several.index("text", told.append)
    with parted.opened() as data:
        assert len(segments(data, "text")) == 3
    assert several.left("text") == 0
    assert told[-1] == len(texts)
    for query in ("nurse", "tool maker", '"law zoo"', "nurse -doctor"):
        first, second = (words.find(Asked(terms(query), ["text"], {}), 50) for words in (one, several))
        assert first.scores.tolist() == pytest.approx(second.scores.tolist(), rel=1e-3)
    # what comes is a layer of its own beside all pieces, until there is much of it
    parted.append(_rows(_made(100, 9), len(texts)))
    several.index("text", told.append)
    with parted.opened() as data:
        assert sorted(len(one.fragment_ids) for one in segments(data, "text")) == [1, 4, 4, 4]
    parted.append(_rows(_made(900, 10), len(texts) + 100))
    several.index("text", told.append)
    with parted.opened() as data:
        assert len(segments(data, "text")) == 3
    assert _found(several, tmp_path, "tool maker") == _by_hand([*texts, *_made(100, 9), *_made(900, 10)], "tool maker")


def test_another_process_may_index_beside_the_table(tmp_path: Path) -> None:
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(ODD))
    before = sorted(str(file) for file in table.path.rglob("*"))
    (tmp_path / "scratch").mkdir()
    beside = Words(table.path).beside(tmp_path / "scratch")
    beside.index("text", lambda _: None)
    assert _found(beside, tmp_path, "nurse") == _by_hand(ODD, "nurse")
    assert sorted(str(file) for file in table.path.rglob("*")) == before


def test_words_are_counted_as_reading_counts_them(tmp_path: Path) -> None:
    table = Table(tmp_path / "personas.lance", PERSONAS)
    texts = [*_made(KEPT_FROM, 5), *ODD, "x" * 300_000 + " end", "a\u2019b \u201cquoted\u201d"]
    table.append(_rows(texts))
    file = tmp_path / "words.arrow"
    found = counted(file, Words(table.path), "text", lambda _: None)
    counts = dict(zip(found["word"].to_pylist(), found["count"].to_pylist(), strict=True))
    assert counts["nurse"] == sum(text.lower().replace("'", " ").split().count("nurse") for text in texts)
    assert counts["quoted"] == counts["end"] == counts["x" * 300_000] == 1
    table.append(_rows(["nurse nurse brandnewword"], len(texts)))
    again = counted(file, Words(table.path), "text", lambda _: None)
    counts_then = dict(zip(again["word"].to_pylist(), again["count"].to_pylist(), strict=True))
    assert counts_then == {**counts, "nurse": counts["nurse"] + 2, "brandnewword": 1}


@pytest.mark.parametrize("damage", [b"", b"ARROW1", b"x" * 5000])
def test_a_damaged_file_of_words_is_counted_again(tmp_path: Path, damage: bytes) -> None:
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(_made(KEPT_FROM, 6)))
    file = tmp_path / "words.arrow"
    first = counted(file, Words(table.path), "text", lambda _: None).to_pylist()
    file.write_bytes(damage)
    assert counted(file, Words(table.path), "text", lambda _: None).to_pylist() == first


_KILLED = """
import sys
from pathlib import Path
from personahub.store.words import Words
words = Words(Path(sys.argv[1]))
print("begun", flush=True)
words.index("text", lambda _: None)
"""


def test_a_kill_while_an_index_is_made_loses_nothing_and_the_next_call_makes_it(tmp_path: Path) -> None:
    texts = _made(30_000, 7)
    table = Table(tmp_path / "personas.lance", PERSONAS)
    table.append(_rows(texts))
    dice = random.Random(8)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", _KILLED, str(table.path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.random() * 0.3)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert table.count() == len(texts)
        assert Words(table.path).left("text") in (None, 0)
    words = Words(table.path)
    words.index("text", lambda _: None)
    assert _found(words, tmp_path, '"zebra zoo" -law') == _by_hand(texts, '"zebra zoo" -law')
