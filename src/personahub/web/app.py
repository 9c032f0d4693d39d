"""The server: which address is answered by what, and every error in one form."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import orjson
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from personahub.browse.rows import NotReady
from personahub.browse.view import REVIEWER, Reading, Unusable
from personahub.errors import HubBusy, HubError, HubFull, PersonahubError, UsageError
from personahub.review.questions import Unanswerable
from personahub.web import drawing, judging, keeping, looking
from personahub.web.drawing import Picture
from personahub.web.files import answers
from personahub.web.guard import bounded, too_large
from personahub.web.room import Room
from personahub.web.sessions import Session, Sessions
from personahub.web.told import Failure, failure, said
from personahub.web.turns import BEHIND

TYPED, CLICKED, LONG = 3.0, 20.0, 600.0  # seconds of an answer: while somebody types, after a click, of a download
_THREADS, _CALM = 12, 4  # that answer; that wait or answer behind the others

log = logging.getLogger(__name__)
Answer = Callable[[Room, str, Reading], "Mapping[str, object] | Picture"]


@dataclass(frozen=True)
class Endpoint:
    """Args:
    writes: whether a page that is read only refuses it.
    """

    answer: Answer
    seconds: float = CLICKED
    writes: bool = False


def _later(named: str) -> Answer:
    """An answer of a module that the first page does not need, which is loaded when it is first asked for."""
    module, _, name = named.partition(".")

    def answer(room: Room, who: str, given: Reading) -> "Mapping[str, object] | Picture":
        found: Answer = getattr(import_module(f"personahub.web.{module}"), name)
        return found(room, who, given)

    return answer


ENDPOINTS = {
    "hub": Endpoint(looking.hub),
    "columns": Endpoint(looking.columns),
    "records": Endpoint(looking.records, TYPED),
    "counts": Endpoint(looking.counts, CLICKED),
    "record": Endpoint(looking.record, CLICKED),
    "overlap": Endpoint(judging.overlap, writes=True),
    "questions": Endpoint(judging.asked),
    "questions/save": Endpoint(judging.ask, writes=True),
    "judge": Endpoint(judging.judge, writes=True),
    "undo": Endpoint(judging.undo, writes=True),
    "redo": Endpoint(judging.redo, writes=True),
    "bulk": Endpoint(judging.bulk, LONG),
    "progress": Endpoint(judging.progress),
    "selections": Endpoint(keeping.listed),
    "selections/save": Endpoint(keeping.save, LONG, writes=True),
    "selections/remove": Endpoint(keeping.remove, writes=True),
    "export": Endpoint(keeping.put_out, LONG),
    "command": Endpoint(keeping.command),
    "map": Endpoint(drawing.state),
    "map/make": Endpoint(drawing.make),
    "map/picture": Endpoint(drawing.picture),
    "map/points": Endpoint(drawing.points),
    "map/nearest": Endpoint(drawing.nearest),
    "charts": Endpoint(_later("charts.charts")),
    "runs": Endpoint(_later("running.runs")),
    "runs/show": Endpoint(_later("running.show")),
    "runs/preview": Endpoint(_later("running.preview"), LONG),
    "runs/start": Endpoint(_later("running.start"), writes=True),
    "runs/resume": Endpoint(_later("running.resume"), writes=True),
    "forms": Endpoint(_later("running.forms")),
    "job": Endpoint(_later("running.job")),
    "job/stop": Endpoint(_later("running.stop"), writes=True),
}


def application(room: Room, sessions: Sessions) -> Starlette:
    """All that the server answers; the guard stands before it."""
    limiters = CapacityLimiter(_THREADS), CapacityLimiter(_CALM)
    files = answers()
    routes = [Route("/", files["index.html"]), Route("/api/me", _me(sessions), methods=["POST"])]
    routes += [Route(f"/static/{name}", file) for name, file in files.items()]
    routes += [
        Route("/api/export/{key}", _download(room), methods=["GET"]),
        Route("/api/export/{key}/manifest", _manifest(room), methods=["GET"]),
    ]
    routes += [
        Route(f"/api/{name}", _api(room, name, endpoint, limiters), methods=["POST"])
        for name, endpoint in ENDPOINTS.items()
    ]
    handlers = {404: _missing, 405: _method, Exception: _broken, ClientDisconnect: _gone}
    return Starlette(routes=routes, exception_handlers=handlers)


def answer(room: Room, endpoint: Endpoint, who: str, given: Mapping[str, Any]) -> Response:
    """The answer to one request, or the error that it ends in."""
    if endpoint.writes and room.read_only:
        return failure(403, "read_only", "this page was opened to be read only")
    try:
        found = endpoint.answer(room, who, Reading(given))
        return _drawn(found) if isinstance(found, Picture) else said(found)
    except Failure as error:
        return failure(error.status, error.code, error.message, more=error.more)
    except NotReady as waiting:
        job = room.jobs.work(waiting.name, waiting.make)
        return failure(503, "not_ready", str(waiting), job=job.name)
    except PersonahubError as error:
        return _told(error, room)
    except MemoryError:
        return failure(503, "too_slow", "this takes more memory than there is; make it narrower")


def _drawn(picture: Picture) -> Response:
    return Response(picture.data, 200, picture.headers, "image/png")


def _api(room: Room, name: str, endpoint: Endpoint, limiters: tuple[CapacityLimiter, CapacityLimiter]) -> Any:
    async def answered(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return failure(415, "not_json_type", "send application/json")
        body = await bounded(request)
        if body is None:
            return too_large()
        try:
            given = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return failure(400, "not_json", f"the body is no JSON: {error}")
        if not isinstance(given, dict):
            return failure(400, "not_json", "the body must be a JSON object")
        session: Session = request.scope["personahub.session"]
        seconds = CLICKED if _clicked(given) else endpoint.seconds
        calm, gone = request.headers.get("priority") == BEHIND, Event()
        with anyio.move_on_after(seconds) as wait:
            leaving = asyncio.create_task(_left(request, wait))
            work = partial(_in_turn, room, endpoint, session.reviewer, given, gone if calm else None)
            try:
                return await to_thread.run_sync(work, abandon_on_cancel=True, limiter=limiters[calm])
            finally:
                gone.set()
                leaving.cancel()
        if leaving.done():
            raise ClientDisconnect
        log.warning("%s took longer than %g s", name, seconds)
        return failure(503, "too_slow", "this takes too long; make it narrower, or ask again in a while")

    return answered


async def _left(request: Request, wait: anyio.CancelScope) -> None:
    """What the page hung up on is not waited for."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    wait.cancel()


