"""How work lives in an event loop: begun from plain code, ended by signals, cleaned up behind."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

Out = TypeVar("Out")

_LAST_SECONDS = 5.0  # for connections to be closed


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


class Aside:
    """A loop on a thread of its own, for plain code that hands asynchronous work to the same parts again and again.

    Args:
        last: what is to be let go of before it ends.
    """

    def __init__(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_live, args=(self._loop, last), daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, Out]) -> Future[Out]:
        """On any thread but its own."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def tell(self, said: Callable[[], object]) -> None:
        """Call something in the loop, soon; nothing where it has ended."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(said)

    def end(self) -> None:
        """What is not finished is dropped."""
        self.tell(self._loop.stop)
        if threading.current_thread() is not self._thread:  # where garbage is collected is not ours to say
            self._thread.join(_LAST_SECONDS)


def _live(loop: asyncio.AbstractEventLoop, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(cancelled(asyncio.all_tasks(loop)))
        loop.run_until_complete(last())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


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
