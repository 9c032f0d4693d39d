"""What looking for near vectors takes of memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.vectors.made import crowded

_PEAK = """
import sys
import numpy as np
from personahub.vectors.near import Near
from personahub.vectors.rows import Rows
held = np.memmap(sys.argv[1], np.float32, "r").reshape(-1, 32)
getattr(Near(0.9, few=0), sys.argv[2])(Rows(held))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")


def _peak_mb(folder: Path, vectors: np.ndarray, look: str) -> float:
    file = folder / f"{look}-{len(vectors)}.f32"
    vectors.tofile(file)
    done = subprocess.run([sys.executable, "-c", _PEAK, str(file), look], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.parametrize("look", ["linked", "starred"])
def test_it_grows_by_little_more_than_the_file(tmp_path: Path, look: str) -> None:
    """4 x 32 bytes a row of the file, which is mapped, and some 120 of what is kept of it; never as the pairs do."""
    vectors = np.tile(crowded(15_000, 32, seed=1), (4, 1))
    vectors[15_000:] = np.roll(vectors[15_000:], 3, axis=1)
    small, large = _peak_mb(tmp_path, vectors[:15_000], look), _peak_mb(tmp_path, vectors, look)
    assert large - small < 60, f"{small:.0f} MB for 15,000 rows, {large:.0f} MB for 60,000"


@pytest.mark.parametrize("look", ["linked", "starred"])
def test_a_crowd_takes_no_more(tmp_path: Path, look: str) -> None:
    """20,000 that are all near to each other: 200 million pairs, 3.2 GB if they were listed."""
    crowd = crowded(1, 32, seed=2) + 0.02 * np.random.default_rng(0).standard_normal((20_000, 32)).astype(np.float32)
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    alone = _peak_mb(tmp_path, crowded(20_000, 32, seed=3)[:19_999], look)
    assert _peak_mb(tmp_path, crowd.astype(np.float32), look) < alone + 60
