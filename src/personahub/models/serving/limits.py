"""A limit of requests a second, told in the headers that OpenAI tells it in."""

import math


class Bucket:
    """A token bucket that holds what one second brings, and at least one.

    Args:
        rate: tokens a second.
        now: seconds on any clock that does not go back; the same for the calls.
    """

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._most = self._left = max(1.0, rate)
        self._at = now

    def take(self, now: float) -> float:
        """0 where there was a token to take, else the seconds until there is one."""
        self._fill(now)
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self.rate

    def headers(self, now: float) -> dict[str, str]:
        self._fill(now)
        return {
            "x-ratelimit-limit-requests": f"{math.floor(self._most)}",
            "x-ratelimit-remaining-requests": f"{math.floor(self._left)}",
            "x-ratelimit-reset-requests": duration((self._most - self._left) / self.rate),
        }

    def _fill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self.rate)
        self._at = now


def duration(seconds: float) -> str:
    """As OpenAI writes it, rounded up to a millisecond: "16ms", "1s", "8.64s", "6m0s", "1h0m0s"."""
    left = math.ceil(round(seconds * 1000, 6))
    if 0 < left < 1000:
        return f"{left}ms"
    minutes, left = divmod(left, 60_000)
    hours, minutes = divmod(minutes, 60)
    lead = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{lead}{decimal(left / 1000)}s"


def decimal(seconds: float) -> str:
    """As "0.4", rounded up to a millisecond."""
    return f"{math.ceil(round(seconds * 1000, 6)) / 1000:.3f}".rstrip("0").rstrip(".")
