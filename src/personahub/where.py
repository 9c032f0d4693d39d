"""Conditions as people write them, such as "hop = 0 AND domain IN ('law', 'medicine')", held to a small grammar.

    condition   terms joined by OR, of terms joined by AND, of [NOT] terms; ( condition )
    term        column = value   also != <> < <= > >=
                column [NOT] IN (value, ...)      column [NOT] BETWEEN value AND value
                column [NOT] LIKE 'pattern'       column [NOT] ILIKE 'pattern'      % any characters, _ one
                column IS [NOT] NULL              column, where it is true or false
    column      word, "any name", `any name`
    value       number, 'text' with '' for a quote in it, TRUE, FALSE

What reaches the storage library is written anew from what was understood; nothing is handed on as it came.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import pyarrow as pa

from personahub.errors import UsageError
from personahub.text import printable

LONGEST = 100_000  # characters of a condition
DEEPEST = 16  # parentheses and NOTs within each other: the library's parser goes 50 of its own down
MOST_TERMS = 500  # the library's planner goes down one level of its stack for each
_SHOWN = 40  # characters of the place in a complaint

_TOKEN = re.compile(
    r"""(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+"|`[^`]+`)
    | (?P<word>[^\W0-9]\w*)
    | (?P<mark><=|>=|<>|!=|[=<>(),])""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_COMPARED = {"=": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_WORDS = ("AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "ILIKE", "IS", "NULL", "TRUE", "FALSE")
_VALUES = {"text": "'text' in single quotes", "number": "a number", "truth": "TRUE or FALSE"}


def condition(where: str, columns: pa.Schema, named: Callable[[str], str]) -> str:
    """The condition as the storage library takes it.

    Args:
        columns: of the table, as it is on the disk.
        named: a column by a name that people have for it; UsageError where there is none.

    Raises:
        UsageError: it cannot be understood, names what is not there or compares what cannot be; with the place.
    """
    if len(where) > LONGEST:
        raise UsageError(f"where has {len(where):,} characters, and {LONGEST:,} are the most: shorten it")
    return _Reading(where, list(_tokens(where)), columns, named).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    """Args:
    kind: number | text | quoted | word | mark | end.
    said: as it stands there; a word that the grammar knows in capitals.
    """

    kind: str
    said: str
    place: int


def _tokens(where: str) -> Iterator[_Token]:
    place = _SPACE.match(where).end()  # type: ignore[union-attr]  # it may be empty, so it always matches
    while place < len(where):
        found = _TOKEN.match(where, place)
        if found is None or found.lastgroup is None:
            _refuse(where, place, "this cannot be read" if where[place] not in "'\"`" else "this quote is never closed")
        kind, said = found.lastgroup, found.group()
        if said != printable(said) or not _encodes(said):
            _refuse(where, place, "this holds a control character")
        if kind == "word" and said.upper() in _WORDS:
            said = said.upper()
        yield _Token(kind, said, place)
        place = _SPACE.match(where, found.end()).end()  # type: ignore[union-attr]
    yield _Token("end", "", len(where))


def _encodes(said: str) -> bool:
    try:
        said.encode()
    except UnicodeEncodeError:  # half of a pair, which no text on the disk has
        return False
    return True


def _refuse(where: str, place: int, why: str) -> NoReturn:
    there = where[place : place + _SHOWN]
    more = "..." if len(where) > place + _SHOWN else ""
    at = f"at character {place + 1}: {printable(there)}{more}" if there.strip() else "at its end"
    raise UsageError(f"where: {why}, {at}")


class _Reading:
    """One condition, read from left to right and written anew."""

    def __init__(self, where: str, tokens: list[_Token], columns: pa.Schema, named: Callable[[str], str]) -> None:
        self._where, self._tokens, self._columns, self._named = where, tokens, columns, named
        self._next, self._depth, self._terms = 0, 0, 0
        self._turned = False  # by a NOT, which goes down to the terms: the planner takes ages over NOTs in NOTs

    def whole(self) -> str:
        if self._now.kind == "end":
            raise UsageError(f'where is empty; it looks like "hop = 0", with the columns {self._there}')
        said = self._either()
        if self._now.kind != "end":
            self._refuse("after this condition only AND or OR can go on")
        return said

    def _either(self) -> str:
        return self._joined("OR", lambda: self._joined("AND", self._negated))

    def _joined(self, word: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        written = {"OR": "AND", "AND": "OR"}[word] if self._turned else word  # De Morgan, who holds with NULL too
        said = f" {written} ".join(parts)
        return f"({said})" if len(parts) > 1 and written == "OR" else said

    def _negated(self) -> str:
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(f"more than {DEEPEST} parentheses and NOTs lie within each other")
        if self._took("NOT"):
            self._turned = not self._turned
            said = self._negated()
            self._turned = not self._turned
        elif self._took("("):
            said = self._either()
            self._need(")")
        else:
            said = f"(NOT {self._term()})" if self._turned else self._term()
        self._depth -= 1
        return said

    def _term(self) -> str:
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._refuse(f"more than {MOST_TERMS} comparisons; IN (...) takes many values as one")
        start, (column, kind) = self._next, self._column()
        name = f"`{column}`"
        if self._took("IS"):
            return f"({name} IS {'NOT ' if self._took('NOT') else ''}{self._need('NULL', 'TRUE', 'FALSE')})"
        if kind not in ("text", "number", "truth", "texts"):
            self._refuse(f"the column {column} can only be asked IS NULL", start)
        if self._now.said in _COMPARED and self._now.kind == "mark":
            return self._compared(name, column, kind)
        negated = "NOT " if self._took("NOT") else ""
        if negated or self._now.said in ("IN", "BETWEEN", "LIKE", "ILIKE"):
            return f"({negated}{self._among(name, column, kind)})"
        if kind == "truth":
            return name
        return self._refuse(f"after the column {column} goes =, !=, <, <=, >, >=, IN, LIKE, BETWEEN or IS NULL")

    def _compared(self, name: str, column: str, kind: str) -> str:
        sign, start = _COMPARED[self._take().said], self._next - 1
        if kind != "texts":
            return f"({name} {sign} {self._value(column, kind)})"
        if sign not in ("=", "<>"):
            self._refuse(f"{column} holds several texts, which = and IN look among", start)
        return f"({'' if sign == '=' else 'NOT '}array_has({name}, {self._value(column, 'text')}))"

    def _among(self, name: str, column: str, kind: str) -> str:
        start = self._next
        word = self._need("IN", "BETWEEN", "LIKE", "ILIKE")
        if word == "IN":
            self._need("(")
            values = [self._value(column, "text" if kind == "texts" else kind)]
            while self._took(","):
                values.append(self._value(column, "text" if kind == "texts" else kind))
            self._need(")")
            listed = ", ".join(values)
            return f"array_has_any({name}, [{listed}])" if kind == "texts" else f"{name} IN ({listed})"
        if kind == "texts" or (word != "BETWEEN" and kind != "text"):
            self._refuse(f"{word} is not for the column {column}", start)
        if word != "BETWEEN":
            return f"{name} {word} {self._value(column, kind)}"
        low = self._value(column, kind)
        self._need("AND")
        return f"{name} BETWEEN {low} AND {self._value(column, kind)}"

    def _column(self) -> tuple[str, str]:
        token = self._now
        if token.kind not in ("word", "quoted") or token.said in _WORDS:
            self._refuse(f"here goes a column ({self._there})")
        name = token.said
        if token.kind == "quoted":
            name = name[1:-1].replace('""', '"') if name[0] == '"' else name[1:-1]
        try:
            column = self._named(name)
        except UsageError as error:
            self._refuse(str(error))
        self._next += 1
        return column, _kind(self._columns.field(column).type)

    def _value(self, column: str, kind: str) -> str:
        token = self._now
        if token.said == "NULL" and token.kind == "word":
            self._refuse("nothing is equal to NULL: say IS NULL or IS NOT NULL")
        given = {"TRUE": "truth", "FALSE": "truth"}.get(token.said, token.kind) if token.kind == "word" else token.kind
        if given != kind:
            self._refuse(f"{column} is compared with {_VALUES[kind]}")
        self._next += 1
        return (
            _number(token.said, self._columns.field(column).type, self._refuse_last) if kind == "number" else token.said
        )

    def _refuse_last(self, why: str) -> NoReturn:
        self._refuse(why, self._next - 1)

    @property
    def _there(self) -> str:
        return ", ".join(self._columns.names)

    @property
    def _now(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _took(self, said: str) -> bool:
        if self._now.kind not in ("word", "mark") or self._now.said != said:
            return False
        self._next += 1
        return True

    def _need(self, *said: str) -> str:
        for one in said:
            if self._took(one):
                return one
        return self._refuse(f"here goes {' or '.join(said)}")

    def _refuse(self, why: str, token: int | None = None) -> NoReturn:
        _refuse(self._where, self._tokens[self._next if token is None else token].place, why)


def _kind(of: pa.DataType) -> str:
    """Either text | number | truth | texts, or another that conditions know nothing of."""
    if pa.types.is_list(of) or pa.types.is_large_list(of):
        return "texts" if _kind(of.value_type) == "text" else "list"
    if pa.types.is_string(of) or pa.types.is_large_string(of):
        return "text"
    if pa.types.is_integer(of) or pa.types.is_floating(of):
        return "number"
    return "truth" if pa.types.is_boolean(of) else str(of)


def _number(said: str, of: pa.DataType, refuse: Callable[[str], NoReturn]) -> str:
    """The number as Python writes it, if the column could hold it."""
    value = float(said)
    if value in (float("inf"), float("-inf")):
        refuse("this number is too large")
    if not pa.types.is_integer(of):
        return repr(value)
    if not value.is_integer():
        refuse("the column holds whole numbers")
    whole = int(said) if said.lstrip("+-").isdecimal() else int(value)
    if whole.bit_length() >= of.bit_width:
        refuse("this number is too large for the column")
    return str(whole)
