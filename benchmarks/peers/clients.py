"""Which clients are measured, and the environment that each has to itself."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "personahub-benchmarks"
BARE, OURS = "aiohttp", "personahub"

# Nobody is told of a run: each client has a switch of its own beside these, and its driver turns it off.
QUIET = {"DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}


@dataclass(frozen=True, slots=True)
class Client:
    """Args:
    name: of its row, its packages and, with underscores, of its driver; a variant stands behind a dot.
    package: what its version is the version of.
    slow: so slow that 20,000 prompts would take minutes.
    only: the scenarios in which it has a row; every one where empty.
    """

    name: str
    package: str
    slow: bool = False
    only: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        return self.name.partition(".")[0]

    @property
    def command(self) -> list[str]:
        """Starts its driver; a job's words are still to be added."""
        python = sys.executable if self.base == OURS else str(HOME / self.base / "bin" / "python")
        driver = HERE / f"{self.base.replace('-', '_')}_driver.py"
        return [python, str(driver), "--variant", self.name.partition(".")[2]]

    @property
    def version(self) -> str:
        if self.base == OURS:
            return version(OURS)
        found = re.search(rf"^{re.escape(self.package)}==(\S+)$", _pins(self.base).read_text("utf-8"), re.MULTILINE)
        assert found, self
        return found[1]

    @property
    def is_there(self) -> bool:
        return self.base == OURS or _is_installed(self.base)


CLIENTS = (
    Client(BARE, "aiohttp"),
    Client(OURS, OURS),
    Client("openai", "openai"),
    Client("openai.aiohttp", "openai"),
    Client("litellm", "litellm"),
    Client("litellm.cache", "litellm", only=("kill",)),
    Client("curator", "bespokelabs-curator"),
    Client("curator.told", "bespokelabs-curator", only=("limit",)),
    Client("data-designer", "data-designer", slow=True),
    Client("distilabel", "distilabel", slow=True),
)


def named(names: list[str]) -> tuple[Client, ...]:
    """These clients with their variants, or all of them; an unknown name ends the program."""
    known = {client.base for client in CLIENTS} | {client.name for client in CLIENTS}
    if unknown := sorted(set(names) - known):
        raise SystemExit(f"there is no client {unknown[0]!r}; there are {', '.join(client.name for client in CLIENTS)}")
    return tuple(client for client in CLIENTS if not names or client.name in names or client.base in names)


def install(names: list[str]) -> None:
    """Make the environments of these clients, with the very versions that are written down; one that fits stays."""
    for base in dict.fromkeys(client.base for client in named(names)):
        if base != OURS and not _is_installed(base):
            print(f"{base}: installing into {HOME / base}", flush=True)
            _install(base)


def _install(base: str) -> None:
    folder = HOME / base
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--requirement", str(_pins(base))], check=True)
    shutil.copy(_pins(base), folder / "installed.txt")
    _is_installed.cache_clear()


@cache
def _is_installed(base: str) -> bool:
    done = HOME / base / "installed.txt"
    return done.exists() and done.read_bytes() == _pins(base).read_bytes()


def _pins(base: str) -> Path:
    return HERE / "requirements" / f"{base}.txt"
