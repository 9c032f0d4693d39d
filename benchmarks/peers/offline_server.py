"""`personahub serve-offline` as the endpoint of one measurement, and what it counts."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

COMMAND = [sys.executable, "-m", "personahub", "serve-offline"]
PATIENCE = 30.0  # seconds for one look at its counts


@dataclass(frozen=True, slots=True)
class Counts:
    """What has happened until now.

    Args:
        twice: prompts that were answered more than once.
        first, last: when the first request came in and the last answer went out, in seconds of its clock.
    """

    requests: int
    answered: int
    twice: int
    in_flight: int
    first: float | None
    last: float | None


class Endpoint:
    """A server of its own for each measurement, so that its counts are those of one client.

    Args:
        settings: options of `serve-offline` by name; an unknown one ends the program.
    """

    def __init__(self, settings: Mapping[str, object]) -> None:
        if missing := sorted(set(settings) - options()):
            raise SystemExit(f"this serve-offline has no --{missing[0]}, which the scenario needs")
        words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        line = self._process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            raise SystemExit(f"serve-offline did not start: {line}")
        self.url = found[0].rstrip(".")
        host = self.url.removeprefix("http://").partition("/")[0]
        self._connection = http.client.HTTPConnection(host, timeout=PATIENCE)

    def __enter__(self) -> "Endpoint":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()

    def counts(self) -> Counts:
        self._connection.request("GET", "/stats")
        told = json.loads(self._connection.getresponse().read())
        answered = told.get("answered", told["requests"])
        twice = told.get("answered_twice", told["repeated"])
        in_flight = told.get("in_flight", told["requests"] - answered)
        return Counts(told["requests"], answered, twice, in_flight, told.get("first_s"), told.get("last_s"))


@cache
def options() -> frozenset[str]:
    """What `serve-offline` can be told."""
    told = subprocess.run([*COMMAND, "--help"], check=True, capture_output=True, text=True).stdout
    return frozenset(re.findall(r"--([a-z][a-z-]+)", told))
