"""The code of tools through all stages, in each sandbox."""

from collections.abc import Iterator

import pytest

from personahub.errors import UsageError
from personahub.sandbox import KINDS, Limits, sandbox
from personahub.tools.interface import Argument, Function, Tool
from personahub.verifying.calls import Calls
from personahub.verifying.interfaces import Interfaces
from personahub.verifying.programs import Programs

ASKED = Tool(
    "Frost warning",
    "Tells the lowest temperature.",
    (Function("lowest", (Argument("place", "string"), Argument("days", "integer", required=False)), "number"),),
    ("requests",),
).text


@pytest.fixture(scope="module", params=sorted(KINDS))
def programs(request: pytest.FixtureRequest) -> Iterator[Programs]:
    try:
        with sandbox(request.param) as box:
            yield Programs(box, Limits(seconds=0.5), 4)
    except UsageError as error:
        pytest.skip(str(error))


def row(text: str, asked: str = ASKED) -> dict[str, str]:
    return {"text": text, "sample": asked, "task": "tool", "template": "tool-code@0"}


GOOD = {
    "plain": "def lowest(place: str, days: int = 3) -> float:\n    return float(len(place) * days)",
    "whole numbers are numbers": "def lowest(place, days=3):\n    return 7",
    "a class": "class Tool:\n    def lowest(self, place, days=3):\n        return 1.5",
    "asks a service": "import requests\n\n\ndef lowest(place, days=3):\n"
    "    answer = requests.get('https://x.example', params={'q': place}, timeout=5)\n    answer.raise_for_status()\n"
    "    return float(answer.json()['main']['temp'])",
    "asks by another name": "import requests as r\nfrom requests.exceptions import RequestException\n\n\n"
    "def lowest(place, days=3):\n    try:\n        return float(r.post('https://x.example').json()['t'])\n"
    "    except RequestException:\n        return 0.0",
    "asks with a session": "import requests\n\n\ndef lowest(place, days=3):\n    with requests.Session() as s:\n"
    "        return float(s.get('https://x.example').json()[0])",
    "asks by urllib": "import json\nfrom urllib.request import urlopen\n\n\ndef lowest(place, days=3):\n"
    "    with urlopen('https://x.example') as answer:\n        return float(len(json.loads(answer.read())['main']))",
    "takes a key from the environment": "import os\nimport requests\n\n"
    "KEY = os.environ['KEY'] + os.getenv('MORE', '')\n\n\ndef lowest(place, days=3):\n    return float(requests.get(f'https://x.example/{KEY}').status_code)",
    "waits": "import asyncio\n\n\nasync def lowest(place, days=3):\n    await asyncio.sleep(0)\n    return 2.5",
}
# What only the whole of Python can run; monty says that it cannot.
WHOLE = {
    "compares what a service said": "import requests\n\n\ndef lowest(place, days=3):\n"
    "    found = requests.get('https://x.example').json()['list']\n"
    "    return min(float(one['t']) for one in found if one['t'] < 100) if found[0] <= found[1] else 0.0",
    "an exception of its own": "class Lost(Exception):\n    pass\n\n\ndef lowest(place, days=3):\n    try:\n"
    "        raise Lost\n    except Lost:\n        return 1.0",
    "a generator": "def each(n):\n    yield n\n\n\ndef lowest(place, days=3):\n    return float(sum(each(days)))",
    "statistics": "import statistics\n\n\ndef lowest(place, days=3):\n    return statistics.mean([1.5, days])",
}
BAD = {
    "no Python": ("def lowest(place:", "parse"),
    "another name": ("def highest(place, days=3):\n    return 1.0", "signature"),
    "another argument": ("def lowest(city, days=3):\n    return 1.0", "signature"),
    "another type": ("def lowest(place: int, days=3):\n    return 1.0", "signature"),
    "does not start": ("LIMIT = len(SETTINGS)\n\n\ndef lowest(place, days=3):\n    return 1.0", "start"),
    "needs what nobody has": ("import nobody_has_this\n\n\ndef lowest(place, days=3):\n    return 1.0", "start"),
    "starts without end": ("while True:\n    pass\n\n\ndef lowest(place, days=3):\n    return 1.0", "run"),
    "raises": ("def lowest(place, days=3):\n    raise RuntimeError('to be done')", "run"),
    "raises for some": ("def lowest(place, days=None):\n    return 1.0 / 0 if days else 1.0", "run"),
    "runs without end": ("def lowest(place, days=3):\n    while True:\n        pass", "run"),
    "takes all memory": ("def lowest(place, days=3):\n    return len('a' * 10**11)", "run"),
    "gives something else": ("def lowest(place, days=3):\n    return 'cold'", "return"),
    "gives nothing": ("def lowest(place, days=3):\n    print('cold')", "return"),
    "gives something else at times": ("def lowest(place, days=None):\n    return None if days else 1.0", "return"),
}


