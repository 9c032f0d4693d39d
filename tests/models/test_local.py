import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from personahub.errors import ModelError
from personahub.models import local
from personahub.models.base import CUT_OFF, EMPTY, NO_ANSWER, NOT_TAKEN, Completion, Message, Prompt
from personahub.models.local import Local

pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")

from tests.models.tiny_gguf import write_tiny

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 30},
        "age": {"type": "integer"},
        "traits": {"type": "array", "items": {"enum": ["calm", "loud"]}, "minItems": 1, "maxItems": 2},
    },
    "required": ["name", "age", "traits"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "personahub" / "models"


@asynccontextmanager
async def _opened(path: Path, **options: object) -> AsyncIterator[Local]:
    model = Local.open(str(path), {"timeout": 60.0, **options})
    try:
        yield model
    finally:
        await model.close()


def _prompt(text: str, sample: int = 0, limit: int = 60, schema: str = "") -> Prompt:
    return Prompt((Message("system", "You infer personas."), Message("user", text)), sample, schema, limit)


def test_it_answers_and_counts_tokens(tiny: Path) -> None:
    async def chat() -> list[Completion]:
        async with _opened(tiny) as model:
            return await asyncio.gather(*(model.complete(_prompt(f"Who likes number {n}?", n)) for n in range(12)))

    answers = asyncio.run(chat())
    assert {answer.error for answer in answers} <= {None, CUT_OFF, EMPTY}
    assert sum(answer.error is None for answer in answers) >= 3
    assert all(20 < answer.prompt_tokens < 120 for answer in answers)
    assert all(1 <= answer.completion_tokens <= 60 for answer in answers)
    assert len({answer.text for answer in answers}) > 9


def test_the_seed_and_the_temperature_decide_an_answer(tiny: Path) -> None:
    async def texts(**options: object) -> list[str]:
        async with _opened(tiny, **options) as model:
            # One after the other: requests that share a batch change each other's last bits.
            return [(await model.complete(_prompt("Who?", sample))).text for sample in (0, 1, 0)]

    first, second, again = asyncio.run(texts(seed=7))
    assert first == again != second
    assert asyncio.run(texts(seed=7))[0] == first
    assert asyncio.run(texts(seed=8))[0] != first
    assert len(set(asyncio.run(texts(temperature=0.0)))) == 1


def test_answers_to_a_schema_satisfy_it_unless_they_are_cut_off(tiny: Path) -> None:
    async def ask() -> tuple[list[Completion], Completion]:
        async with _opened(tiny) as model:
            schema = json.dumps(SCHEMA)
            whole = [model.complete(_prompt("A persona", n, 400, schema)) for n in range(20)]
            return await asyncio.gather(*whole), await model.complete(_prompt("A persona", 1, 5, schema))

    answers, short = asyncio.run(ask())
    for answer in answers:
        assert answer.error is None
        found = json.loads(answer.text)
        assert list(found) == ["name", "age", "traits"]
        assert isinstance(found["name"], str)
        assert isinstance(found["age"], int)
        assert set(found["traits"]) <= {"calm", "loud"}
    assert short.error == CUT_OFF


def test_a_prompt_that_is_too_long_is_the_rows_fault(tiny: Path) -> None:
    async def ask() -> tuple[Completion, Completion]:
        async with _opened(tiny) as model:
            return await model.complete(_prompt("word " * 3000)), await model.complete(_prompt("word"))

    long, short = asyncio.run(ask())
    assert long.error == NOT_TAKEN
    assert "context" in long.detail
    assert short.error != NOT_TAKEN


def test_a_request_that_takes_too_long_comes_back_and_the_process_lives_on(tiny: Path) -> None:
    async def ask() -> tuple[Completion, bool]:
        async with _opened(tiny, timeout=0.02) as model:
            await model.complete(_prompt("word", limit=1))
            before = model.pid
            schema = '{"type": "string", "minLength": 3000}'
            slow = await model.complete(_prompt("word", limit=3000, schema=schema))
            await model.complete(_prompt("word", limit=1))
            return slow, model.pid == before

    slow, same = asyncio.run(ask())
    assert slow.error == NO_ANSWER
    assert "did not finish an answer within" in slow.detail
    assert same


async def _retried(model: Local, prompt: Prompt, failed: Callable[[Completion], None]) -> Completion:
    for _ in range(4):
        completion = await model.complete(prompt)
        if completion.error != NO_ANSWER:
            break
        failed(completion)
    return completion


def test_a_process_that_is_killed_is_started_again_and_no_prompt_is_lost(
    tiny: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failed: list[Completion] = []

    async def run() -> list[Completion]:
        async with _opened(tiny) as model:
            await model.complete(_prompt("warm"))
            asking = [_retried(model, _prompt(f"Text {n}", n, 200), failed.append) for n in range(50)]
            answers = []
            for number, answer in enumerate(asyncio.as_completed(asking)):
                answers.append(await answer)
                if number in (10, 30):
                    os.kill(model.pid, signal.SIGKILL)
            return answers

    with caplog.at_level(logging.WARNING):
        answers = asyncio.run(run())
    assert len(answers) == 50
    assert {answer.error for answer in answers} <= {None, CUT_OFF, EMPTY}
    assert failed
    assert "signal 9" in failed[0].detail
    assert "is started again" in caplog.text


def test_a_process_that_dies_again_and_again_ends_the_run(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "DEATHS", 1)

    async def run() -> None:
        async with _opened(tiny) as model:
            for _ in range(4):
                await _retried(model, _prompt("word", limit=3), lambda completion: None)
                os.kill(model.pid, signal.SIGKILL)

    with pytest.raises(ModelError, match=r"died 2 times within 10 minutes; .* signal 9.* What was answered is saved"):
        asyncio.run(run())


def _gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True  # nobody here to wait for it
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


_OWNER = """
import asyncio, sys
from personahub.models.base import Message, Prompt
from personahub.models.local import Local

async def main():
    model = Local.open(sys.argv[1], {})
    await model.complete(Prompt((Message("user", "word"),), limit=2))
    print(model.pid, flush=True)
    await model.complete(Prompt((Message("user", "word"),), limit=2))
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_dies_with_its_owner_even_by_kill_9(tiny: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _OWNER, str(tiny)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        child = int(owner.stdout.readline())
        assert not _gone(child, 0.1)
        owner.kill()
    assert _gone(child, 2.0)


def test_closing_ends_the_process_and_a_later_request_starts_another(tiny: Path) -> None:
    async def run() -> tuple[int, int]:
        async with _opened(tiny) as model:
            await model.complete(_prompt("word", limit=2))
            first = model.pid
            await model.close()
            assert model.pid == 0
            assert _gone(first, 0.1)
            await model.complete(_prompt("word", limit=2))
            return first, model.pid

    first, second = asyncio.run(run())
    assert first != second
    assert _gone(second, 0.1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>not found</html>", "is no GGUF file"),
        (b"", "is no GGUF file"),
        (b"GGUF" + bytes(range(256)) * 400, "broken.gguf cannot be loaded: .*version"),
        (None, "broken.gguf cannot be loaded: .*corrupted or incomplete"),
    ],
)
def test_a_file_that_is_no_model_is_said_so(tiny: Path, tmp_path: Path, data: bytes | None, said: str) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(tiny.read_bytes()[:200_000] if data is None else data)

    async def ask() -> None:
        async with _opened(broken) as model:
            await model.complete(_prompt("word"))

    with pytest.raises(ModelError, match=said) as raised:
        asyncio.run(ask())
    assert str(raised.value).isprintable()
    assert "Traceback" not in str(raised.value)
