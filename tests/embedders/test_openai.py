"""Vectors over HTTP, of endpoints that do as they should and of such that do not."""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from personahub.embedders.base import Embedder, opened, streamed, unit, used
from personahub.embedders.openai import FOLDER
from personahub.embedders.openai.first import PROBES
from personahub.errors import HubError, LimitReached, ModelError, UsageError
from tests.embedders.endpoint import DIM, VectorEndpoint, vector

KEY = "sk-a-key-of-ours-1234567890"
TEXTS = [f"persona {number}, who sorts old maps" for number in range(300)]


@pytest.fixture
def endpoint() -> Iterator[VectorEndpoint]:
    with VectorEndpoint() as found:
        yield found


def _open(url: str | list[str], folder: Path | None = None, *, writing: bool = True, **given: Any) -> Embedder:
    asked: Mapping[str, object] = {"embedder": "openai:m", "base_url": url, "retries": 1, **given}
    return opened(asked, folder=folder, writing=writing and folder is not None)


def _expected(texts: list[str], dim: int = DIM, salt: str = "") -> np.ndarray:
    return unit(np.stack([vector(text, dim, salt) for text in texts]), texts, "m")


@pytest.mark.parametrize("fault", ["good", "floats", "deaf", "shuffled", "numberless"])
def test_each_text_gets_its_vector_whatever_the_form_of_the_answer(endpoint: VectorEndpoint, fault: str) -> None:
    embedder = _open(endpoint.url(fault))
    assert embedder.dim == DIM
    assert np.allclose(embedder.embed(TEXTS), _expected(TEXTS), atol=1e-6)
    assert not embedder.embed(["", "  "]).any()
    assert set(endpoint.texts) == {*TEXTS, *PROBES}


def test_what_is_used_is_told(endpoint: VectorEndpoint) -> None:
    embedder = _open(endpoint.url("good"))
    embedder.embed([*TEXTS, *TEXTS])
    usage, notes = used(embedder)
    assert usage.requests == endpoint.asked["good"] == len(endpoint.bodies)
    assert usage.prompt_tokens == 3 * (len(TEXTS) + len(PROBES))
    assert notes == ()


