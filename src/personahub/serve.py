"""The offline writer as an endpoint. A module of its own: no verb on a hub should pay for loading a server."""

from collections.abc import Callable

from personahub.models.serving import serve
from personahub.plugins import find
from personahub.verbs import verb


def serve_offline(
    *, port: int = 0, latency_ms: float = 0.0, seed: int = 0, on_ready: Callable[[str], None] = lambda _: None
) -> None:
    """Serve the offline writer over HTTP in the OpenAI format until the process is stopped; on this machine only.

    Args:
        on_ready: called with a sentence that holds the base URL once it listens.
    """
    verb("serve-offline").check({"port": port, "latency_ms": latency_ms, "seed": seed})
    family, name = find("models", "offline")
    serve(family.open(name, {"seed": seed}), port=port, latency_ms=latency_ms, on_ready=on_ready)
