"""A chat endpoint of our own on loopback that misbehaves as the first part of its path says."""

import asyncio
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator

from aiohttp import web

KEY = "sk-right-key-123456"


class Endpoint:
    """Runs in a thread. `url("html")` is a base URL whose answers are HTML; `url("good")` answers well.

    Args:
        host: as it stands in an address.
        tls: with it, it speaks HTTPS.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._host, self._tls = host, tls
        self.asked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, object]] = []
        self.times: list[float] = []
        self.words = ""  # of "particular", which dislikes the first request and no other
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def url(self, fault: str) -> str:
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}/{fault}/v1"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/{fault}/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, self._host.strip("[]"), 0, ssl_context=self._tls)
        self._loop.run_until_complete(site.start())
        self._port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault = request.match_info["fault"]
        self.asked[fault] += 1
        self.headers.append(dict(request.headers))
        self.times.append(time.monotonic())
        body = await request.json()
        self.bodies.append(body)
        said = body["messages"][-1]["content"]
        answer: web.StreamResponse = await getattr(self, f"_{fault}")(request, said)
        return answer

    async def _good(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat(
            "Math problem: at one cent a letter, which no clerk ever forgot, how many cents does it cost to copy "
            f"{said[-40:]!r}?"
        )

    async def _locked(self, request: web.Request, said: str) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            echo = request.headers.get("Authorization", "nothing")
            return web.json_response({"error": {"message": f"bad key, you sent {echo}"}}, status=401)
        return await self._good(request, said)

    async def _no_model(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.json_response({"error": {"message": "The model does not exist"}}, status=404)

    async def _html(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.Response(text="<html><body>Welcome to the proxy \x1b[31m</body></html>", content_type="text/html")

    async def _endless(self, request: web.Request, said: str) -> web.StreamResponse:
        async def forever() -> AsyncIterator[bytes]:
            for _ in range(1000):
                yield b"x" * 2**16

        return web.Response(body=forever(), content_type="application/json")

    async def _drip(self, request: web.Request, said: str) -> web.StreamResponse:
        async def slowly() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" "
                await asyncio.sleep(0.1)

        return web.Response(body=slowly(), content_type="application/json")

    async def _redirect(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": "http://127.0.0.2/v1"})

    async def _quota(self, request: web.Request, said: str) -> web.StreamResponse:
        error = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
        return web.json_response(error, status=429)

    async def _refuses(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.json_response({"error": {"message": "this is not this model's day"}}, status=400)

    async def _error_inside(self, request: web.Request, said: str) -> web.StreamResponse:
        if self.asked["error_inside"] == 1:
            return web.json_response({"error": {"message": "upstream is busy"}})
        return chat("Math problem: a baker who has one loaf bakes one more of them; how many are there?")

    async def _busy(self, request: web.Request, said: str) -> web.StreamResponse:
        """Answers the first request, then says 429 twice, then answers on."""
        if 1 < self.asked["busy"] < 4:
            return web.json_response({"error": "slow down"}, status=429, headers={"Retry-After": "0.7"})
        return chat("Math problem: a baker who has two loaves bakes two more of them; how many are there?")

    async def _particular(self, request: web.Request, said: str) -> web.StreamResponse:
        if self.asked["particular"] == 1:
            return web.json_response({"error": {"message": self.words}}, status=400)
        return await self._good(request, said)

    async def _some_refused(self, request: web.Request, said: str) -> web.StreamResponse:
        if "plumber" in said:
            return web.json_response({"error": {"message": "content filter"}}, status=400)
        return await self._good(request, said)

    async def _some_fail(self, request: web.Request, said: str) -> web.StreamResponse:
        if "plumber" in said:
            return web.json_response({"error": {"message": "out of order"}}, status=500)
        return await self._good(request, said)

    async def _mixed(self, request: web.Request, said: str) -> web.StreamResponse:
        if "nurse" in said:
            return chat("Math problem: a nurse has", finish="length")
        return await self._some_refused(request, said)

    async def _second_refused(self, request: web.Request, said: str) -> web.StreamResponse:
        """Refuses the second sample from a plumber."""
        if self.bodies[-1].get("seed") == 1:
            return await self._some_refused(request, said)
        return await self._good(request, f"{said} {self.bodies[-1].get('seed')}")

    async def _roomy(self, request: web.Request, said: str) -> web.StreamResponse:
        """Needs room for a thousand tokens."""
        if int(str(self.bodies[-1].get("max_tokens", 0))) < 1000:
            return await self._cut_off(request, said)
        return await self._good(request, said)

    async def _domain(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat('{"domain": "law"}')

    async def _json(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat(json.dumps({"problem": f"How many letters are in {said[-40:]!r}?"}))

    async def _slow(self, request: web.Request, said: str) -> web.StreamResponse:
        await asyncio.sleep(0.4)
        return await self._good(request, said)

    async def _stuck(self, request: web.Request, said: str) -> web.StreamResponse:
        await asyncio.sleep(60)
        return await self._good(request, said)

    async def _rude(self, request: web.Request, said: str) -> web.StreamResponse:
        """Answers the first request, then says 429 once, with words that would command a terminal."""
        if self.asked["rude"] == 2:
            words = {"error": {"message": "\x1b[2J\x1b]0;owned\x07 slow \x9b31m down"}}
            return web.json_response(words, status=429, headers={"Retry-After": "1.5"})
        return await self._good(request, said)

    async def _dies(self, request: web.Request, said: str) -> web.StreamResponse:
        if self.asked["dies"] > 3:
            return web.json_response({}, status=503)
        return await self._good(request, said)

    async def _cut_off(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat("Math problem: a train leaves at", finish="length")

    async def _refusal(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat("I'm sorry, but I can't help with that.")

    async def _no_choices(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.json_response({"choices": [], "usage": None})

    async def _null(self, request: web.Request, said: str) -> web.StreamResponse:
        return web.json_response({"choices": [{"message": {"content": None}, "finish_reason": "stop"}]})

    async def _hostile(self, request: web.Request, said: str) -> web.StreamResponse:
        return chat(
            "Math problem: \x1b[2J\x00 {{persona}} ' OR 1=1; <script>alert(1)</script> \u202e [bold] "
            "and how many loaves are left of the twelve?"
        )


def chat(text: str, finish: str = "stop") -> web.Response:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 5}
    return web.Response(body=json.dumps({"choices": [choice], "usage": usage}), content_type="application/json")