def test_no_text_is_paid_for_twice(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    first = _open(endpoint.url("good"), tmp_path)
    made = first.embed(TEXTS[:200])
    again = _open([endpoint.url("deaf"), endpoint.url("good")], tmp_path)
    assert (again.fingerprint, again.dim) == (first.fingerprint, DIM)
    assert np.array_equal(again.embed(TEXTS)[:200], made)
    assert max(endpoint.texts[text] for text in TEXTS) == 1
    assert used(again)[0].reused == 200


def test_what_is_on_the_disk_needs_no_endpoint(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    made = _open(endpoint.url("good"), tmp_path).embed(TEXTS)
    assert np.array_equal(_open("http://127.0.0.1:9/v1", tmp_path).embed(TEXTS), made)


def test_the_same_text_asked_for_by_several_at_once_is_asked_for_once(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    embedder = _open(endpoint.url("good"), tmp_path)
    found = list(streamed(embedder, [TEXTS] * 50))
    assert len(found) == 50
    assert all(np.array_equal(one, found[0]) for one in found)
    assert max(endpoint.texts.values()) == 1
    assert not [*streamed(embedder, [])]


def test_another_model_behind_the_name_is_noticed(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    first = _open(endpoint.url("good"), tmp_path)
    first.embed(TEXTS[:9])
    endpoint.salt = "another model"
    with pytest.raises(ModelError, match=r"not the model that it was .* remove .*/journal/vectors/.*\.json"):
        _open(endpoint.url("good"), tmp_path).embed(TEXTS)
    [card] = (tmp_path / FOLDER).glob("*.json")
    card.unlink()
    anew = _open(endpoint.url("good"), tmp_path)
    assert anew.fingerprint != first.fingerprint
    assert np.allclose(anew.embed(TEXTS), _expected(TEXTS, salt="another model"), atol=1e-6)


def test_a_little_noise_is_the_same_model(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    _open(endpoint.url("good"), tmp_path).embed(TEXTS[:9])
    [card] = (tmp_path / FOLDER).glob("*.json")
    said = json.loads(card.read_bytes())
    assert said["dim"] == DIM
    noise = np.random.default_rng(0).standard_normal((len(PROBES), DIM)) * 0.01
    from base64 import b64encode  # noqa: PLC0415 - of this test alone

    said["probes"] = b64encode((_expected([*PROBES]) + noise).astype("<f4").tobytes()).decode()
    card.write_text(json.dumps(said))
    _open(endpoint.url("good"), tmp_path).embed(TEXTS)
    card.write_text("{")
    with pytest.raises(HubError, match="remove it"):
        _open(endpoint.url("good"), tmp_path).embed(TEXTS)


@pytest.mark.parametrize("fault", ["long", "failing_long"])
def test_a_text_that_is_too_long_is_cut_and_that_is_said(endpoint: VectorEndpoint, fault: str) -> None:
    long = [f"{count} {'word ' * count}" for count in (101, 150, 2_000)]
    embedder = _open(endpoint.url(fault))
    found = embedder.embed([*TEXTS, *long])
    assert np.allclose(found[: len(TEXTS)], _expected(TEXTS), atol=1e-6)
    taken = [text for text in endpoint.texts if "word" in text]
    assert len(taken) == 3
    assert all(250 < len(text) <= 500 for text in taken)
    assert (abs(np.linalg.norm(found[len(TEXTS) :], axis=1) - 1) < 1e-5).all()
    assert used(embedder)[1] == ("Texts longer than openai:m takes: 3. Of those the beginning counts.",)


def test_a_text_that_is_refused_has_no_vector_and_is_told(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    texts = [*TEXTS[:100], "a taster of gin", *TEXTS[100:]]
    for _ in range(2):  # it is kept nowhere that there is none
        embedder = _open(endpoint.url("prudish"), tmp_path)
        found = embedder.embed(texts)
        assert not found[100].any()
        assert np.allclose(np.delete(found, 100, axis=0), _expected(TEXTS), atol=1e-6)
        assert "refuses: 1. They are near to none. It says: no spirits here" in used(embedder)[1][0]
    assert max(endpoint.texts[text] for text in TEXTS) == 1


def test_an_endpoint_that_takes_one_text_at_a_time_is_asked_so(endpoint: VectorEndpoint) -> None:
    embedder = _open(endpoint.url("single"))
    assert np.allclose(embedder.embed(TEXTS), _expected(TEXTS), atol=1e-6)
    refused = endpoint.asked["single"] - len(TEXTS) - len(PROBES)
    assert 0 < refused < 20


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("short", "no vectors"),
        ("infinite", "no vectors"),
        ("choosy", "refuses most texts .* not today"),
        ("wider", "32 numbers, and gave some of 16"),
        ("fixed", "16 numbers where 8 were asked for"),
        ("locked", r"the key was refused; .* \(wrong key: Bearer \[key\]\)"),
    ],
)
def test_what_cannot_be_used_is_said(endpoint: VectorEndpoint, tmp_path: Path, fault: str, said: str) -> None:
    (tmp_path / "key").write_text(KEY)
    more: dict[str, Any] = {"dimensions": 8} if fault == "fixed" else {}
    embedder = _open(endpoint.url(fault), tmp_path, key_file=str(tmp_path / "key"), retries=0, **more)
    with pytest.raises(ModelError, match=said) as found:
        embedder.embed(TEXTS)
    assert KEY not in str(found.value)


def test_shorter_vectors_are_asked_for_and_kept_apart(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    whole, short = _open(endpoint.url("good"), tmp_path), _open(endpoint.url("shorter"), tmp_path, dimensions=8)
    assert whole.embed(TEXTS).shape == (len(TEXTS), DIM)
    assert np.allclose(short.embed(TEXTS), _expected(TEXTS, 8), atol=1e-6)
    assert whole.fingerprint != short.fingerprint


def test_the_key_goes_to_the_endpoint_and_nowhere_else(
    endpoint: VectorEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    _open(endpoint.url("good"), tmp_path).embed(TEXTS[:9])
    assert "Authorization" not in endpoint.headers[-1]  # that one is for OpenAI alone
    monkeypatch.setenv("PERSONAHUB_API_KEY", KEY)
    _open(endpoint.url("good"), tmp_path).embed(TEXTS)
    assert endpoint.headers[-1]["Authorization"] == f"Bearer {KEY}"
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes()
    assert KEY not in repr(_open(endpoint.url("good")))


def test_a_limit_stops_it_and_what_was_made_is_kept(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    with pytest.raises(LimitReached, match="max_requests"):
        _open(endpoint.url("good"), tmp_path, max_requests=2).embed(TEXTS)
    paid = sum(endpoint.texts[text] for text in TEXTS)
    assert 0 < paid < len(TEXTS)
    _open(endpoint.url("good"), tmp_path).embed(TEXTS)
    assert max(endpoint.texts[text] for text in TEXTS) == 1


def test_a_price_is_needed_for_a_limit_of_cost(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="max_cost needs a price of openai:m"):
        _open(endpoint.url("good"), max_cost=1.0)
    prices = tmp_path / "prices.toml"
    prices.write_text('["openai:m"]\nprompt = 10.0\ncompletion = 0.0\n')
    embedder = _open(endpoint.url("good"), max_cost=1.0, prices=str(prices))
    embedder.embed(TEXTS)
    assert used(embedder)[0].cost == pytest.approx(3 * (len(TEXTS) + len(PROBES)) * 10 / 1e6)


def test_nobody_there_and_no_name_are_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match="nothing answers at"):
        _open(f"http://127.0.0.1:{port}/v1", patience=0.1).embed(TEXTS)
    with pytest.raises(UsageError, match="which model"):
        opened({"embedder": "openai"})
    with pytest.raises(UsageError, match="base_url means nothing to embedder 'static'"):
        opened({"embedder": "static", "base_url": ["http://127.0.0.1:1/v1"]})


def test_a_reader_keeps_nothing(endpoint: VectorEndpoint, tmp_path: Path) -> None:
    _open(endpoint.url("good"), tmp_path, writing=False).embed(TEXTS[:3])
    assert not [*tmp_path.iterdir()]


def test_half_a_character_and_a_null_are_sent_as_something(endpoint: VectorEndpoint) -> None:
    found = _open(endpoint.url("good")).embed(["half \ud83d of one", "a\u0000b", "\u202e"])
    assert (abs(np.linalg.norm(found, axis=1) - 1) < 1e-5).all()
