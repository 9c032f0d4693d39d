from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.argilla.server import Argilla
from tests.argilla.town import Town


@pytest.fixture
def argilla(monkeypatch: pytest.MonkeyPatch) -> Iterator[Argilla]:
    server = Argilla()
    monkeypatch.setenv("ARGILLA_API_KEY", server.key)
    monkeypatch.setenv("ARGILLA_API_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town.hub")
