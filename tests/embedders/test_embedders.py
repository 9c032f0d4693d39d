"""What holds for every embedder."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from personahub import plugins
from personahub.embedders.base import Embedder, digest, opened, queries, unit
from personahub.errors import ModelError, UsageError

TEXTS = [
    "A baker who rises before the sun",
    "a baker, rising before the sun",
    "A court clerk in Ghent",
    "",
    "   ",
    "\u0000",
    "\U0001f600",
    "word " * 5_000,
]


def _model2vec(folder: Path) -> str:
    """A model of a few words, made on the spot."""
    from model2vec import StaticModel  # noqa: PLC0415 - where it is installed
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415 - where it is installed

    words = ["[UNK]", "a", "baker", "who", "rises", "before", "the", "sun", "court", "clerk", "in", "Ghent", "word"]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.random.default_rng(0).standard_normal((len(words), 16)).astype(np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(folder)
    return f"model2vec:{folder}"


def _sentence_transformers(folder: Path) -> str:
    """A transformer of one layer with random weights, made on the spot."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - where it is installed
    from sentence_transformers.sentence_transformer import modules as models  # noqa: PLC0415 - where it is installed
    from transformers import BertConfig, BertModel, BertTokenizerFast  # noqa: PLC0415 - where it is installed

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "baker", "who", "rises", "before", "the", "sun"]
    (folder / "vocab.txt").write_text("\n".join(words))
    part = folder / "bert"
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(part)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(part)
    bert = models.Transformer(str(part), max_seq_length=64)
    pooling = models.Pooling(16)
    SentenceTransformer(modules=[bert, pooling]).save(str(folder / "whole"))
    return f"sentence-transformers:{folder / 'whole'}"


KINDS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "static": ("wordllama", lambda _: "static"),
    "model2vec": ("model2vec", _model2vec),
    "sentence-transformers": ("sentence_transformers", _sentence_transformers),
}


@pytest.fixture(params=KINDS)
def named(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    package, make = KINDS[request.param]
    if not find_spec(package):
        pytest.skip(f"{package} is not installed")
    return make(tmp_path / "model")


def _open(named: str) -> Embedder:
    return opened({"embedder": named})


def test_vectors_have_unit_length_and_empty_texts_none(named: str) -> None:
    embedder = _open(named)
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dim)
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[:3] == pytest.approx(1, abs=1e-5)
    assert not vectors[3:5].any()
    assert ((abs(lengths - 1) < 1e-5) | (lengths == 0)).all()
    assert embedder.embed([]).shape == (0, embedder.dim)


def test_a_text_gets_the_same_vector_in_any_company_and_process(named: str) -> None:
    one, other = _open(named), _open(named)
    assert one.fingerprint == other.fingerprint
    assert one.name == other.name == named
    alone = np.concatenate([other.embed([text]) for text in TEXTS])
    assert np.allclose(one.embed(TEXTS), alone, atol=1e-5)
    assert one.embed(TEXTS[:2]) @ alone[0] == pytest.approx([1, float(alone[0] @ alone[1])], abs=1e-5)


def test_nothing_to_stand_on_says_how_to_install_it(tmp_path: Path) -> None:
    """In a process that does not see the packages."""
    for package, _ in KINDS.values():
        (tmp_path / f"{package}.py").write_text("raise ModuleNotFoundError(__name__)")
    code = """
from personahub.embedders.base import opened
from personahub.errors import UsageError
for named in ("static", "model2vec:x", "sentence-transformers:x"):
    try:
        opened({"embedder": named})
    except UsageError as error:
        print(error)
"""
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert [line.rsplit("pip install ")[1] for line in done.stdout.splitlines()] == [
        "'personahub[embed]'",
        "'personahub[model2vec]'",
        "'personahub[sentence-transformers]'",
    ]


@pytest.mark.skipif(not find_spec("sentence_transformers"), reason="sentence-transformers is not installed")
def test_a_sentence_model_reads_questions_by_their_prompt_and_runs_by_other_means(tmp_path: Path) -> None:
    named = _sentence_transformers(tmp_path / "model")
    embedder = opened({"embedder": named})
    assert np.allclose(queries(embedder, TEXTS[:2]), embedder.embed(TEXTS[:2]), atol=1e-6)
    embedder.model.prompts.update({"query": "the sun ", "document": "who rises "})  # type: ignore[attr-defined]
    assert not np.allclose(queries(embedder, TEXTS[:2]), embedder.embed(TEXTS[:2]), atol=1e-2)
    for backend, package in (("onnx", "onnxruntime"), ("openvino", "openvino")):
        if find_spec(package):
            other = opened({"embedder": f"{named}@{backend}"})
            assert np.allclose(other.embed(TEXTS[:2]), opened({"embedder": named}).embed(TEXTS[:2]), atol=1e-4)
            assert other.fingerprint != embedder.fingerprint
        else:
            with pytest.raises(UsageError, match=rf"sentence-transformers\[{backend}\]"):
                opened({"embedder": f"{named}@{backend}"})


@pytest.mark.skipif(not find_spec("model2vec"), reason="model2vec is not installed")
def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        _open(f"model2vec:{tmp_path}")


@pytest.mark.parametrize("wrong", [np.full((2, 3), np.nan), np.full((2, 3), np.inf), np.zeros(3), np.zeros((3, 3))])
def test_what_is_no_vector_for_each_text_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ModelError, match="no usable vectors"):
        unit(wrong, ["one", "two"], "some")


def test_a_fingerprint_follows_the_files(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"one")
    first = digest(tmp_path)
    (tmp_path / ".cache").write_bytes(b"what a download leaves")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"what was compiled when it was installed")
    assert digest(tmp_path) == first
    (tmp_path / "weights").write_bytes(b"two")
    assert digest(tmp_path) != first


def test_an_embedder_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no embedder 'word2vec'; there are model2vec, openai, .*static"):
        plugins.find("embedders", "word2vec")
