"""How many batches may be under way at once, where an account may have only so many tokens in the queue."""

import asyncio

SMALLEST = 64  # requests; a batch of so few is not parted but waits until other users of the account have ended
FIRST_PAUSE = 30  # times the pause between two looks; doubled each time
LONGEST_PAUSE = 300


class Room:
    """There is no limit until the endpoint says so; then it is found by halving, and widens as batches end.

    Args:
        most: requests in a batch.
        poll: seconds between two looks at a batch.
    """

    def __init__(self, most: int, poll: float) -> None:
        self.most = most
        self._poll = poll
        self._batches = 2**31
        self._under_way: set[str] = set()
        self._changed = asyncio.Event()
        self._pauses = 0

    async def enter(self, name: str) -> None:
        """Wait until one more batch may be under way."""
        while len(self._under_way) >= self._batches:
            self._changed.clear()
            await self._changed.wait()
        self.count(name)

    def count(self, name: str) -> None:
        """It is under way already."""
        self._under_way.add(name)

    def leave(self, name: str) -> None:
        """It has ended, and so made room."""
        self._under_way.discard(name)
        self._batches += 1
        self._pauses = 0
        self._changed.set()

    async def refused(self, name: str, requests: int) -> bool:
        """It was too much at this moment: return when it may be offered again.

        Returns:
            whether as it is; False where it must be parted, as it was too much alone.
        """
        self._under_way.discard(name)
        self._batches = max(1, len(self._under_way))
        self._changed.set()
        if self._under_way:
            await self.enter(name)
            return True
        if requests > SMALLEST:
            self.most = max(SMALLEST, requests // 2)
            return False
        self.count(name)
        await asyncio.sleep(self._poll * min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._pauses))
        self._pauses += 1
        return True
