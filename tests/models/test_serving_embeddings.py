"""Vectors of the server over real HTTP."""

import base64
from collections.abc import Sequence

import numpy as np
import pytest

from personahub.embedders.base import Vectors, unit
from personahub.models.serving import Manners
from tests.embedders.endpoint import DIM, vector
from tests.models.served import Got, Served

PATH = "/v1/embeddings"
TEXTS = ["a baker who sorts old maps", "a judge from Graz", "one two three four five"]


def _vectors(texts: Sequence[str]) -> Vectors:
    return unit(np.stack([vector(text) for text in texts]), texts, "m")


def _ask(served: Served, **body: object) -> Got:
    return served.call("POST", PATH, {"model": "m", **body})


def test_vectors_come_in_order_as_decimals_or_packed() -> None:
    with Served(embedding=_vectors) as served:
        plain = _ask(served, input=TEXTS).json
        packed = _ask(served, input=TEXTS, encoding_format="base64").json
        assert [one["index"] for one in plain["data"]] == [0, 1, 2]
        assert plain["model"] == "m"
        assert plain["usage"]["total_tokens"] == plain["usage"]["prompt_tokens"] > 0
        unpacked = [np.frombuffer(base64.b64decode(one["embedding"]), "<f4") for one in packed["data"]]
        assert np.allclose(unpacked, _vectors(TEXTS))
        assert np.allclose([one["embedding"] for one in plain["data"]], unpacked)
        assert np.allclose(_ask(served, input=TEXTS[0]).json["data"][0]["embedding"], unpacked[0])


def test_shorter_ones_have_unit_length() -> None:
    with Served(embedding=_vectors) as served:
        short = np.array([one["embedding"] for one in _ask(served, input=TEXTS, dimensions=5).json["data"]])
        assert short.shape == (3, 5)
        assert np.linalg.norm(short, axis=1) == pytest.approx(1, abs=1e-5)
        assert _ask(served, input=TEXTS, dimensions=DIM + 1).status == 400


@pytest.mark.parametrize(
    "body", [{}, {"input": []}, {"input": ["a", ""]}, {"input": [1]}, {"input": "a", "encoding_format": "packed"}]
)
def test_what_asks_for_no_vectors_is_refused(body: dict[str, object]) -> None:
    with Served(embedding=_vectors) as served:
        assert _ask(served, **body).status == 400
        assert served.call("POST", PATH, b"no json").status == 400


def test_more_texts_and_longer_ones_than_it_takes_are_refused_as_by_tei() -> None:
    with Served(Manners(most_inputs=2, most_words=4), embedding=_vectors) as served:
        many, long = _ask(served, input=TEXTS), _ask(served, input=TEXTS[2])
        assert (many.status, long.status) == (413, 413)
        assert "batch size 3 > maximum allowed batch size 2" in many.json["error"]["message"]
        assert "less than 4 tokens. Given: 5" in long.json["error"]["message"]
        assert _ask(served, input=TEXTS[1:2]).status == 200
        assert served.behave(most_inputs=None)["most_inputs"] is None


def test_it_is_limited_locked_and_faulty_as_chat_is() -> None:
    with Served(Manners(faults="503=1"), embedding=_vectors) as served:
        assert _ask(served, input=TEXTS).status == 503
        served.behave(faults="null=1")
        assert _ask(served, input=TEXTS).json["data"][0]["embedding"] is None
        served.behave(faults="no_choices=1")
        assert _ask(served, input=TEXTS).json["data"] == []
        served.behave(faults="", limit_rps=1.0)
        assert {_ask(served, input=TEXTS).status for _ in range(3)} == {200, 429}
    with Served(embedding=_vectors, api_key="k") as served:
        assert _ask(served, input=TEXTS).status == 401
    with Served() as served:
        assert _ask(served, input=TEXTS).status == 501


def test_what_each_text_was_given_is_counted() -> None:
    with Served(embedding=_vectors) as served:
        assert "texts" not in served.stats()
        for some in (TEXTS, TEXTS[:1]):
            _ask(served, input=some)
        found = served.stats()
        assert (found["texts"], found["texts_distinct"], found["answered"]) == (4, 3, 2)