@pytest.mark.parametrize("name", GOOD)
def test_code_that_does_as_promised_passes(name: str, programs: Programs) -> None:
    assert programs.takes(row(GOOD[name]))
    assert programs.fault(row(GOOD[name])) is None


@pytest.mark.parametrize("name", WHOLE)
def test_code_beyond_monty_passes_where_the_whole_of_python_is(name: str, programs: Programs) -> None:
    fault = programs.fault(row(WHOLE[name]))
    if programs.box.name == "monty":
        assert fault
        assert fault.stage == "start"
        assert "bubblewrap could" in fault.why
    else:
        assert fault is None


@pytest.mark.parametrize("name", BAD)
def test_code_that_does_not_is_stopped_at_the_stage(name: str, programs: Programs) -> None:
    code, stage = BAD[name]
    fault = programs.fault(row(code))
    assert fault
    assert (fault.stage, bool(fault.why)) == (stage, True)
    assert stage in programs.stages


def test_what_is_no_code_of_a_tool_is_not_looked_at(programs: Programs) -> None:
    assert not programs.takes(row("def f(): ...", "What is 2 + 3?"))
    assert not programs.takes(row('{"calls": []}'))


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ('{"request": "?", "calls": [{"name": "lowest", "arguments": {"place": "Riga"}}]}', None),
        ('{"request": "?", "calls": [{"name": "lowest", "arguments": {"place": "Riga", "days": 2}}]}', None),
        ('{"request": "?"}', "parse"),
        ('{"request": "?", "calls": []}', "parse"),
        ('{"request": "?", "calls": [{"name": "highest", "arguments": {}}]}', "name"),
        ('{"request": "?", "calls": [{"name": "lowest", "arguments": {}}]}', "arguments"),
        ('{"request": "?", "calls": [{"name": "lowest", "arguments": {"place": 3}}]}', "arguments"),
        ('{"request": "?", "calls": [{"name": "lowest", "arguments": {"place": "x", "hour": 2}}]}', "arguments"),
    ],
)
def test_calls_are_held_to_the_schema(text: str, stage: str | None) -> None:
    assert Calls().takes(row(text))
    fault = Calls().fault(row(text))
    assert (fault.stage if fault else None) == stage


@pytest.mark.parametrize(
    ("functions", "stage"),
    [
        ((Function("f", (Argument("x", "string"),)),), None),
        ((Function("f"), Function("f")), "envelope"),
        ((Function("__init__"),), "envelope"),
        ((Function("f", (Argument("x", "string", enum=("a", "b"), default="c"),)),), "envelope"),
        ((Function("f", (Argument("x", "text"),)),), "schema"),
        ((Function("f", (Argument("x", "integer", enum=("a", "b")),)),), "calls"),
    ],
)
def test_interfaces_are_held_to_what_an_endpoint_takes(functions: tuple[Function, ...], stage: str | None) -> None:
    text = Tool("N", "D.", functions).text
    looked = {"text": text, "task": "tool", "template": ""}
    assert Interfaces().takes(looked)
    fault = Interfaces().fault(looked)
    assert (fault.stage if fault else None) == stage
    assert not Interfaces().takes({"text": "What is 2 + 3?", "task": "math", "template": ""})
