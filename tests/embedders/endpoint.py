"""An endpoint for vectors on loopback that misbehaves as the first part of its path says."""

import asyncio
import base64
import hashlib
import json
import threading
from collections import Counter
from types import TracebackType
from typing import Any

import numpy as np
from aiohttp import web

DIM = 16

Body = dict[str, Any]


def vector(text: str, dim: int = DIM, salt: str = "") -> np.ndarray:
    """Of a direction that the text alone decides, and of no particular length."""
    seed = int.from_bytes(hashlib.sha256((salt + text).encode()).digest()[:8], "little")
    return np.random.default_rng(seed).standard_normal(dim).astype(np.float32)


class VectorEndpoint:
    """Runs in a thread. `url("floats")` is a base URL that knows no base64; `url("good")` answers well."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()  # requests by fault
        self.texts: Counter[str] = Counter()  # that got a vector
        self.bodies: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.salt = ""  # another one is another model
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def __enter__(self) -> "VectorEndpoint":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def url(self, fault: str) -> str:
        return f"http://127.0.0.1:{self._port}/{fault}/v1"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/{fault}/v1/embeddings", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        self._port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = request.match_info["fault"]
        self.asked[fault] += 1
        body = await request.json()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        answer: web.StreamResponse = getattr(self, f"_{fault}")(request, body)
        return answer

    def _given(self, body: Body, *, packed: bool | None = None, dim: int = DIM) -> list[dict[str, object]]:
        texts = body["input"]
        self.texts.update(texts)
        packed = body.get("encoding_format") == "base64" if packed is None else packed
        data: list[dict[str, object]] = []
        for place, text in enumerate(texts):
            made = vector(text, dim, self.salt)
            said = base64.b64encode(made.tobytes()).decode() if packed else made.tolist()
            data.append({"index": place, "embedding": said})
        return data

    def _good(self, request: web.Request, body: Body) -> web.Response:
        return _said(self._given(body))

    def _floats(self, request: web.Request, body: Body) -> web.Response:
        if "encoding_format" in body:
            return _refused("Unrecognized request argument supplied: encoding_format")
        return _said(self._given(body))

    def _deaf(self, request: web.Request, body: Body) -> web.Response:
        """Does not look at the form that is asked for."""
        return _said(self._given(body, packed=False))

    def _shuffled(self, request: web.Request, body: Body) -> web.Response:
        return _said(self._given(body)[::-1])

    def _numberless(self, request: web.Request, body: Body) -> web.Response:
        return _said([{"embedding": one["embedding"]} for one in self._given(body)])

    def _short(self, request: web.Request, body: Body) -> web.Response:
        return _said(self._given(body)[:-1])

    def _infinite(self, request: web.Request, body: Body) -> web.Response:
        return _said([{"index": place, "embedding": [1e999] * DIM} for place in range(len(body["input"]))])

    def _wider(self, request: web.Request, body: Body) -> web.Response:
        return _said(self._given(body, dim=DIM if self.asked["wider"] == 1 else 2 * DIM))

    def _single(self, request: web.Request, body: Body) -> web.Response:
        """Takes one text at a time and says so in words of its own."""
        if len(body["input"]) > 1:
            return _refused("this deployment would rather have one")
        return _said(self._given(body))

    def _long(self, request: web.Request, body: Body) -> web.Response:
        """Takes 500 characters, as a model with a window."""
        if (longest := max(map(len, body["input"]))) > 500:
            return _refused(f"This model's maximum context length is 500 tokens. However, you requested {longest}.")
        return _said(self._given(body))

    def _failing_long(self, request: web.Request, body: Body) -> web.Response:
        """Says the same as llama.cpp does."""
        if max(map(len, body["input"])) > 500:
            said = {"error": {"message": "input is too large to process. increase the physical batch size"}}
            return web.json_response(said, status=500)
        return _said(self._given(body))

    def _prudish(self, request: web.Request, body: Body) -> web.Response:
        if any("gin" in text.split() for text in body["input"]):
            return _refused("no spirits here")
        return _said(self._given(body))

    def _choosy(self, request: web.Request, body: Body) -> web.Response:
        """Takes our four texts and no other."""
        if any("persona" in text for text in body["input"]):
            return _refused("not today")
        return _said(self._given(body))

    def _locked(self, request: web.Request, body: Body) -> web.Response:
        said = {"error": {"message": f"wrong key: {request.headers.get('Authorization', 'none')}"}}
        return web.json_response(said, status=401)

    def _fixed(self, request: web.Request, body: Body) -> web.Response:
        """Makes no shorter vectors and says nothing."""
        return self._good(request, body)

    def _shorter(self, request: web.Request, body: Body) -> web.Response:
        return _said(self._given(body, dim=int(str(body["dimensions"]))))


def _said(data: list[dict[str, object]]) -> web.Response:
    usage = {"prompt_tokens": 3 * len(data), "total_tokens": 3 * len(data)}
    return web.Response(body=json.dumps({"data": data, "usage": usage}), content_type="application/json")


def _refused(words: str) -> web.Response:
    return web.json_response({"error": {"message": words}}, status=400)
