"""What a program gets and what comes of it, the same in each sandbox."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from personahub.errors import UsageError
from personahub.sandbox import Limits, Program, Sandbox, sandbox
from personahub.sandbox.base import MEMORY, OUTPUT, TIME, UNSUPPORTED, Outcome, told
from personahub.sandbox.first import First
from personahub.sandbox.monty import MISSING


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", 2),
        ("x = 3", None),
        ("", None),
        ("'a' * 3", "aaa"),
        ("(1, [2, (3,)])", [1, [2, [3]]]),
        ("{'a': None, 'b': True}", {"a": None, "b": True}),
        ("{3, 1, 2}", [1, 2, 3]),
        ("b'abc'", "abc"),
        ("{(1, 2): 3}", {"(1, 2)": 3}),
        ("from datetime import date\ndate(2024, 2, 29)", "2024-02-29"),
        ("import decimal\ndecimal.Decimal('1.50')", "1.50"),
        ("import math\nmath.comb(40, 20)", 137846528820),
        ("2**100", 2**100),
        ("def f(x):\n    return x / 4\nf(3)", 0.75),
        ("class A:\n    def __init__(self):\n        self.x = 1\nA()", {"x": 1}),
        ("import random\nrandom.randint(1, 10**9) == random.randint(1, 10**9)", False),
        ("'\\u4f60\\u597d'", "\u4f60\u597d"),
    ],
)
def test_the_value_is_that_of_the_last_expression(code: str, value: object, box: Sandbox) -> None:
    assert box.run(Program(code)) == Outcome(value=value)


def test_inputs_stdin_and_output(box: Sandbox) -> None:
    code = "n = int(input('how many? '))\nprint('so', n)\n[input(), sum(xs) * n]"
    outcome = box.run(Program(code, {"xs": [1, 2, 3]}, "2\nrest\n"))
    assert outcome == Outcome("how many? so 2\n", ["rest", 12])


def test_more_lines_than_there_are(box: Sandbox) -> None:
    outcome = box.run(Program("input()\ninput()", stdin="one\n"))
    assert str(outcome.error).endswith("Error: EOF when reading a line")


def test_an_error_of_its_own_is_told_with_what_it_printed_before(box: Sandbox) -> None:
    outcome = box.run(Program("print('before')\n1 / 0"))
    assert outcome == Outcome("before\n", error="ZeroDivisionError: division by zero")
    assert outcome.reason == outcome.error


def test_an_error_cannot_command_a_terminal(box: Sandbox) -> None:
    error = box.run(Program("raise ValueError('\\x1b[31m\\nred' + 'x' * 5000)")).error
    assert error
    assert "\x1b" not in error
    assert "\n" not in error
    assert len(error) <= 500


def test_a_syntax_error_is_the_programs_own(box: Sandbox) -> None:
    outcome = box.run(Program("def f(:"))
    assert outcome.stopped is None
    assert str(outcome.error).startswith("SyntaxError")


def test_each_limit_has_its_word(box: Sandbox) -> None:
    tight = Limits(seconds=0.3, memory=64 << 20, output=100)
    assert box.run(Program("while True:\n    pass"), tight).stopped == TIME
    assert box.run(Program("x = 'a' * 10**10"), tight).stopped == MEMORY
    printed = box.run(Program("while True:\n    print('abc')"), tight)
    assert printed.stopped == OUTPUT
    assert printed.output == "abc\n" * 25
    assert box.run(Program("'a' * 101"), tight).stopped == OUTPUT


def test_the_same_program_has_the_same_outcome(box: Sandbox) -> None:
    program = Program("import random\n[random.random(), sorted({'a', 'b', 'c'}, key=hash)]")
    assert box.run(program) == box.run(program)


def test_nothing_is_left_of_one_program_for_the_next(box: Sandbox) -> None:
    box.run(Program("left = 1"))
    assert "NameError" in str(box.run(Program("left")).error)


def test_several_threads_at_once(box: Sandbox) -> None:
    found: dict[int, object] = {}

    def work(number: int) -> None:
        found[number] = box.run(Program("n * n", {"n": number})).value

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number * number for number in range(8)}


def test_inputs_that_are_no_values_are_an_error(box: Sandbox) -> None:
    assert box.run(Program("1", {"x": object()})).error


def test_what_one_cannot_run_the_next_one_does() -> None:
    class Fixed:
        def __init__(self, outcome: Outcome) -> None:
            self.outcome, self.closed = outcome, False

        name = "fixed"

        def run(self, program: Program, limits: Limits = Limits()) -> Outcome:  # noqa: B008
            return self.outcome

        def close(self) -> None:
            self.closed = True

    lacks, whole = Fixed(Outcome(stopped=UNSUPPORTED)), Fixed(Outcome(value=1))
    both = First((lacks, whole))
    assert both.run(Program("")).value == 1
    assert First((Fixed(Outcome(stopped=TIME)), whole)).run(Program("")).stopped == TIME
    assert First((lacks,)).run(Program("")).stopped == UNSUPPORTED
    both.close()
    assert lacks.closed
    assert whole.closed


def test_programs_beyond_monty_say_so() -> None:
    with sandbox("monty") as monty:
        for code in (
            "import fractions",
            "class A(list):\n    pass",
            "def f():\n    yield 1",
            "globals()",
            "import sys\nsys.stdin.read()",
        ):
            assert monty.run(Program(code)).stopped == UNSUPPORTED, code
        assert monty.run(Program("import numpy")).stopped is None  # which other Pythons lack as well
        assert monty.run(Program("nobody")).stopped is None


def test_without_any_sandbox_code_is_refused_with_a_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "pydantic_monty", None)
    with pytest.raises(UsageError, match=r"never run without one: pip install 'personahub\[sandbox\]'"), sandbox():
        pass
    with pytest.raises(UsageError, match="pip install 'personahub") as caught, sandbox("monty"):
        pass
    assert str(caught.value) == MISSING
    with pytest.raises(UsageError, match="apt install bubblewrap"), sandbox("bubblewrap"):
        pass


def test_a_value_is_told_up_to_the_limit_and_no_further() -> None:
    wide: object = "x"
    for _ in range(60):
        wide = [wide, wide]
    with pytest.raises(OverflowError):
        told(wide, 1000)
    assert told((1, {2}), 100) == [1, [2]]
    with pytest.raises(ValueError, match="not tuple"):
        told({"a": {(1, 2): 3}}, 100)


def test_monty_says_nothing_to_the_terminal_and_leaves_nothing_behind(tmp_path: Path) -> None:
    program = (
        "from personahub.sandbox import Limits, Program, sandbox\n"
        "with sandbox('monty') as box:\n"
        "    for code in ('[\"a\" * 10] * 9_000_000', 'x = bytearray(10**10)', '1 + 1'):\n"
        "        outcome = box.run(Program(code), Limits(memory=64 << 20))\n"
        "assert outcome.value == 2\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env={**os.environ, "TMPDIR": str(tmp_path)}, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert not list(tmp_path.iterdir())
