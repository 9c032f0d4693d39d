"""A request for vectors as it comes in, and the vectors as they go out, both in OpenAI's format."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import orjson

from personahub.models.serving.manners import Manners
from personahub.models.serving.messages import Response, error

LARGEST_INPUTS = 2048  # texts in a request

Vectors = npt.NDArray[np.float32]
Embedding = Callable[[Sequence[str]], Vectors]  # texts to vectors, shape (n, dim), of unit length


@dataclass(frozen=True, slots=True)
class Asked:
    """Args:
    packed: as base64 of float32, little-endian, and not as decimals.
    dimensions: of the vectors; 0 for all.
    keys: a digest of each text; `key`: of all of them.
    """

    model: object
    texts: tuple[str, ...]
    packed: bool
    dimensions: int
    keys: tuple[bytes, ...]
    key: bytes


def read(body: bytes) -> Asked:
    """Raises ValueError or TypeError with what is wrong with a body that asks for no vectors."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise ValueError(f"the body is no JSON ({wrong})") from wrong
    if not isinstance(found, dict):
        raise TypeError("the body is no JSON object")
    said = found.get("input")
    texts = [said] if isinstance(said, str) else said
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise ValueError("'$.input' is invalid: it must be a text or a list of texts, none of them empty")
    form, dimensions = found.get("encoding_format", "float"), found.get("dimensions") or 0
    if form not in ("float", "base64"):
        raise ValueError("encoding_format must be float or base64")
    if not isinstance(dimensions, int) or dimensions < 0:
        raise ValueError("dimensions must be a whole number of at least 1")
    keys = tuple(blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts)
    whole = blake2b(b"".join(keys), digest_size=16).digest()
    return Asked(found.get("model"), tuple(texts), form == "base64", dimensions, keys, whole)


def beyond(asked: Asked, manners: Manners) -> Response | None:
    """What is said of too many texts or too long ones; None where there are none."""
    most = manners.most_inputs or LARGEST_INPUTS
    if len(asked.texts) > most:
        return error(413, f"batch size {len(asked.texts)} > maximum allowed batch size {most}", kind="Validation")
    longest = max(text.count(" ") + 1 for text in asked.texts)
    if manners.most_words and longest > manners.most_words:
        said = f"`inputs` must have less than {manners.most_words} tokens. Given: {longest}"
        return error(413, said, kind="Validation")
    return None


def written(name: str, asked: Asked, vectors: Vectors) -> bytes:
    """Raises ValueError where shorter vectors cannot be had."""
    if asked.dimensions > vectors.shape[1]:
        raise ValueError(f"dimensions: there are {vectors.shape[1]}")
    if asked.dimensions:
        cut = vectors[:, : asked.dimensions]
        lengths = np.linalg.norm(cut, axis=1, keepdims=True)
        vectors = np.divide(cut, lengths, out=np.zeros_like(cut), where=lengths > 0)
    form: Callable[[Vectors], object] = (lambda one: b64encode(one.tobytes()).decode()) if asked.packed else np.asarray
    data = [
        {"object": "embedding", "index": place, "embedding": form(one)}
        for place, one in enumerate(np.ascontiguousarray(vectors, "<f4"))
    ]
    tokens = sum(max(1, len(text) // 4) for text in asked.texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    whole = {"object": "list", "data": data, "model": name, "usage": usage}
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY)
