import shutil
from pathlib import Path

import pytest

from tests.health.made import whole_hub

__all__ = ["whole_hub"]


@pytest.fixture
def hub(whole_hub: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(whole_hub, tmp_path / "my.hub"))
