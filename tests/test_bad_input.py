"""Bad input as people give it: one sentence that says what to do, no traceback, nothing lost."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personahub
from tests.endpoint import Endpoint

FRONT = '+++\ntask = "synthesis"\nname = "r"\ndescription = "r"\nanswer = "R:"\n+++\n'


def _run(folder: Path, *words: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "personahub", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, input=said, timeout=60)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a good text and a hub that holds a persona of it."""
    (tmp_path / "good.txt").write_text("The baker weighs the flour twice and the salt three times.", "utf-8")
    personahub.open(tmp_path / "my.hub").extract([tmp_path / "good.txt"], model="offline")
    return tmp_path


def _extract(*more: str) -> list[str]:
    return ["extract", "my.hub", *more, "--model", "offline"]


# What is typed, the exit code, and what the sentence must say.
_WRONG_USE = {
    "a file that is not there": (_extract("gone.txt"), 3, "gone.txt"),
    "a glob that matches nothing": (_extract("*.parquet"), 3, "*.parquet"),
    "a kind of file that cannot be read": (_extract("my.hub/lock"), 3, "of no kind that can be read"),
    "no model named": (["extract", "my.hub", "good.txt"], 2, "--model"),
    "a model that is not there": (["extract", "my.hub", "good.txt", "-m", "gpt9"], 2, "offline, openai"),
    "a model without a name": (["extract", "my.hub", "good.txt", "-m", "openai:"], 2, "openai:NAME"),
    "an address that is none": (
        ["extract", "my.hub", "good.txt", "-m", "openai:m", "--base-url", "localhost"],
        2,
        "it looks like http://",
    ),
    "a key file that is not there": (
        ["extract", "my.hub", "good.txt", "-m", "openai:m", "--key-file", "none"],
        2,
        "key_file 'none' cannot be read",
    ),
    "too many hops": (["expand", "my.hub", "-m", "offline", "--hops", "7"], 2, "1<=x<=6"),
    "an option misspelt": (_extract("good.txt", "--granularty", "fine"), 2, "--granularity"),
    "a choice that is none": (_extract("good.txt", "--granularity", "medium"), 2, "coarse"),
    "a task without a template": (
        ["synthesize", "my.hub", "maths", "-m", "offline"],
        3,
        "shipped are article,",
    ),
    "a task name with a path": (
        ["synthesize", "my.hub", "../x", "-m", "offline"],
        3,
        "template file '../x' cannot be read",
    ),
    "a task name with SQL": (["export", "my.hub", "x' OR 1=1", "-o", "x.jsonl"], 2, "no name for a task"),
    "nothing to export": (["export", "my.hub", "math", "-o", "x.jsonl"], 2, "no 'math' to export"),
    "an ending nobody knows": (["export", "my.hub", "personas", "-o", "x.docx"], 2, ".jsonl or .parquet"),
    "a hub that is not there": (["stats", "no.hub"], 5, "there is no hub"),
    "a folder that is no hub": (["stats", "."], 5, "is no hub"),
    "a recipe that is not there": (["run", "no.toml"], 2, "no.toml"),
    "a command misspelt": (["extrct", "my.hub"], 2, "No such command"),
}


@pytest.mark.parametrize("kind", _WRONG_USE)
def test_wrong_use_is_one_sentence_with_the_cure(place: Path, kind: str) -> None:
    words, code, cure = _WRONG_USE[kind]
    done = _run(place, *words)
    assert done.returncode == code, done.stderr
    assert cure in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    _nothing_is_lost(place)


def _nothing_is_lost(place: Path) -> None:
    assert sum(len(batch) for batch in personahub.open(place / "my.hub").rows("personas")) == 1


_TEMPLATES = {
    "a template without front matter": ("Write about {{persona}}", "front matter"),
    "a template with a variable nobody fills": (FRONT + "{{persona}} {{age}}", "{{age}}"),
    "a template that never uses the persona": (FRONT + "Write anything", "never uses {{persona}}"),
    "a template for another task": (FRONT.replace("synthesis", "extract") + "{{persona}}", "is for the task"),
}


@pytest.mark.parametrize("kind", _TEMPLATES)
def test_a_template_is_refused_before_any_call_is_made(place: Path, endpoint: Endpoint, kind: str) -> None:
    text, cure = _TEMPLATES[kind]
    (place / "my.md").write_text(text, "utf-8")
    address = ["-m", "openai:m", "--base-url", endpoint.url("good")]
    done = _run(place, "synthesize", "my.hub", "r", "--template", "my.md", *address)
    assert (done.returncode, endpoint.asked.total()) == (3, 0)
    assert cure in done.stderr


