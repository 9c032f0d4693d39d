"""One endpoint: how much it takes at once, how much a minute, and whether it answers at all."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from personahub.models.base import NO_ANSWER, NOT_TAKEN, Allowance, Completion, Model, Prompt
from personahub.models.pacing.bucket import Bucket
from personahub.models.pacing.guess import Guess

MOST = 1024  # in flight, where nobody said a number
FIRST_LIMIT = 8.0  # in flight, where the right number has to be found out, and after a break
BREAK_AFTER = 8  # failures in a row, of whichever prompts: it is the endpoint, not a prompt
FIRST_PAUSE = 0.5  # seconds; doubled at each probe that fails
LONGEST_PAUSE = 10.0
PROBE_ALONE = 0.5  # seconds that the first request of all is given to tell what the endpoint allows
GLIDE = 0.1  # seconds in which new slots are filled: whoever refuses the first of them is not sent all the others
CUT = 0.7  # what is left of the limit after a sign of too much
NEAR = 0.9  # of the limit that was too much: up to there it grows fast again
SLOW = log(2.0)  # over the best latency seen: requests queue in the endpoint, and more would only queue longer
WINDOW = 16  # answers at least over which latency is averaged; of logarithms, as latencies have long tails
STEP = 1.05  # growth in a round trip where the limit has once been too much
FORGOTTEN = 0.002  # a window, of the logarithm of the best latency: answers may become longer for good


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a person lets us go.

    Args:
        concurrency: in flight at most, in each endpoint; None to find out.
        rpm, tpm: requests and tokens a minute, in each endpoint; None to learn them from its headers.
    """

    concurrency: int | None = None
    rpm: float | None = None
    tpm: float | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that is counted on a lane.

    Args:
        probe: it is sent to see whether there is an answer at all.
        tokens: that it was taken to need.
        number: of the requests to this endpoint.
    """

    lane: "Lane"
    probe: bool
    tokens: float
    start: float
    number: int


class Lane:
    """The state of one endpoint; nothing here waits, `Paced` does. Times are seconds of the loop's clock."""

    def __init__(self, model: Model, pace: Pace, dice: random.Random) -> None:
        self.model = model
        self.most = model.slots or pace.concurrency or MOST
        self.in_flight = 0
        self.answered = False  # ever
        self._adaptive = not (model.slots or pace.concurrency)
        self._limit = FIRST_LIMIT if self._adaptive else float(self.most)
        self._threshold = float(self.most)  # below it the limit doubles a round trip, above it it creeps
        self._latency = _Latency()
        self._pace = pace
        self._dice = dice
        self._buckets: dict[str, Bucket] | None = None
        self._tokens = 0.0  # of an answer, on average
        self._probing = not model.slots  # one request first, to see
        self._probes, self._alone_until = 0, 0.0
        self._glide_from, self._glide_until = 0, 0.0
        self._guess: Guess | None = None if pace.rpm else Guess()
        self._not_before = 0.0
        self._failures = self._pauses = 0
        self._trouble, self._since, self._last_trouble = "", 0.0, 0.0

    @property
    def broken(self) -> bool:
        return self._failures >= BREAK_AFTER

    @property
    def load(self) -> float:
        return self.in_flight / self._limit

    def room(self, now: float) -> bool:
        if now < self._not_before or self.in_flight >= int(self._limit):
            return False
        if self._probing and self._probes:
            if now < self._alone_until:
                return False
            if not self._trouble:  # the very first may take its time: no reason to wait for it
                self._probing = False
                self._glide(now)
        if now < self._glide_until and now < self._glides_at(self.in_flight + 1):
            return False
        return not self._buckets or all(bucket.room(now) for bucket in self._buckets.values())

    def ready_at(self, now: float) -> float | None:
        """When time alone makes room; None where only an answer can."""
        if self.in_flight >= int(self._limit):
            return None
        alone = self._alone_until if self._probing and self._probes else 0.0
        glide = self._glides_at(self.in_flight + 1) if now < self._glide_until else 0.0
        filled = (bucket.ready_at(now) for bucket in (self._buckets or {}).values())
        return max([self._not_before, alone, glide, *filled])

    def start(self, prompt: Prompt, now: float) -> Ticket:
        """Count a request that is sent now."""
        if self._buckets is None:
            # A second's worth at once and no more: endpoints that say "a minute" look at seconds.
            minutes = (("requests", self._pace.rpm), ("tokens", self._pace.tpm))
            self._buckets = {kind: Bucket(rate / 60, max(1.0, rate / 60), now) for kind, rate in minutes if rate}
        self.in_flight += 1
        tokens = self._size(prompt) if "tokens" in self._buckets else 0.0
        for kind, bucket in self._buckets.items():
            bucket.draw(tokens if kind == "tokens" else 1.0, now)
        number = self._guess.sent(now) if self._guess else 0
        if self._probing:
            self._probes += 1
            self._alone_until = now + (LONGEST_PAUSE if self._trouble else PROBE_ALONE)
        return Ticket(self, self._probing, tokens, now, number)

    def drop(self, ticket: Ticket) -> None:
        """A request ended without teaching anything."""
        self.in_flight -= 1
        self._probes -= ticket.probe

    def finish(self, ticket: Ticket, completion: Completion, now: float) -> None:
        """What an answer, or the lack of one, teaches."""
        self.drop(ticket)
        if completion.allowances:
            self._learn(completion.allowances, now)
        elif self._buckets and "tokens" in self._buckets:
            used = completion.prompt_tokens + completion.completion_tokens
            self._buckets["tokens"].draw(used - ticket.tokens, now)
        if completion.error != NO_ANSWER:
            self._works(completion, ticket.start, now)
        elif completion.busy:
            self._is_busy(completion, ticket, now)
        else:
            self._failed(completion, ticket.start, now)

    def lost(self, patience: float, now: float) -> bool:
        """Whether it has answered nobody, or will not, for longer than that."""
        return bool(self._trouble) and max(now, self._not_before) - self._since >= patience

    def said(self, now: float) -> str:
        """What keeps it from being asked; "" where nothing does."""
        wait = self._not_before - now
        later = f"; asked again in {wait:.0f} s" if wait >= 1 else "; asking again"
        return self._trouble + later if self._trouble else ""

    def _works(self, completion: Completion, start: float, now: float) -> None:
        self.answered = True
        if self._trouble and start < self._last_trouble:
            return  # it was sent before the trouble began, and says nothing about now
        self._failures = self._pauses = 0
        # A refused prompt shows that somebody is there, not that anything is answered: the next one goes alone too.
        if self._probing and completion.error != NOT_TAKEN:
            self._probing = False
            self._glide(now)
        self._trouble = ""
        self._tokens += 0.05 * (completion.completion_tokens - self._tokens)
        if self._adaptive:
            self._seek(now - start, now)
        elif self._limit < self.most:
            self._limit = min(self._limit + (1.0 if self._limit < self._threshold else 1.0 / self._limit), self.most)

    def _seek(self, seconds: float, now: float) -> None:
        """The limit at which requests begin to queue in the endpoint, a round trip at a time."""
        risen = self._latency.risen(seconds, int(self._limit))
        if risen is None:
            return
        if risen > SLOW:
            self._limit = self._threshold = max(FIRST_LIMIT, self._limit * CUT)
        elif risen < SLOW / 2 and self._limit < self._threshold:
            self._limit = min(self._limit * 2, self.most)
            self._glide(now)
        else:
            self._threshold = min(self._threshold, self._limit)
            self._limit = min(max(self._limit + 1, self._limit * STEP), self.most)

    def _is_busy(self, completion: Completion, ticket: Ticket, now: float) -> None:
        """Nobody is asked before the time it names, and where it lets nobody in one request goes first."""
        # Many refusals come of one moment of too much: only one of them makes the limit smaller.
        if not self._trouble and ticket.start >= self._last_trouble and not completion.allowances:
            self._limit, self._threshold = max(1.0, self._limit * CUT), max(1.0, self._limit * NEAR)
        sent_before = self._trouble and ticket.start < self._last_trouble
        go_on = self._guessed(ticket, now)
        self._in_trouble(completion, now)
        if go_on:
            self._probing = False
        if completion.wait or not (sent_before or go_on):
            self._not_before = max(self._not_before, now + (completion.wait or self._pause()))

    def _guessed(self, ticket: Ticket, now: float) -> bool:
        """Whether to go on after a refusal, at the rate that is guessed."""
        if self._guess is None or self._buckets is None:
            return False
        go_on = self._guess.refused(ticket.number, ticket.start, now)
        self._buckets.pop("guess", None)
        if self._guess.bucket:
            self._buckets["guess"] = self._guess.bucket
        return go_on

    def _failed(self, completion: Completion, start: float, now: float) -> None:
        self._failures += 1
        if self.answered and self._failures < BREAK_AFTER:
            return
        # Those that were in flight when it broke tell nothing new, only a probe does.
        if not self._trouble or start >= self._last_trouble:
            self._not_before = now + max(completion.wait, self._pause())
            self._limit, self._threshold = (
                min(self._limit, FIRST_LIMIT),
                max(FIRST_LIMIT, self._threshold if self._trouble else self._limit * NEAR),
            )
        self._in_trouble(completion, now)

    def _in_trouble(self, completion: Completion, now: float) -> None:
        if not self._trouble:
            self._since = now
        self._probing = True
        self._trouble, self._last_trouble = completion.detail or "no answer", now

    def _glide(self, now: float) -> None:
        """From now on the free slots are filled one after the other."""
        self._glide_from, self._glide_until = self.in_flight, now + GLIDE

    def _glides_at(self, number: int) -> float:
        """When so many may be in flight."""
        slots = max(self._limit - self._glide_from, 1.0)
        return self._glide_until - GLIDE * (1.0 - (number - self._glide_from) / slots)

    def _pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._pauses)
        self._pauses += 1
        return longest * self._dice.uniform(0.5, 1.0)

    def _learn(self, allowances: Mapping[str, Allowance], now: float) -> None:
        """Buckets from the endpoint's own words, where a person has not said better."""
        buckets = self._buckets if self._buckets is not None else {}
        told = {"requests": self._pace.rpm, "tokens": self._pace.tpm}
        for kind, allowance in allowances.items():
            if told.get(kind):
                continue
            if kind == "requests":  # told is better than guessed
                self._guess = None
                buckets.pop("guess", None)
            if kind not in buckets:
                buckets[kind] = Bucket(allowance.most / 60, allowance.most, now)
            unseen = self.in_flight * (1.0 if kind == "requests" else self._tokens)
            buckets[kind].correct(allowance, unseen, now)

    def _size(self, prompt: Prompt) -> float:
        """Tokens, roughly: four characters each, and an answer such as came before."""
        return sum(len(message.content) for message in prompt.messages) / 4 + self._tokens


class _Latency:
    """How much longer requests take than they did at their best."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0
        self._best: float | None = None

    def risen(self, seconds: float, in_flight: int) -> float | None:
        """The logarithm of that ratio when a round trip of answers has come; None between."""
        self._sum += log(max(seconds, 1e-6))
        self._count += 1
        if self._count < max(WINDOW, in_flight):
            return None
        mean, self._sum, self._count = self._sum / self._count, 0.0, 0
        self._best = mean if self._best is None else min(mean, self._best + FORGOTTEN)
        return mean - self._best
