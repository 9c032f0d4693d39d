"""Parts on the threads of this machine; compiled work lets go of the GIL."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from personahub.engines.base import In, Out


@dataclass(frozen=True)
class Local:
    """Args:
    workers: threads; as many items again wait ready, and no more are in memory.
    """

    workers: int = os.cpu_count() or 1

    def map(self, work: Callable[[In], Out], items: Iterable[In]) -> Iterator[Out]:
        ahead: deque[Future[Out]] = deque()
        with ThreadPoolExecutor(self.workers) as pool:
            for item in items:
                ahead.append(pool.submit(work, item))
                if len(ahead) >= 2 * self.workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