_ENDPOINTS = {
    "a wrong key": ("locked", "PERSONAHUB_API_KEY"),
    "a wrong model": ("no_model", "model name"),
    "a web page instead of JSON": ("html", "no chat completion"),
    "a stream without an end": ("endless", "more than 8 MB"),
    "a redirect": ("redirect", "redirects to"),
    "an account without credit": ("quota", "out of credit"),
    "a request it will not take": ("refuses", "not this model's day"),
    "an answer that never ends": ("drip", "did not finish"),
}


@pytest.mark.parametrize("kind", _ENDPOINTS)
def test_an_endpoint_that_answers_nobody_is_one_sentence(place: Path, endpoint: Endpoint, kind: str) -> None:
    fault, cure = _ENDPOINTS[kind]
    (place / "more.jsonl").write_text("\n".join(json.dumps({"text": f"text {n}"}) for n in range(20)), "utf-8")
    (place / "key").write_text("sk-not-the-right-key")
    address = ["-m", "openai:m", "--base-url", endpoint.url(fault), "--timeout", "2", "--key-file", "key"]
    done = _run(place, "extract", "my.hub", "more.jsonl", *address)
    assert done.returncode == 4, done.stderr
    assert cure in done.stderr
    assert "Traceback" not in done.stderr
    assert "sk-not-the-right-key" not in done.stderr + done.stdout
    assert "\x1b" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert [line for line in done.stderr.splitlines() if line.startswith("personahub:")] == [last]
    _nothing_is_lost(place)


def test_a_wrong_port_is_one_sentence(place: Path) -> None:
    done = _run(place, "extract", "my.hub", "good.txt", "-m", "openai:m", "--base-url", "http://127.0.0.1:9/v1")
    assert done.returncode == 4
    assert "nothing answers at http://127.0.0.1:9/v1" in done.stderr
    assert "is it running? What was answered is saved" in done.stderr


def _half_parquet(path: Path) -> None:
    pq.write_table(pa.table({"text": ["a text"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-100])


def _half_gzip(path: Path) -> None:
    lines = b"".join(b'{"text": "text number %d"}\n' % n for n in range(5000))
    path.write_bytes(gzip.compress(lines)[:-2000])


_FILES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "bytes that are no UTF-8": ("x.txt", lambda path: path.write_bytes(b"caf\xe9 \xff\xfe"), "bad_utf8"),
    "a binary file": ("x.txt", lambda path: path.write_bytes(b"\x00\x01\x02" * 50), "nul_bytes"),
    "an empty file": ("x.txt", lambda path: path.write_bytes(b""), "empty"),
    "a line that is no JSON": ("x.jsonl", lambda path: path.write_text('{"text": "a"}\n{"text": \n'), "not_json"),
    "half a gzip": ("x.jsonl.gz", _half_gzip, "truncated"),
    "half a Parquet file": ("x.parquet", _half_parquet, "unreadable"),
    "a gzip that is none": ("x.txt.gz", lambda path: path.write_bytes(b"plain"), "unreadable"),
}


@pytest.mark.parametrize("kind", _FILES)
def test_a_bad_file_is_set_aside_with_its_reason_and_the_rest_goes_on(place: Path, kind: str) -> None:
    name, write, reason = _FILES[kind]
    write(place / name)
    (place / "other.txt").write_text("The welder checks the seam with dye before the tank is filled.", "utf-8")
    done = _run(place, *_extract(name, "other.txt"), "--json")
    assert done.returncode == 0, done.stderr
    documents = json.loads(done.stdout)["tallies"]["documents"]
    assert documents["rejected"] == {reason: 1}
    assert documents["read"] == documents["kept"] + 1
    asides = personahub.open(place / "my.hub").rows("rejected", "`table` = 'documents'")
    [aside] = [row for batch in asides for row in batch.to_pylist()]
    assert aside["place"].startswith(name)


def test_a_newer_hub_is_refused_with_a_sentence(place: Path) -> None:
    (place / "my.hub" / "hub.json").write_text('{"format": 99}')
    done = _run(place, "stats", "my.hub")
    assert done.returncode == 5
    assert "hub format 99" in done.stderr
    assert "pip install --upgrade personahub" in done.stderr


def test_a_column_that_cannot_be_told_is_asked_for(place: Path) -> None:
    (place / "two.csv").write_text("title,abstract\na,b\n")
    done = _run(place, *_extract("two.csv"))
    assert done.returncode == 3
    assert "--text-column" in done.stderr
    assert "title" in done.stderr


def test_standard_input_is_a_source(place: Path) -> None:
    done = _run(place, *_extract("-"), "--json", said='{"text": "The notary reads every deed aloud."}\n')
    assert json.loads(done.stdout)["tallies"]["texts"]["kept"] == 1
