"""The review page of a hub, served on this machine."""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from os import PathLike

from personahub.errors import HubError, UsageError
from personahub.hub import Folder
from personahub.verbs import verb


def ui(  # noqa: PLR0913 - its keywords are the options of the verb
    hub: str | PathLike[str],
    *,
    port: int = 8765,
    open: bool = False,  # noqa: A002 - the word people look for
    host: str = "127.0.0.1",
    password_file: str | None = None,
    read_only: bool = False,
    reviewer: str = "reviewer",
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page on which a hub is searched, judged and kept, until the process is stopped.

    Args:
        port: 0 for any free one.
        on_ready: hears the link by which it opens; a new one each time that one was used.

    Raises:
        HubError: there is no hub.
        UsageError: the server is not installed, the port is taken, or others could reach it without a password.
    """
    given = {"hub": hub, "port": port, "open": open, "host": host, "password_file": password_file}
    verb("ui").check({**given, "read_only": read_only, "reviewer": reviewer})
    folder = Folder(hub)
    if not folder.exists:
        raise HubError(f"there is no hub at {folder.path}; 'personahub extract' or 'personahub import' makes one")
    if not (find_spec("starlette") and find_spec("uvicorn")):
        raise UsageError(f"the review page needs its server: {sys.executable} -m pip install 'personahub[ui]'")
    from personahub.web.server import Door, serve  # noqa: PLC0415 - no other verb should pay for loading it

    serve(folder, Door(host, port, password_file, read_only, reviewer), on_ready, browser=open)
