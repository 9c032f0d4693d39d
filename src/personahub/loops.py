"""How work lives in an event loop: begun from plain code, ended by signals, cleaned up behind."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

Out = TypeVar("Out")


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Stop these and wait until they have; their own errors were raised elsewhere."""
    stopped = list(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)


def finish(work: Coroutine[Any, Any, Out]) -> Out:
    """Run to the end, also where a loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def signals(interrupted: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM are told. Elsewhere than on the main thread they are not ours."""
    loop = asyncio.get_running_loop()
    ours = [signal.SIGINT, signal.SIGTERM] if threading.current_thread() is threading.main_thread() else []
    for number in ours:
        loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        for number in ours:
            loop.remove_signal_handler(number)
