"""Reviewers who judge at once over HTTP while the server is killed, and what is left of what it acknowledged."""

import http.client
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from personahub.hub import Folder
from personahub.store.judged import Said
from tests.web.served import Served

TABLE = "samples"
LONGEST = 0.05  # seconds from the judgement that a kill waits for to the kill


@dataclass(frozen=True)
class Killed:
    """What the log held when the server was there again.

    Args:
        acknowledged: judgements that reviewers had been told of.
        lost: of these, those that are not in the log as they were sent.
        untold: those that are in it and that nobody had been told of.
    """

    acknowledged: int
    lost: int
    untold: int


@dataclass
class Reviewers:
    """Each judges all records once; what gets no answer is sent again with the same key, as the page does.

    Args:
        told: by key the revision that the server acknowledged.
        took: seconds of each answer that came.
        wrong: answers that should not have come.
    """

    served: Served
    records: Sequence[str]
    names: Sequence[str] = ("ann", "bob", "cat", "dan")
    told: dict[str, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _calm: Event = field(default_factory=Event)

    def judge(self, kills: int, seed: int = 0) -> list[Killed]:
        """All of them, with so many kills on the way."""
        dice, found = random.Random(seed), []
        threads = [Thread(target=self._judge, args=(self._page(name),), name=name) for name in self.names]
        whole = len(self.names) * len(self.records)
        self._calm.set()
        for thread in threads:
            thread.start()
        for part in range(kills):
            wanted = round(whole * (part + dice.uniform(0.5, 0.9)) / kills)
            while len(self.told) < wanted and not self.wrong:
                time.sleep(0.001)
            time.sleep(dice.uniform(0, LONGEST))
            found.append(self._kill())
        for thread in threads:
            thread.join()
        return found

    def log(self) -> list[Said]:
        return Folder(self.served.hub).judgements.log(TABLE, list(self.records))

    def lost(self) -> list[str]:
        """Keys of what was acknowledged and is not in the log as it was sent."""
        there = {said.key: (said.reviewer, said.record, said.status, dict(said.answers)) for said in self.log()}
        return [key for key in dict(self.told) if there.get(key) != self._meant(key)]

    def doubled(self) -> list[tuple[str, str]]:
        """Records and reviewers of whom the log has more than one judgement, whatever its key."""
        said = Counter((one.record, one.reviewer) for one in self.log())
        return [one for one, times in said.items() if times > 1]

    def _kill(self) -> Killed:
        self._calm.clear()
        self.served.kill()
        self.served.start()
        told = set(self.told)
        found = Killed(len(told), len(self.lost()), len({said.key for said in self.log()} - told))
        self._calm.set()
        return found

    def _page(self, name: str) -> Served:
        answer = self.served.post("/api/me", {"reviewer": name})
        page = Served.__new__(Served)
        page.port, page.cookie = self.served.port, (answer.headers["set-cookie"] or "").split(";")[0]
        return page

    def _judge(self, page: Served) -> None:
        name = page.api("hub")["reviewer"]
        for number in range(len(self.records)):
            key = f"{name}{number:08d}"
            while not self.wrong and key not in self.told:
                self._calm.wait()
                self._send(page, key)

    def _send(self, page: Served, key: str) -> None:
        start = time.perf_counter()
        try:
            answer = page.post("/api/judge", self._sent(key))
        except (OSError, http.client.HTTPException):
            return  # it is dead, or died over this
        if answer.code in ("too_slow", "busy"):
            return
        if answer.status != 200:
            self.wrong.append(f"{key}: {answer.status} {answer.body[:300]!r}")
            return
        self.took.append(time.perf_counter() - start)
        self.told[key] = answer.json["judgement"]["revision"]

    def _sent(self, key: str) -> dict[str, Any]:
        number = int(key[-8:])
        action = "discard" if number % 7 == 3 else "submit"
        answers = {"rating": 1 + number % 5, "feedback": f"said once as {key}"}
        record = self.records[number]
        return {"table": TABLE, "id": record, "action": action, "answers": answers, "revision": 0, "key": key}

    def _meant(self, key: str) -> tuple[str, str, str, dict[str, Any]]:
        sent = self._sent(key)
        status = {"submit": "submitted", "discard": "discarded"}[sent["action"]]
        return key[:-8], sent["id"], status, sent["answers"]
