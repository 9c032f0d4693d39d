"""Any endpoint that speaks the OpenAI chat format, live."""

from collections.abc import Mapping

from personahub.errors import UsageError
from personahub.http import Client
from personahub.models.base import Completion, Prompt
from personahub.models.wire.endpoint import OPENAI_URL, headers_with, key_from
from personahub.models.wire.live import Live

TIMEOUT = 120.0  # seconds; an answer of a few thousand tokens is there by then

_SETTINGS = ("temperature", "seed")


class OpenAI:
    """One model of one endpoint.

    Args:
        settings: temperature and seed, sent where given; else the endpoint decides.
        limit: tokens of the longest answer; 0 leaves it to the endpoint.
        timeout: seconds for one whole request, however slowly it drips.
        concurrency: requests that are soon in flight, where that is known.
    """

    def __init__(  # noqa: PLR0913 - an endpoint has as many settings
        self,
        model: str,
        *,
        base_url: str = OPENAI_URL,
        key: str | None = None,
        settings: Mapping[str, float | int] | None = None,
        limit: int = 0,
        timeout: float = TIMEOUT,
        concurrency: int = 0,
    ) -> None:
        client = Client(base_url, headers_with(key), ahead=max(concurrency - 1, 0))
        self._live = Live(model, client, key, dict(settings or {}), limit, timeout)

    @classmethod
    def open(cls, name: str, options: Mapping[str, object]) -> "OpenAI":
        """The model of "openai:name" with the options of a verb."""
        if not name:
            raise UsageError("which model? Write openai:NAME, such as openai:gpt-4o")
        base_url = str(options.get("base_url") or OPENAI_URL)
        chosen = {field: options.get(field) for field in _SETTINGS}
        return cls(
            name,
            base_url=base_url,
            key=key_from(options, base_url),
            settings={k: v for k, v in chosen.items() if isinstance(v, int | float)},
            limit=int(str(options.get("max_tokens") or 0)),
            timeout=float(str(options.get("timeout") or TIMEOUT)),
            concurrency=int(str(options.get("concurrency") or 0)),
        )

    @property
    def name(self) -> str:
        return f"openai:{self._live.model}"

    @property
    def identity(self) -> str:
        return " ".join([self.name, *(f"{key}={value}" for key, value in sorted(self._live.settings.items()))])

    @property
    def limit(self) -> int:
        return self._live.limit

    @property
    def slots(self) -> int:
        return 0

    @property
    def address(self) -> str:
        return self._live.client.url

    async def complete(self, prompt: Prompt) -> Completion:
        return await self._live.complete(prompt)

    def stop(self) -> None:
        """Nothing waits here."""

    async def close(self) -> None:
        await self._live.client.close()
