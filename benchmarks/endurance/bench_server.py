"""`personahub serve-offline` as the endpoint of a measurement: started, watched, and told to behave otherwise."""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SERVE = [sys.executable, "-m", "personahub", "serve-offline"]
PATIENCE = 60.0  # seconds for one look at its counts


@dataclass(frozen=True, slots=True)
class Counts:
    """What it has seen until now.

    Args:
        repeated: requests for what was asked before.
        answered_twice: right answers that were given once more.
        faults: by kind.
    """

    requests: int
    distinct: int
    repeated: int
    answered: int
    answered_twice: int
    in_flight: int
    faults: Mapping[str, int]

    def since(self, before: "Counts") -> "Counts":
        """What was counted after that; `in_flight` stays that of now."""
        faults = {kind: count - before.faults.get(kind, 0) for kind, count in self.faults.items()}
        return Counts(
            self.requests - before.requests,
            self.distinct - before.distinct,
            self.repeated - before.repeated,
            self.answered - before.answered,
            self.answered_twice - before.answered_twice,
            self.in_flight,
            {kind: count for kind, count in faults.items() if count},
        )


class BenchServer:
    """A server of its own for each measurement, so that its counts are those of one client.

    Args:
        words: options of `serve-offline`.
    """

    def __init__(self, *words: object) -> None:
        command = [*SERVE, *map(str, words)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        line = self._process.stdout.readline()
        found = re.search(r"http://[\w.:/]+", line)
        if not found:
            raise SystemExit(f"this did not start: {' '.join(command)}")
        self.url = found[0].rstrip(".")
        self._host = self.url.removeprefix("http://").partition("/")[0]
        self._turn = threading.Lock()
        self._connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)

    def __enter__(self) -> "BenchServer":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.communicate()

    def counts(self) -> Counts:
        """Raises OSError while it is down."""
        told = self._told("GET", "/stats")
        return Counts(**{name: told[name] for name in Counts.__dataclass_fields__})

    def behave(self, **manners: object) -> None:
        """Change these of its manners, as `PUT /faults` takes them."""
        self._told("PUT", "/faults", json.dumps(manners))

    def _told(self, method: str, path: str, body: str = "") -> dict[str, Any]:
        with self._turn:
            try:
                self._connection.request(method, path, body or None)
                reply = self._connection.getresponse()
                told: dict[str, Any] = json.loads(reply.read())
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                raise ConnectionError(f"{self._host} is down") from error
        if reply.status != 200:
            raise SystemExit(f"{method} {path} {body}: {told}")
        return told


@dataclass
class Watch:
    """Looks at a server's counts again and again while it is entered.

    Args:
        every: seconds between two looks.
    """

    server: BenchServer
    every: float = 0.02
    moments: list[tuple[float, Counts]] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.moments.append((time.monotonic(), self.server.counts()))

    @property
    def span(self) -> float:
        """Seconds from the first request to the last answer, as near as the looks were."""
        begun = [at for at, counts in self.moments if counts.requests]
        most = self.moments[-1][1].answered
        ended = [at for at, counts in self.moments if counts.answered == most]
        return ended[0] - begun[0] if begun else 0.0

    def rate(self, start: float, seconds: float) -> float:
        """Answers a second in that time."""
        return (self.answered(start + seconds) - self.answered(start)) / seconds

    def answered(self, at: float) -> float:
        """Between two looks it is taken to have grown evenly."""
        times, counts = zip(*self.moments, strict=True)
        return float(np.interp(at, times, [one.answered for one in counts]))

    def _look(self) -> None:
        while not self._over.wait(self.every):
            try:
                self.moments.append((time.monotonic(), self.server.counts()))
            except OSError:
                continue
