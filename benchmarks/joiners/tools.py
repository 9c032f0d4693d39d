"""Which tools are measured, and the environment that each has to itself."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from clients import HOME, OURS

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Tool:
    """Args:
    name: of its row, its packages and, with underscores, of its driver; a variant stands behind a dot.
    about: how it is used.
    most: texts it is given at most, where more would take too long or too much memory.
    """

    name: str
    about: str
    most: int = 10**9

    @property
    def base(self) -> str:
        return self.name.partition(".")[0]

    @property
    def command(self) -> list[str]:
        """Starts its driver; texts and output are still to be added."""
        python = sys.executable if self.base == OURS else str(self.home / "bin" / "python")
        driver = HERE / f"{self.base.replace('-', '_')}_join.py"
        return [python, str(driver), "--variant", self.name.partition(".")[2]]

    @property
    def home(self) -> Path:
        return HOME / f"dedup-{self.base}"

    @property
    def pins(self) -> Path:
        return HERE / "requirements" / f"{self.base}.txt"

    @property
    def version(self) -> str:
        if self.base == OURS:
            return version(OURS)
        found = re.search(rf"^{re.escape(self.base)}==(\S+)$", self.pins.read_text("utf-8"), re.MULTILINE)
        assert found, self
        return found[1]

    @property
    def is_there(self) -> bool:
        done = self.home / "installed.txt"
        return self.base == OURS or (done.exists() and done.read_bytes() == self.pins.read_bytes())

    def install(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(self.home)], check=True)
        pip = [str(self.home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--requirement", str(self.pins)], check=True)
        shutil.copy(self.pins, self.home / "installed.txt")


TOOLS = (
    Tool(OURS, "the exact join"),
    Tool(f"{OURS}.minhash", "16 bands of 8, verified"),
    Tool("rensa.estimated", "16 bands, those whose values say at least 0.9"),
    Tool("rensa.candidates", "16 bands, all that share one"),
    Tool("daft", "16 bands of 8 of its `minhash`, a group-by of each"),
    Tool("gaoya", "16 bands of 8, which say at least 0.9"),
    Tool("datasketch", "`MinHashLSH` as it sets itself for 0.9"),
    Tool("text-dedup", "as it sets itself for 0.9", 100_000),
    Tool("datatrove", "16 buckets of 8", 20_000),
    Tool("semhash", "vectors of our own for words; cosine 0.947", 20_000),
)


def named(names: list[str]) -> tuple[Tool, ...]:
    """These tools with their variants, or all of them; an unknown name ends the program."""
    known = {tool.base for tool in TOOLS} | {tool.name for tool in TOOLS}
    if unknown := sorted(set(names) - known):
        raise SystemExit(f"there is no tool {unknown[0]!r}; there are {', '.join(tool.name for tool in TOOLS)}")
    return tuple(tool for tool in TOOLS if not names or tool.name in names or tool.base in names)
