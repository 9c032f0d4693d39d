"""From a hub and a door to a page that is served, and how it ends."""

import ipaddress
import shutil
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn

from personahub.browse.view import REVIEWER
from personahub.errors import UsageError
from personahub.hub import Folder
from personahub.web.app import application
from personahub.web.guard import Guard
from personahub.web.room import Room
from personahub.web.sessions import Sessions, kept_key, read_password
from personahub.web.warming import warm

# Seconds in which a hub may be read before the link is told: beside a browser that fetches the page both take longer.
_READING = 2.0
_STOPPING = 3  # seconds that requests may take when it is stopped
_CLEAR = (
    "Others can reach this page, and what they send, the password too, goes in clear text: use a network you trust, or "
    "a tunnel such as ssh -L."
)


@dataclass(frozen=True)
class Door:
    """Where the page is reached, and by whom.

    Args:
        port: 0 for any free one.
        reviewer: the name of who comes by the link.
    """

    host: str
    port: int
    password_file: str | None
    read_only: bool
    reviewer: str


def serve(folder: Folder, door: Door, on_ready: Callable[[str], None], *, browser: bool) -> None:
    """Serve until the process is stopped.

    Raises UsageError where it cannot be served so.
    """
    if not REVIEWER.fullmatch(door.reviewer):
        raise UsageError(f"reviewer {door.reviewer[:60]!r} is no name: up to 40 letters, digits, spaces, . _ and -")
    password = read_password(door.password_file)
    if not _is_loopback(door.host) and password is None:
        raise UsageError(f"host {door.host} can be reached by others: give a --password-file. {_CLEAR}")
    with _listening(door.host, door.port) as sock:
        port = sock.getsockname()[1]
        room = Room(folder, door.read_only)
        sessions = Sessions(str(folder.path.resolve()), port, door.reviewer, kept_key(), password)
        guard = Guard(
            application(room, sessions),
            sessions,
            _hosts(door.host, port),
            lambda: on_ready(f"For another browser: {_link(door.host, sessions)}"),
        )
        read, ending = threading.Event(), threading.Event()
        warming = threading.Thread(target=warm, args=(room, door.reviewer, read, ending), name="warm")
        warming.start()
        try:
            read.wait(_READING)
            if not _is_loopback(door.host):
                on_ready(_CLEAR)
            on_ready(f"The page is at {_link(door.host, sessions)}")
            if browser:
                webbrowser.open(_link(door.host, sessions))
            _served(guard, sock)
        finally:
            ending.set()
            warming.join()  # the interpreter must not end under compiled code that is at work
            for job in room.jobs.live():
                on_ready(f"Waiting until this can be left: {job.what}")
            room.jobs.close()
            if "scratch" in vars(room):
                shutil.rmtree(room.scratch, ignore_errors=True)


def _link(host: str, sessions: Sessions) -> str:
    """How the page opens: by a link that works once, or by a form for the password."""
    shown = host if _is_loopback(host) else socket.gethostname()
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{sessions.port}/auth"
    return address if sessions.password else f"{address}?token={sessions.token}"


def _served(app: Any, sock: socket.socket) -> None:
    """Until Ctrl-C or SIGTERM, both of which end it as they should."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_STOPPING,
        timeout_keep_alive=30,
    )

    def ended(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    here = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, ended) if here else None
    try:
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[sock])
    finally:
        if here:
            signal.signal(signal.SIGTERM, before)


def _listening(host: str, port: int) -> socket.socket:
    sock = None
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(*address[:3])  # with its protocol, or every answer waits 40 ms for the other side
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address[4])
        sock.listen(128)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise UsageError(f"{host} port {port} cannot be listened on ({error.strerror}); name another --port") from error
    return sock


def _hosts(host: str, port: int) -> set[str]:
    """What may stand in the Host header: another name for this address is somebody's trick."""
    names = {"127.0.0.1", "localhost", "[::1]"}
    if not _is_loopback(host):
        names |= {host.lower(), socket.gethostname().lower()}
        with suppress(OSError):
            names |= {str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None)}
    return {f"{name}:{port}" for name in names} | ({*names} if port == 80 else set())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
