"""So many requests or tokens a second: a bucket that fills at a rate and is drawn from."""

from personahub.models.base import Allowance


class Bucket:
    """Args:
    rate: units a second.
    most: units it holds when nothing was drawn for a while.
    level: units it holds now; None for the most.
    """

    def __init__(self, rate: float, most: float, now: float, level: float | None = None) -> None:
        self.rate = rate
        self._most = most
        self._level = most if level is None else level
        self._at = now
        self._measured_on = 0.0  # of `_most`, drawn when the rate was last read off an endpoint's headers

    def room(self, now: float) -> bool:
        return self._filled(now) >= 1.0

    def draw(self, units: float, now: float) -> None:
        """Below nothing where more is drawn than there is: what comes next waits until that is made good."""
        self._level = self._filled(now) - units

    def ready_at(self, now: float) -> float:
        """When there is room again."""
        return now + max(0.0, 1.0 - self._filled(now)) / self.rate

    def correct(self, allowance: Allowance, unseen: float, now: float) -> None:
        """Believe the endpoint.

        Args:
            unseen: drawn since, which its headers could not count yet.
        """
        used = allowance.most - allowance.left
        # Headers round to milliseconds or seconds: the more was used, the better they tell the rate.
        if used > 0 and allowance.seconds > 0 and used >= min(self._measured_on, 0.2 * allowance.most):
            self.rate, self._measured_on = used / allowance.seconds, used
        self._most = allowance.most
        self._level, self._at = allowance.left - unseen, now

    def _filled(self, now: float) -> float:
        self._level = min(self._most, self._level + (now - self._at) * self.rate)
        self._at = now
        return self._level
