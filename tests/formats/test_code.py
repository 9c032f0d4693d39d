"""Answers that hold Python as language models really write them."""

import pytest

from personahub.formats.code import CUT_OFF, NO_CODE, Code

F = "def f(x: int) -> int:\n    return x + 1"
LONG = f"import math\n\n\n{F}\n\n\ndef g():\n    return math.pi"

READ = {
    "bare": (F, F),
    "fenced": (f"```python\n{F}\n```", F),
    "fenced as py": (f"```py\n{F}\n```", F),
    "fenced in capitals": (f"```Python\n{F}\n```", F),
    "fenced without a language": (f"```\n{F}\n```", F),
    "fenced with tildes": (f"~~~python\n{F}\n~~~", F),
    "fenced with a title": (f"```python title=tool.py\n{F}\n```", F),
    "with a preamble": (f"Sure! Here is the code:\n\n```python\n{F}\n```", F),
    "with a word behind": (f"```python\n{F}\n```\n\nThis adds one.", F),
    "with thinking": (f"<think>```python\nno\n```</think>```python\n{F}\n```", F),
    "the longest of several": (f"```python\n{LONG}\n```\nExample:\n```python\nf(3)\n```", LONG),
    "an install before it": (f"```bash\npip install requests\n```\n```python\n{F}\n```", F),
    "unnamed beside bash": (f"```bash\nls\n```\n```\n{F}\n```", F),
    "no fence, words before": (f"Here is the implementation:\n\n{F}", F),
    "no fence, import first": (LONG, LONG),
    "windows line ends": (f"```python\r\n{F}\r\n```".replace("\n", "\r\n").replace("\r\r", "\r"), F),
    "a fence in a list": (f"1. The code:\n   ```python\n{F}\n   ```", F),
    "an open fence around a whole program": (f"```python\n{F}", F),
    "broken Python is kept for verify": ("```python\ndef f(:\n```", "def f(:"),
    "an expression": ("```python\n3 * 14\n```", "3 * 14"),
    "a Chinese word around it": (f"代码如下:\n```python\n{F}\n```\n完毕。", F),
    "a class": (f"class A:\n    x = 1\n\n\n{F}", f"class A:\n    x = 1\n\n\n{F}"),
    "decorated": (f"import functools\n\n@functools.cache\n{F}", f"import functools\n\n@functools.cache\n{F}"),
}
REFUSED = {
    "empty": ("", "empty"),
    "prose": ("This would take a weather service and a loop over days.", NO_CODE),
    "another language": ("```javascript\nfunction f(x) { return x + 1; }\n```", NO_CODE),
    "only a shell": ("```bash\npip install f\n```", NO_CODE),
    "cut off": ("```python\ndef f(x: int) -> int:\n    return (x +", CUT_OFF),
    "JSON": ('{"function_name": "f"}', NO_CODE),
    "no fence and broken": ("def f(:\n  pass", NO_CODE),
    "too deep": ("(" * 60_000, NO_CODE),
}


@pytest.mark.parametrize("name", READ)
def test_code_is_read(name: str) -> None:
    answer, code = READ[name]
    read = Code().read(answer)
    assert (read.text, read.reject) == (code, None)


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_code_leaves_with_a_reason(name: str) -> None:
    answer, reason = REFUSED[name]
    read = Code().read(answer)
    assert (read.text, read.reject) == ("", reason)


def test_thirty_and_more_are_tried() -> None:
    assert len(READ) + len(REFUSED) >= 30
