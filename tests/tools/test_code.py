"""Code held against an interface, without running it."""

import subprocess
import sys

import pytest

from personahub.tools.code import Code, faults
from personahub.tools.interface import Argument, Function

PROMISED = Function("f", (Argument("place", "string"), Argument("days", "integer", required=False)), "number")


def said(code: str, function: Function = PROMISED) -> list[str]:
    found = Code.parsed(code).found(function.name)
    assert found
    return faults(found, function)


@pytest.mark.parametrize(
    "code",
    [
        "def f(place: str, days: int = 3) -> float: ...",
        "def f(place, days=3): ...",
        "def f(place, *, days=3): ...",
        "def f(place, days=3, verbose=False): ...",
        "def f(place, **more): ...",
        "async def f(place, days=3): ...",
        "def f(place: 'str', days: 'int' = 3) -> 'float': ...",
        "def f(place: str, days: int | None = None) -> int: ...",
        "from typing import Optional\ndef f(place: str, days: Optional[int] = None) -> float: ...",
        "import typing\ndef f(place: typing.Any, days: typing.Optional[int] = None) -> typing.Any: ...",
        "class Tool:\n    def f(self, place, days=3): ...",
        "class Tool:\n    @staticmethod\n    def f(place, days=3): ...",
        "def f(): ...\ndef f(place, days=3): ...",
    ],
)
def test_code_that_keeps_to_the_interface(code: str) -> None:
    assert said(code) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("def f(days=3): ...", "it takes no 'place'"),
        ("def f(place): ...", "it takes no 'days'"),
        ("def f(place, days): ...", "it needs 'days', which the interface leaves open"),
        ("def f(place, key, days=3): ...", "it needs 'key', which the interface does not have"),
        ("def f(place, *, key, days=3): ...", "it needs 'key', which the interface does not have"),
        ("def f(place, /, days=3): ...", "'place' can be given by its place alone"),
        ("def f(place: int, days=3): ...", "'place' is integer where the interface says string"),
        ("def f(place, days: list[int] = []): ...", "'days' is array where the interface says integer"),
        ("def f(place, days=3) -> str: ...", "it returns string where the interface says number"),
        ("def f(place, days=3) -> None: ...", "it returns null where the interface says number"),
        ("class Tool:\n    def f(place, days=3): ...", "it takes no 'place'"),
    ],
)
def test_what_does_not_keep_to_it_is_named(code: str, fault: str) -> None:
    assert fault in said(code)


def test_a_function_that_is_not_there() -> None:
    assert Code.parsed("def g(): ...").found("f") is None
    assert Code.parsed("if True:\n    def f(): ...").found("f") is None


@pytest.mark.parametrize("text", ["def f(:", "\0", "x" * 70_000, "(" * 5000, "-" * 60_000 + "1", "  x"])
def test_what_is_no_python_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|cannot be read|characters"):
        Code.parsed(text)


def test_no_text_breaks_the_process_that_reads_it() -> None:
    """In a process of its own, which would be gone if its stack ran over."""
    program = """
from personahub.tools.code import Code
for piece in ("(", "[", "{", "-", "not ", "a.", "a[", "f(", "1+", "lambda:", "x if x else ", "{1:", "*", "await ", "a=",
              "@a\\n", "if 1:\\n ", "def f():\\n ", "class A:\\n ", "(yield ", "f'{", "a and ", "a, ", "[x for x in "):
    for count in (900, 50_000):
        for end in ("", "1", "1" + ")" * count, "1" + "]" * count):
            try:
                Code.parsed((piece * count + end)[:59_000])
            except ValueError:
                pass
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_the_keys_that_code_looks_up() -> None:
    code = "a['x']['y'], b.get('z'), b.get(k), c[0], d['x'], e.got('no')"
    assert sorted(Code.parsed(code).keys) == ["x", "y", "z"]