def _in_turn(room: Room, endpoint: Endpoint, who: str, given: Mapping[str, Any], calm: Event | None) -> Response:
    """Args:
    calm: where somebody can wait for it; set when nobody does any more.
    """
    with room.turns.ahead() if calm is None else room.turns.behind(calm):
        return answer(room, endpoint, who, given)


def _clicked(given: Mapping[str, Any]) -> bool:
    """Whether what is asked for is nothing that is asked for at every key."""
    view = given.get("view")
    if not isinstance(view, Mapping):
        return True
    typed = any(view.get(name) for name in ("query", "where"))
    return not typed or any(view.get(name) for name in ("near", "area", "selection"))


def _me(sessions: Sessions) -> Any:
    async def changed(request: Request) -> Response:
        body = await bounded(request)
        try:
            given = orjson.loads(body or b"")
            name = given["reviewer"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return failure(422, "unusable", "a name is needed", field="reviewer", place=None)
        if not isinstance(name, str) or not REVIEWER.fullmatch(name):
            why = "a name has up to 40 letters, digits, spaces, . _ and -"
            return failure(422, "unusable", why, field="reviewer", place=None)
        return said({"reviewer": name}, headers={"set-cookie": sessions.header(name)})

    return changed


def _download(room: Room) -> Any:
    def sent(request: Request) -> Response:
        try:
            found = keeping.download(room, request.path_params["key"])
        except Failure as error:
            return failure(error.status, error.code, error.message)
        return FileResponse(found.path, media_type="application/octet-stream", filename=found.name)

    return sent


def _manifest(room: Room) -> Any:
    def sent(request: Request) -> Response:
        try:
            found = keeping.download(room, request.path_params["key"])
        except Failure as error:
            return failure(error.status, error.code, error.message)
        name = f'attachment; filename="{Path(found.name).stem.encode("ascii", "replace").decode()}.manifest.json"'
        data = orjson.dumps(found.manifest, option=orjson.OPT_INDENT_2)
        return Response(data, 200, {"content-disposition": name}, "application/json")

    return sent


def _told(error: PersonahubError, room: Room) -> Response:
    """An error of the house as an answer."""
    message = str(error)
    if isinstance(error, Unusable | Unanswerable):
        return failure(422, "unusable", message, field=error.field, place=_place(message))
    if isinstance(error, UsageError):
        return failure(422, "unusable", message, field=None, place=_place(message))
    if isinstance(error, HubBusy):
        return failure(503, "busy", message, pid=room.folder.writer)
    if isinstance(error, HubFull):
        return failure(507, "disk", message, file=str(room.folder.judgements.path))
    if isinstance(error, HubError) and any(word in message for word in ("No space left", "Read-only file system")):
        return failure(507, "disk", message, file=str(room.folder.path))
    return failure(500, "failed", message)


def _place(message: str) -> int | None:
    """The character that a message names, from 0."""
    after = message.rpartition(" at character ")[2].partition(":")[0]
    return int(after) - 1 if after.isdecimal() else None


async def _missing(_: Request, __: Exception) -> Response:
    return failure(404, "not_found", "there is nothing at this address")


async def _method(_: Request, __: Exception) -> Response:
    return failure(405, "method", "this address is asked in another way")


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=400)  # nobody hears it


async def _broken(_: Request, error: Exception) -> Response:
    with suppress(Exception):
        log.exception("a request failed", exc_info=error)
    return failure(500, "failed", f"this is a bug of personahub ({type(error).__name__}); the terminal says more")
