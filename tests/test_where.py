"""Conditions as people write them: what they mean, and what is refused, with the place."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import personahub
from personahub.errors import UsageError
from personahub.schema import field
from personahub.store.table import Table
from personahub.text import content_id, printable
from personahub.where import DEEPEST, LONGEST, MOST_TERMS, condition

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("hop", pa.int32()),
        pa.field("score", pa.float32()),
        pa.field("checked", pa.bool_()),
        pa.field("end", pa.int64()),
        pa.field("interests", pa.list_(pa.string())),
        pa.field("vector", pa.list_(pa.float32(), 2)),
    ]
)
TEXTS = ["a nurse", 'it\'s a "tool"', "50% off_er", "\u6559\u5e2b", "", None, "Nurse\\", "x' OR '1'='1", "tab\tline\n"]


def _row(number: int, text: str | None) -> dict[str, object]:
    some = {"hop": None if number == 3 else number % 3, "score": number / 4, "checked": (True, False, None)[number % 3]}
    likes = [["chess"], ["chess", "tea"], [], None][number % 4]
    return {"id": content_id(str(number)), "text": text, **some, "end": number * 10**12, "interests": likes}


ROWS = [_row(number, text) for number, text in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], int]:
    """How many of ROWS fit a condition."""
    table = Table(tmp_path_factory.mktemp("where") / "personas.lance", SCHEMA)
    table.append(pa.Table.from_pylist([{**row, "vector": [0.0, 1.0]} for row in ROWS], SCHEMA))
    return lambda where: table.count(_written(where))


def _written(where: str) -> str:
    return condition(where, SCHEMA, partial(field, "personas", columns=SCHEMA.names))


def _quoted(value: object) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("hop = 0", 2),
        ("hop=0 OR hop>=2", 5),
        ("0 < 1", None),
        ("NOT hop = 0", 6),
        ("hop IS NULL", 1),
        ("hop is not null and (text = 'a nurse' or \"text\" = '')", 2),
        ("`text` IN ('a nurse', 'it''s a \"tool\"', 'none')", 2),
        ("text NOT IN ('a nurse')", 7),
        ("text LIKE '%nurse'", 1),
        ("text ILIKE '%nurse%'", 2),
        ("text NOT LIKE '%urse%'", 6),
        ("\"input persona\" = 'a nurse'", 1),
        ("persona = 'a nurse'", 1),
        ("hop BETWEEN 1 AND 2 AND score > 0.5", 4),
        ("hop NOT BETWEEN 1 AND 2", 2),
        ("hop = 1e0", 3),
        ("hop > -1", 8),
        ("score <= .25", 2),
        ("score = 0.25", 1),
        ("checked", 3),
        ("NOT checked", 3),
        ("checked = TRUE AND NOT checked = false", 3),
        ("checked IS TRUE", 3),
        ("checked IS NOT TRUE", 6),
        ("end >= 7000000000000", 2),
        ("interests = 'chess'", 5),
        ("interests != 'tea'", 5),
        ("interests IN ('tea', 'golf')", 2),
        ("interests IS NULL", 2),
        ("vector IS NULL", 0),
        ("text = '\u6559\u5e2b'", 1),
        ("text = 'x'' OR ''1''=''1'", 1),
        ("text = 'tab\tline\n'", 1),
    ],
)
def test_a_condition_finds_what_it_says(count: Callable[[str], int], where: str, wanted: int | None) -> None:
    if wanted is None:
        with pytest.raises(UsageError, match="here goes a column"):
            count(where)
    else:
        assert count(where) == wanted


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("", "where is empty"),
        (" \n", "where is empty"),
        ("hop == 0", "compared with a number, at character 6"),
        ("hop = 0; DROP TABLE personas", "this cannot be read, at character 8: ; DROP"),
        ("hop = 0 -- and no more", "this cannot be read, at character 9"),
        ("hop = 0 /* x */", "this cannot be read, at character 9"),
        ("hop = 0 UNION SELECT 1", "only AND or OR can go on, at character 9"),
        ("hop = (SELECT 1)", "compared with a number, at character 7"),
        ("1 = 1", "here goes a column .*id, text, hop"),
        ("lower(text) = 'x'", "have no field 'lower'"),
        ("text = lower", "compared with 'text' in single quotes"),
        ("language = 'en'", "personas have no field 'language'; there are id, text, hop.*at character 1"),
        ('hop = 0 AND domain = "law"', "no field 'domain'.*at character 13"),
        ('text = "law"', "in single quotes, at character 8"),
        ("text = 3", "in single quotes"),
        ("hop = '3'", "compared with a number"),
        ("hop = 99999999999", "too large for the column"),
        ("hop = 1e999", "too large"),
        ("hop > 0.5", "holds whole numbers, at character 7"),
        ("end = 9223372036854775808", "too large for the column"),
        ("checked > 1", "TRUE or FALSE"),
        ("hop = NULL", "say IS NULL"),
        ("hop LIKE '1%'", "LIKE is not for the column hop"),
        ("hop IN ()", "compared with a number"),
        ("hop IN (1, )", "compared with a number"),
        ("hop IN (1 2)", r"here goes \), at character 11"),
        ("hop BETWEEN 1", "here goes AND, at its end"),
        ("hop", "after the column hop goes"),
        ("(hop = 1", r"here goes \), at its end"),
        ("hop = 1)", "only AND or OR"),
        ("text = 'open", "never closed, at character 8"),
        ("text = 'a\x00b'", "control character"),
        ("text = 'a\u202eb'", "control character"),
        ("text = '\ud800'", "control character"),
        ("\x1b[2J = 1", "this cannot be read"),
        ("vector = 1", "can only be asked IS NULL"),
        ("interests LIKE 'c%'", "LIKE is not for the column interests"),
        ("interests < 'c'", "several texts"),
        ("hop = 1 AND", "here goes a column .* at its end"),
        ("hop = 1 OR OR hop = 2", "here goes a column"),
        ("../../etc/passwd", "this cannot be read"),
        ("(" * (DEEPEST + 1) + "hop = 1" + ")" * (DEEPEST + 1), "within each other"),
        ("NOT " * (DEEPEST + 1) + "checked", "within each other"),
        ("hop = 1" + " OR hop = 1" * MOST_TERMS, "comparisons; IN"),
        ("hop = 1 " + "x" * LONGEST, "characters, and 100,000 are the most"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place(where: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        _written(where)
    assert len(str(raised.value)) < 1000
    assert "\x1b" not in str(raised.value)


def test_the_most_that_is_allowed_is_answered(count: Callable[[str], int]) -> None:
    assert count("hop = 1" + " OR hop = 1" * (MOST_TERMS - 1)) == 3
    assert count("(" * (DEEPEST - 1) + "hop = 1" + ")" * (DEEPEST - 1)) == 3
    assert count("NOT " * (DEEPEST - 2) + "checked") == 3
    nested = "NOT hop = 1 AND (hop = 5 OR " * (DEEPEST - 2) + "checked"
    assert count(nested + " AND hop < 9)" * (DEEPEST - 2)) == 2
    many = ", ".join(f"'{content_id(str(number))}'" for number in range(2500))
    assert count(f"id IN ({many})") == len(ROWS)


@given(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_text_is_compared_as_it_is_or_refused(count: Callable[[str], int], sign: str, text: str) -> None:
    try:
        found = count(f"text {sign} {_quoted(text)}")
    except UsageError:
        assert text != printable(text)
        return
    assert found == sum(value is not None and _compare(sign, value.encode(), text.encode()) for value in TEXTS)


def _compare(sign: str, one: bytes, other: bytes) -> bool:
    signs = {"=": one == other, "!=": one != other, "<": one < other}
    return {**signs, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]


_TERMS = st.sampled_from(
    [
        ("hop = 1", lambda row: None if row["hop"] is None else row["hop"] == 1),
        ("hop IN (0, 2)", lambda row: None if row["hop"] is None else row["hop"] in (0, 2)),
        ("score BETWEEN 0.5 AND 1", lambda row: 0.5 <= row["score"] <= 1),
        ("checked", lambda row: row["checked"]),
        ("text IS NULL", lambda row: row["text"] is None),
    ]
)
_Tree = tuple[str, Callable[[dict[str, object]], bool | None]]


def _not(tree: _Tree) -> _Tree:
    return f"NOT ({tree[0]})", lambda row: None if tree[1](row) is None else not tree[1](row)


def _both(one: _Tree, other: _Tree) -> _Tree:
    def holds(row: dict[str, object]) -> bool | None:
        found = one[1](row), other[1](row)
        return False if False in found else None if None in found else True

    return f"({one[0]}) and ({other[0]})", holds


@given(st.recursive(_TERMS, lambda some: some.map(_not) | st.builds(_both, some, some), max_leaves=8))
def test_a_tree_of_conditions_means_what_sql_means(count: Callable[[str], int], tree: _Tree) -> None:
    assert count(tree[0]) == sum(tree[1](row) is True for row in ROWS)


@given(
    st.text()
    | st.lists(st.sampled_from([*"()=<>,'\"` ", "hop", "text", "NOT ", " AND ", " IN ", "1", "'a'"])).map("".join)
)
def test_anything_is_either_understood_or_refused(count: Callable[[str], int], where: str) -> None:
    try:
        written = _written(where)
    except UsageError:
        return
    assert written.startswith(("(", "`"))
    assert 0 <= count(where) <= len(ROWS)


def test_a_where_of_the_hub_is_held_to_the_grammar(tmp_path: Path) -> None:
    hub = personahub.open(tmp_path / "my.hub")
    (tmp_path / "a.txt").write_text("The baker weighs the flour twice.")
    hub.extract([tmp_path / "a.txt"], model="offline")
    assert sum(map(len, hub.rows("personas", "hop = 0 AND \"input persona\" LIKE '%'"))) == 1
    with pytest.raises(UsageError, match="no field 'hops'"):
        list(hub.rows("personas", "hops = 0"))
    with pytest.raises(UsageError, match="AND or OR"):
        list(hub.rows("personas", "hop = 0) OR (hop = 1"))
