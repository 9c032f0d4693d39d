"""The lines of a batch file: a request with a custom_id, and what came back for it, in OpenAI's form.

Shared by the models whose answers come in files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import orjson

from personahub.http import Reply
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Prompt
from personahub.models.wire.chat import Dialect, completion, error_words
from personahub.models.wire.endpoint import NOT_TAKEN_STATUS, told
from personahub.models.wire.folder import put
from personahub.text import content_id

CHAT = "/v1/chat/completions"
NEVER_WORKED_ON = ("batch_expired", "batch_cancelled")
OUT_OF_CREDIT = (b"insufficient_quota", b"billing_hard_limit_reached")
_STATUS_OF = {"request_timeout": 408}
_SETTINGS = ("temperature", "seed")


@dataclass(frozen=True, slots=True)
class Form:
    """What every request of a model has beside its prompt.

    Args:
        settings: temperature and seed, sent where given.
        limit: tokens of the longest answer; 0 leaves it to the endpoint.
        dialect: what the endpoint takes, as far as it is known.
    """

    model: str
    settings: Mapping[str, float | int] = field(default_factory=dict)
    limit: int = 0
    dialect: Dialect = field(default_factory=Dialect)

    @classmethod
    def of(cls, model: str, options: Mapping[str, object]) -> "Form":
        """With the options of a verb."""
        chosen = {name: options.get(name) for name in _SETTINGS}
        settings = {name: value for name, value in chosen.items() if isinstance(value, int | float)}
        return cls(model, settings, int(str(options.get("max_tokens") or 0)))

    @property
    def name(self) -> str:
        """As of the live model: rows say who wrote, not how it was carried."""
        return f"openai:{self.model}"

    @property
    def identity(self) -> str:
        """As of the live model, so that an answer from a batch answers the same question asked live."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in sorted(self.settings.items()))])

    def body(self, prompt: Prompt) -> bytes:
        return self.dialect.body(self.model, prompt, self.settings, self.limit)

    def learned(self, prompt: Prompt, said: str) -> "Form | None":
        """A form that may be taken where this one was refused in these words; None where the prompt is at fault."""
        narrowed = self.dialect.narrowed(said)
        if narrowed is None or narrowed.body(self.model, prompt, self.settings, self.limit) == self.body(prompt):
            return None
        return replace(self, dialect=narrowed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line says.

    Args:
        status: of HTTP; 0 where the request was never worked on.
        body: what was said with a status that is no 200.
    """

    completion: Completion
    status: int = 200
    body: bytes = b""

    @property
    def good(self) -> bool:
        return self.completion.error not in (NO_ANSWER, NOT_TAKEN)

    @property
    def final(self) -> bool:
        """Whether asking again cannot help."""
        return self.completion.error != NO_ANSWER

    @property
    def hopeless(self) -> bool:
        """Whether no other prompt would fare better, until a person has mended something."""
        return self.status in (401, 402, 403, 404) or _spent(self.body)

    @property
    def failed(self) -> bool:
        """Whether it was worked on, or should have been, and came to nothing."""
        return not self.final and not self.hopeless and self.status != 0

    @property
    def reply(self) -> Reply:
        """As it would have come live."""
        return Reply(402 if _spent(self.body) else self.status, {}, self.body)


def custom_id_of(body: bytes) -> str:
    """The name of a request: the same question has the same name in every run."""
    return content_id(body.decode())


def request_line(custom_id: str, body: bytes) -> bytes:
    return b'{"custom_id":"%s","method":"POST","url":"%s","body":%s}\n' % (custom_id.encode(), CHAT.encode(), body)


def named(line: bytes) -> str | None:
    """The custom_id of a line; None where it has none."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    custom_id = found.get("custom_id") if isinstance(found, dict) else None
    return custom_id if isinstance(custom_id, str) else None


def answers(lines: Iterable[bytes], custom_id: str, limit: int) -> list[Answer]:
    """What those lines say to this id.

    Args:
        limit: tokens of the longest answer that was asked for.
    """
    found = []
    for line in lines:
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(said, dict) and said.get("custom_id") == custom_id:
            found.append(_answer(said, line, limit))
    return found


def best(found: list[Answer]) -> Answer | None:
    """The first good one; else the first that is final; else the last."""
    return next(
        (one for one in found if one.good), next((one for one in found if one.final), found[-1] if found else None)
    )


def known_form(form: Form, path: Path) -> Form:
    """The form less what the endpoint is known to refuse, as `keep_form` has put it down."""
    try:
        found = orjson.loads(path.read_bytes()).get(form.model)
        return replace(form, dialect=Dialect(**{**found, "left_out": frozenset(found["left_out"])})) if found else form
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return form  # it is learned again, at the price of a refusal


def keep_form(form: Form, path: Path) -> None:
    try:
        held = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        held = {}
    known = held if isinstance(held, dict) else {}
    put(path, orjson.dumps({**known, form.model: {**asdict(form.dialect), "left_out": sorted(form.dialect.left_out)}}))


def _answer(said: dict[str, object], line: bytes, limit: int) -> Answer:
    response, error = said.get("response"), said.get("error")
    reply = response if isinstance(response, dict) else {}
    # Some runners put the completion where OpenAI has a status and a body.
    body = reply if "choices" in reply else reply.get("body")
    code = error.get("code") if isinstance(error, dict) else None
    status = reply.get("status_code") or (200 if body and not error else _STATUS_OF.get(str(code), 500))
    if code in NEVER_WORKED_ON:
        status = 0
    if status == 200 and not error:
        told_words = told(error_words(body), orjson.dumps(body), None)
        none = Completion("", NO_ANSWER, f"an answer that is no chat completion: {told_words}")
        return Answer(completion(body, limit) or none)
    words = told(error_words(body) or error_words({"error": error}) or error_words(error), line, None)
    refused = orjson.dumps([body, error])
    kind = NOT_TAKEN if status in NOT_TAKEN_STATUS and not _spent(refused) else NO_ANSWER
    return Answer(Completion("", kind, words), status if isinstance(status, int) else 500, refused)


def _spent(refused: bytes) -> bool:
    return any(code in refused for code in OUT_OF_CREDIT)
