"""What is on the disk of every batch: its requests, how far it has come, and what came back.

The small state file is written before a step on the far side begins and after it is done, so that a process that
dies anywhere leaves behind what the next one needs in order to ask for nothing twice:

    (none)      requests are being gathered: nothing was sent, they are thrown away
    uploaded    the file is there; whether a batch was made of it is found out by its name
    submitted   its id is known
    done        the answers are here, and the requests no longer needed
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex

import orjson

from personahub.errors import failing
from personahub.models.wire.folder import DRAFT, locked, put
from personahub.models.wire.places import Places, Rows, survey

UPLOADED = "uploaded"
SUBMITTED = "submitted"
DONE = "done"

_NAME = re.compile(r"\d{6,}-[0-9a-f]{16}")
_ANSWERS = ("output", "errors")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """How far a batch has come.

    Args:
        name: unlike that of any other batch of anybody.
        address: the endpoint that has it.
        at: the time of the last step, in seconds since 1970.
        attempt: how often a batch was made of its file; 0 where that is not known any more.
        status: what the endpoint said at the end.
    """

    name: str
    step: str
    at: float
    attempt: int = 1
    file_id: str = ""
    batch_id: str = ""
    status: str = ""


class Shelf:
    """The folder of the batches of one model; open while a process works in it.

    Raises:
        HubBusy: another process works in it.
        HubError: the disk does not take or give what it should.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = locked(folder)
        self._folder = folder
        self.places = Places()
        self.pending: list[Record] = []
        self.forms = folder / "forms.json"
        with failing(folder):
            for draft in folder.glob(f"*{DRAFT}"):
                draft.unlink()
            found = {path.name.split(".", 1)[0] for path in folder.iterdir()}
            names = sorted(name for name in found if _NAME.fullmatch(name))
            self._last = max((int(name.partition("-")[0]) for name in names), default=0)
            for name in names:
                self._take_up(name)

    def new_name(self) -> str:
        self._last += 1
        return f"{self._last:06}-{token_hex(8)}"

    def path(self, name: str, what: str) -> Path:
        """Args:
        what: "requests", "output" or "errors".
        """
        return self._folder / f"{name}.{what}.jsonl"

    def ids(self, name: str) -> Iterator[str]:
        """What a batch asks for, by custom_id."""
        with failing(self._folder), self.path(name, "requests").open("rb") as lines:
            for line in lines:
                yield str(orjson.loads(line)["custom_id"])

    def put(self, record: Record) -> Record:
        """Note durably how far it is."""
        put(self._state(record.name), orjson.dumps(asdict(record)))
        return record

    def surveyed(self, name: str) -> list[tuple[Path, Rows]]:
        """Where the answers of a batch lie, read on whatever thread."""
        there = [path for what in _ANSWERS if (path := self.path(name, what)).exists()]
        return [(path, survey(path, self._folder / "places").rows) for path in there]

    def finish(self, record: Record, answers: list[tuple[Path, Rows]]) -> None:
        """Note that the answers are here, and let go of the requests."""
        self.put(record)
        for path, rows in answers:
            self.places.add(path, rows)
        with failing(self._folder):
            self.path(record.name, "requests").unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        """Forget a batch of which nothing was, or will be, worked on."""
        with failing(self._folder):
            self._state(name).unlink(missing_ok=True)
            self.path(name, "requests").unlink(missing_ok=True)

    def way_out(self, name: str) -> str:
        """What to do about a batch that the endpoint does not know any more."""
        state = self._state(name)
        return f"Is it the key with which it was submitted? To ask its requests anew, move {state} away"

    def close(self) -> None:
        self.places.close()
        self._lock.close()

    def _state(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _take_up(self, name: str) -> None:
        record = self._record(name)
        if record is None:
            self.drop(name)
        elif record.step == DONE:
            for path, rows in self.surveyed(name):
                self.places.add(path, rows)
            self.path(name, "requests").unlink(missing_ok=True)
        else:
            self.pending.append(record)

    def _record(self, name: str) -> Record | None:
        """None where nothing was sent yet. A state that is damaged is guessed from what lies beside it."""
        state, requests = self._state(name), self.path(name, "requests").exists()
        if not state.exists():
            return None
        try:
            return Record(**orjson.loads(state.read_bytes()))
        except (ValueError, TypeError):
            at = state.stat().st_mtime
            _log.warning("%s is damaged; %s", state, "looking for its batch" if requests else "its answers are used")
            return Record(name, UPLOADED if requests else DONE, at, attempt=0)
