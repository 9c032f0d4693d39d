"""The rate of an endpoint that refuses what is too much and never says how much that would be."""

from abc import ABC, abstractmethod
from collections import deque
from math import sqrt

from personahub.models.pacing.bucket import Bucket

ENOUGH = 30  # let in between two refusals, so that their number tells a rate to a few percent
LONG_ENOUGH = 5.0  # seconds between them, where the rate is a few a second
DOUBLED_IN = 0.5  # seconds, while nothing is known but that it was too much
NEAR = 1.1  # times what it surely lets in: so little above that the search is over
BELOW = 0.99  # of a rate that was measured, so that it has a little left for requests that come unevenly
REGAINED_IN = 5.0  # seconds after which it is asked at the rate it refused again, and then at more and more
A_STEP_DOWN = 0.7  # where it refuses what it let in before, and nothing else is known yet
AGAINST = 4  # refusals in a row of what it let in before: they are about something else than the rate
MANY = 0.1  # of the requests refused: then they are about the rate after all
LATELY = 8  # requests over which it is seen how fast they are really sent


class Guess:
    """What refusals tell, where no header does.

    The rate at which it refused is too much. And who refuses has nothing left, so between two refusals it let in what
    it allows, or less if it holds little: their number over the seconds between is surely not too much. Between these
    two it is searched for. Refusals come back in the order of the requests, near enough. Times are seconds of one
    clock.
    """

    def __init__(self) -> None:
        self.bucket: _Growing | None = None  # to be drawn from for each request; None while nothing is guessed
        self._sent = 0
        self._from, self._began = 0, -1.0  # the refused request since which it is measured, or the first of all
        self._refused = 0  # of those after it
        self._settled = 0  # all that were sent when a refusal was last acted on
        self._alone = False  # whether that was the first request after the one before
        self._times = deque([0.0], LATELY)  # when the latest were sent
        self._low = 0.0  # surely let in
        self._against = 0
        self._doubted = False

    def sent(self, now: float) -> int:
        """Count a request; its number."""
        if self._began < 0:
            self._began = now
        self._sent += 1
        self._times.append(now)
        return self._sent

    def refused(self, number: int, start: float, now: float) -> bool:
        """Learn from the refusal of a request.

        Args:
            number: which one it was.
            start: when it was sent.

        Returns:
            Whether to go on, at the rate that is guessed if one is. False where nobody is let in: no question of rate.
        """
        self._refused += number > self._from
        if number <= self._settled:
            return not self._alone  # of a moment of too much that is over
        alone = self._alone = number == self._settled + 1
        self._settled = self._sent
        let_in, seconds = number - self._from - self._refused, start - self._began
        if self.bucket is None:
            if alone or (self._doubted and (let_in < ENOUGH or self._refused < MANY * let_in)):
                return not alone
            self._doubted, self.bucket = False, _Rising(let_in / max(seconds, 1.0) / 2, now)
            self._measure_from(number, start)
        elif alone:
            self.bucket = self.bucket.again(now)  # it does not grow while nobody is let in
        else:
            rate = min(self.bucket.rate, (len(self._times) - 1) / max(start - self._times[0], 1e-3))
            if let_in < ENOUGH and seconds < LONG_ENOUGH:
                self.bucket = self._less(self.bucket, rate, now)
            else:
                self.bucket = self._between(self.bucket, let_in / seconds, rate, now)
                self._measure_from(number, start)
        return not alone

    def _less(self, before: "_Growing", rate: float, now: float) -> "_Growing":
        """After a refusal that comes too soon to tell more than that."""
        if isinstance(before, _Rising):
            return _Rising(rate / 2, now)
        return self._found(rate, now) if rate > self._low else _Held(rate * A_STEP_DOWN, self._low, now)

    def _between(self, before: "_Growing", measured: float, rate: float, now: float) -> "_Growing | None":
        """Between what it let in and the rate at which it refused."""
        against = rate < self._low and measured * NEAR > rate and isinstance(before, _Held)
        self._against = self._against + 1 if against else 0
        self._low = measured
        if self._against < AGAINST:
            return self._found(rate, now)
        self._against, self._doubted = 0, True
        return None

    def _found(self, high: float, now: float) -> "_Held":
        near = high <= NEAR * self._low
        return _Held(self._low * BELOW, self._low, now) if near else _Held(sqrt(self._low * high), high, now)

    def _measure_from(self, number: int, start: float) -> None:
        self._from, self._began, self._refused = number, start, 0


class _Growing(Bucket, ABC):
    """Args:
    least: the rate from which it grows.
    high: one to which it grows quickly, and slowly beyond.
    """

    def __init__(self, least: float, high: float, now: float) -> None:
        super().__init__(least, 1.0, now, level=0.0)
        self._least, self._high, self._since = least, high, now

    def again(self, now: float) -> "_Growing":
        return type(self)(self._least, self._high, now)

    def _filled(self, now: float) -> float:
        self.rate = self._after(now - self._since)
        # Hardly more at once than one, as it may count over very short times; but nothing is lost by waking up late.
        self._most = 1.1 + self.rate / 100
        return super()._filled(now)

    @abstractmethod
    def _after(self, seconds: float) -> float:
        """The rate so many seconds after the last refusal."""


class _Rising(_Growing):
    """Twice as much again and again, until it is too much."""

    def __init__(self, least: float, now: float) -> None:
        super().__init__(least, 0.0, now)

    def again(self, now: float) -> "_Rising":
        return _Rising(self._least, now)

    def _after(self, seconds: float) -> float:
        return self._least * float(2.0 ** min(seconds / DOUBLED_IN, 50.0))


class _Held(_Growing):
    """Towards a rate that was too much, and when that has held for a while beyond it (as CUBIC has it, RFC 9438)."""

    def _after(self, seconds: float) -> float:
        left = 1 - seconds / REGAINED_IN
        return self._high - (self._high - self._least if left > 0 else self._high * (1 - BELOW)) * left**3
