from collections.abc import Iterator

import pytest

from personahub.errors import UsageError
from personahub.sandbox import KINDS, Sandbox, sandbox


@pytest.fixture(scope="module", params=sorted(KINDS))
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each sandbox that is there."""
    try:
        with sandbox(request.param) as opened:
            yield opened
    except UsageError as error:
        pytest.skip(str(error))
