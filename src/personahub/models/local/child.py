"""The program of the process that holds the model: llama.cpp behind HTTP on loopback, for as long as its owner lives.

It is a process of its own because a fault in native code, or the system's hunt for memory, ends a whole process:
this one can be started again. It reads one line of JSON, writes one line of JSON, and ends when its input does.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any

MISSING = "missing"

_PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's: answers on their way may still arrive
    said = os.dup(1)
    os.dup2(2, 1)  # native code writes where it likes, but not into the answer
    asked = json.loads(sys.stdin.buffer.readline() or b"null")
    if asked is None:
        return
    _end_with(asked["owner"])
    answer, server = _served(asked)
    os.write(said, json.dumps(answer).encode() + b"\n")
    if server is not None:
        threading.Event().wait()
    os._exit(1)


def _end_with(owner: int) -> None:
    """The kernel's word where it gives one, at once even during a load; the end of the input everywhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != owner:
            os._exit(0)
    threading.Thread(target=_until_the_input_ends, daemon=True).start()


def _until_the_input_ends() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _served(asked: dict[str, Any]) -> tuple[dict[str, object], object]:
    """What to tell the owner, and the server, which lives as long as it is held."""
    try:
        import xllamacpp  # noqa: PLC0415 - an extra
    except ImportError as error:
        return {"error": str(error), MISSING: True}, None
    params = xllamacpp.CommonParams()
    params.model.path = asked["path"]
    params.n_ctx = asked["context"]
    params.n_parallel = asked["parallel"]
    params.cpuparams.n_threads = asked["threads"]
    params.cpuparams_batch.n_threads = asked["threads"]
    params.n_threads_http = asked["parallel"] * 2 + 4  # a connection that broke keeps its own for a while
    params.api_keys = [asked["key"]]
    params.default_template_kwargs = {"enable_thinking": "false"}
    # Its own reading of answers ends many that were cut off, or asked for by a schema, in an HTTP 500.
    params.force_pure_content_parser = True
    params.cache_ram_mib = 0  # else up to 8 GiB of prompts that will not be asked again
    params.endpoint_slots = False  # it would show the prompts
    params.ui = False
    params.verbosity = 1  # errors only
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        return {"error": str(error)}, None
    return {"url": server.listening_address}, server


if __name__ == "__main__":
    main()
