import os
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from personahub.errors import UsageError
from personahub.models import local
from personahub.models.base import Message, Prompt
from personahub.models.local import ConstrainedDialect, Local
from personahub.models.local.process import NO_PACKAGE, usable_cores

pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")

from tests.models.tiny_gguf import write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "personahub" / "models"


def _without_package(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"import sys; {code}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


_ASK = "import asyncio; from personahub.models.local import Local; from personahub.models.base import Prompt, Message; "
_ASK += "model = Local.open(sys.argv[1], {}); "


def test_without_the_package_the_sentence_says_what_to_install(tiny: Path, tmp_path: Path) -> None:
    """Absent, or there and not importable, as with a system that is too old for it."""
    absent = "sys.modules['xllamacpp'] = None; "
    asking = "asyncio.run(model.complete(Prompt((Message('user', 'word'),))))"
    for code in (absent + _ASK + asking, absent + _ASK + "model.identity"):
        assert f"UsageError: {NO_PACKAGE}" in _without_package(code, str(tiny)).stderr
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('GLIBC_2.99 not found')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        said = _without_package(_ASK + asking, str(tiny)).stderr
    assert f"UsageError: {NO_PACKAGE} (GLIBC_2.99 not found)" in said


def test_opening_costs_nothing_and_refuses_what_cannot_be_meant(tiny: Path, cache: Path) -> None:
    start = time.perf_counter()
    for name in ("", "Owner/Repo", str(tiny)):
        assert Local.open(name, {"concurrency": None, "timeout": None}).pid == 0
    assert time.perf_counter() - start < 0.1
    assert not cache.exists()
    with pytest.raises(UsageError, match="local:OWNER/REPO"):
        Local.open("no/such/file.txt", {})


def test_the_options_of_a_verb_are_its_settings(tiny: Path) -> None:
    plain = Local.open(str(tiny), {"concurrency": None, "max_tokens": None})
    assert (plain.name, plain.limit, plain.slots) == ("local:tiny.gguf", local.LIMIT, local.PARALLEL)
    other = Local.open(str(tiny), {"concurrency": 64, "max_tokens": 9, "seed": 3, "temperature": 0.5})
    assert (other.limit, other.slots) == (9, local.MOST_PARALLEL)
    assert other.identity == f"{plain.identity} seed=3 temperature=0.5"
    assert Local.open("", {}).name == "local:Qwen3-0.6B-Q8_0.gguf"
    assert Local.open("", {}).identity == "local:Qwen3-0.6B-Q8_0.gguf 9465e63a22add535"
    assert Local.open("Owner/Repo", {}).name == "local:Owner/Repo"


def test_the_identity_is_that_of_the_content(tiny: Path, tmp_path: Path) -> None:
    copy, other = tmp_path / "a" / "tiny.gguf", tmp_path / "b" / "tiny.gguf"
    for path in (copy, other):
        path.parent.mkdir()
    copy.write_bytes(tiny.read_bytes())
    write_tiny(other, seed=1)
    identities = [Local.open(str(path), {}).identity for path in (tiny, copy, other)]
    assert identities[0] == identities[1] != identities[2]


def test_threads_are_no_more_than_cores() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


def test_a_schema_becomes_a_grammar_or_words_where_the_library_takes_none() -> None:
    prompt = Prompt((Message("user", "A persona"),), schema='{"type":"object"}')
    dialect = ConstrainedDialect()
    body = orjson.loads(dialect.body("m", prompt, {"seed": 1}, 9))
    start, _, grammar = body["grammar"].partition("%json ")
    assert start == "%llguidance {}\nstart: "
    assert orjson.loads(grammar)["type"] == "object"
    assert "response_format" not in body
    assert (body["seed"], body["max_tokens"]) == (1, 9)
    narrowed = dialect.narrowed("Failed to initialize samplers: failed to parse grammar")
    assert narrowed
    told = orjson.loads(narrowed.body("m", prompt, {}, 9))
    assert "grammar" not in told
    assert '{"type":"object"}' in told["messages"][0]["content"]
    assert narrowed.narrowed("failed to parse grammar") is None
    anything = Prompt((Message("user", "x"),), schema="true")
    assert orjson.loads(dialect.body("m", anything, {}))["grammar"].endswith("%json true")
