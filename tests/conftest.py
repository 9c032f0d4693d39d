from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endpoint import Endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; a test that asks for it skips where it is not there."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data is not at {folder}")
    return folder
