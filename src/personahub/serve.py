"""The offline writer and the static embedder as an endpoint.

A module of its own: no verb on a hub should pay for loading a server.
"""

from collections.abc import Callable, Sequence
from functools import cache

from personahub.embedders.base import Embedder, Vectors, opened
from personahub.models.serving import Manners, serve
from personahub.plugins import find
from personahub.verbs import verb


def serve_offline(  # noqa: PLR0913 - its keywords are the options of the verb
    *,
    port: int = 0,
    seed: int = 0,
    latency_ms: float = 0.0,
    latency_sigma: float = 0.0,
    slots: int | None = None,
    most_inputs: int | None = None,
    most_words: int | None = None,
    limit_rps: float | None = None,
    no_limit_headers: bool = False,
    faults: str | None = None,
    fault_seed: int = 0,
    retry_after: float = 1.0,
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the offline writer, and vectors by the static embedder, over HTTP in the OpenAI format until the process is
    stopped; on this machine only.

    Args:
        on_ready: called with a sentence that holds the base URL once it listens.
    """
    given = {
        "port": port,
        "seed": seed,
        "latency_ms": latency_ms,
        "latency_sigma": latency_sigma,
        "slots": slots,
        "most_inputs": most_inputs,
        "most_words": most_words,
        "limit_rps": limit_rps,
        "no_limit_headers": no_limit_headers,
        "faults": faults,
        "fault_seed": fault_seed,
        "retry_after": retry_after,
    }
    verb("serve-offline").check(given)
    manners = Manners(
        latency_ms=latency_ms,
        latency_sigma=latency_sigma,
        faults=faults or "",
        fault_seed=fault_seed,
        retry_after=retry_after,
        limit_rps=limit_rps,
        limit_headers=not no_limit_headers,
        slots=slots,
        most_inputs=most_inputs,
        most_words=most_words,
    )
    family, name = find("models", "offline")
    serve(family.open(name, {"seed": seed}), manners, port=port, on_ready=on_ready, embedding=_vectors)


def _vectors(texts: Sequence[str]) -> Vectors:
    return _static().embed(texts)


@cache
def _static() -> Embedder:
    """Loaded when the first vector is asked for."""
    return opened({"embedder": "static"})
