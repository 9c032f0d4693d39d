"""What is held in memory does not grow with the data."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ALLOWED_MB = 40

# A command, and the peak of the process that ran it; what a parent counts of a child includes the parent's own.
_COMMAND = """
import sys
from personahub.cli.main import main
try:
    main()
except SystemExit as done:
    assert done.code == 0
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def _peak_mb(folder: Path, count: int) -> float:
    path = folder / f"{count}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            first = f"Report {number}: the harvest of field {number % 977} was weighed twice. "
            file.write(json.dumps({"text": first + "Rain fell again. " * 40}) + "\n")
    hub = str(folder / f"{count}.hub")
    return max(
        _ran("extract", hub, str(path), "--model", "offline"),
        _ran("synthesize", hub, "math", "--model", "offline"),
        _ran("export", hub, "math", "-o", f"{hub}.jsonl"),
    )


def _ran(*words: str) -> float:
    command = [sys.executable, "-c", _COMMAND, *words, "--quiet"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak memory is read from /proc")
def test_five_times_the_texts_take_no_more_memory(tmp_path: Path) -> None:
    """From where three parts are in memory at a time; what the libraries keep for themselves settles slowly."""
    small, large = _peak_mb(tmp_path, 5_000), _peak_mb(tmp_path, 25_000)
    assert large < small + ALLOWED_MB, f"{small:.0f} MB for 5,000 texts, {large:.0f} MB for 25,000"
