"""A server from its start to its end."""

import asyncio
import signal
from collections.abc import Callable

from personahub.models.base import Model
from personahub.models.serving.embeddings import Embedding
from personahub.models.serving.manners import Manners
from personahub.models.serving.server import Server


async def start(
    model: Model,
    manners: Manners | None = None,
    *,
    port: int = 0,
    embedding: Embedding | None = None,
    api_key: str | None = None,
    models: tuple[str, ...] = (),
) -> Server:
    """A server that listens already; port 0 takes a free one.

    Raises:
        ModelError: the port cannot be had.
    """
    server = Server(model, manners or Manners(), embedding=embedding, api_key=api_key, models=models)
    await server.listen(port)
    return server


def serve(
    model: Model,
    manners: Manners | None = None,
    *,
    port: int,
    on_ready: Callable[[str], None],
    embedding: Embedding | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        on_ready: called with a sentence that holds the base URL once it listens.
    """

    async def forever() -> None:
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        server = await start(model, manners, port=port, embedding=embedding)
        try:
            on_ready(f"{model.name} answers at {server.url} until Ctrl-C")
            await stopped.wait()
        finally:
            await server.close()
            await model.close()

    asyncio.run(forever())
