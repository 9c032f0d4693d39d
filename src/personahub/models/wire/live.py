"""One endpoint that speaks the OpenAI chat format, asked live: what the models over HTTP have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from personahub.errors import NoReply
from personahub.http import Client, Reply
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Prompt
from personahub.models.wire.chat import Dialect, completion, error_words
from personahub.models.wire.endpoint import BUSY, NOT_TAKEN_STATUS, allowances, retry_after, stop_if_hopeless, told


@dataclass(slots=True)
class Live:
    """Args:
    model: what the endpoint calls it.
    key: never shown, whatever the endpoint echoes.
    settings: sent with every request.
    limit: tokens of the longest answer; 0 leaves it to the endpoint.
    timeout: seconds for one whole request, however slowly it drips.
    dialect: what the endpoint takes, as far as it is known; narrowed by what it refuses.
    """

    model: str
    client: Client
    key: str | None = field(default=None, repr=False)
    settings: Mapping[str, float | int] = field(default_factory=dict)
    limit: int = 0
    timeout: float = 120.0
    dialect: Dialect = field(default_factory=Dialect)

    async def complete(self, prompt: Prompt) -> Completion:
        """One answer; raises ModelError only where every further request would fail as well."""
        try:
            while True:
                dialect = self.dialect
                body = self._body(dialect, prompt)
                reply = await self.client.ask("POST", "/chat/completions", body, timeout=self.timeout)
                if reply.status == 200:
                    return self._answer(reply, prompt.limit or self.limit)
                if reply.status not in NOT_TAKEN_STATUS or not self._learns(dialect, body, reply, prompt):
                    return refusal(self.client.url, reply, self.key)
        except NoReply as error:
            return Completion("", NO_ANSWER, str(error))

    def _body(self, dialect: Dialect, prompt: Prompt) -> bytes:
        return dialect.body(self.model, prompt, self.settings, self.limit)

    def _answer(self, reply: Reply, limit: int) -> Completion:
        try:
            found = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            found = None
        # The headers are looked at only where there are some: it is the hottest place of a run.
        left = allowances(reply.headers)
        if answer := completion(found, limit, left):
            return answer
        words = told(error_words(found), reply.body, self.key)
        return Completion(
            "", NO_ANSWER, f"{self.client.url} answered with something that is no chat completion: {words}"
        )

    def _learns(self, dialect: Dialect, body: bytes, reply: Reply, prompt: Prompt) -> bool:
        """Whether the endpoint only dislikes the form, and there is another to try."""
        if self.dialect is not dialect:  # another request has learned it meanwhile
            return self._body(self.dialect, prompt) != body
        narrowed = dialect.narrowed(said(reply, self.key))
        if narrowed is None or self._body(narrowed, prompt) == body:
            return False
        self.dialect = narrowed
        return True


def refusal(url: str, reply: Reply, key: str | None) -> Completion:
    """What an answer other than 200 means for one request; raises ModelError for what every other would meet too."""
    words = said(reply, key)
    stop_if_hopeless(url, reply, words, has_key=bool(key))
    if reply.status in NOT_TAKEN_STATUS:
        return Completion("", NOT_TAKEN, words)
    return Completion(
        "",
        NO_ANSWER,
        f"{url} answered {reply.status}: {words}",
        busy=reply.status in BUSY,
        wait=retry_after(reply.headers),
        allowances=allowances(reply.headers),
    )


def said(reply: Reply, key: str | None) -> str:
    """The endpoint's words on what it would not do, fit to be shown."""
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        found = None
    return told(error_words(found), reply.body, key)
