"""What personahub promises of long and unlucky runs, looked at from outside: the command line, real HTTP, real files.

    python benchmarks/endurance.py kills [--kills 200] [--save]
    python benchmarks/endurance.py all --save

Each name measures one promise and says of each part of it whether it was kept; the exit code is 1 where one was not.
Linux only; `disk` needs the right to mount a tmpfs.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))
sys.path.insert(0, str(Path(__file__).parent / "endurance"))

from benchmarks_of_endurance import BENCHMARKS
from promises import Line, Promise

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    given = _given()
    names = list(BENCHMARKS) if given.name == "all" else [given.name]
    broken = 0
    for name in names:
        lines = []
        for line in _page(name, given):
            print(line, flush=True)
            lines.append(str(line))
            broken += isinstance(line, Promise) and line.kept is False
        if given.save:
            (RESULTS / f"endurance_{name}.md").write_text("\n".join(lines) + "\n", "utf-8")
    sys.exit(1 if broken else 0)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = parser.add_subparsers(dest="name", required=True)
    for name, benchmark in BENCHMARKS.items():
        one = names.add_parser(name, help=benchmark.title.lower(), description=benchmark.about)
        for setting, (default, help_) in benchmark.settings.items():
            option = f"--{setting.replace('_', '-')}"
            one.add_argument(option, type=type(default), default=default, help=f"{help_} (default: {default})")
    names.add_parser("all", help="all of them, with their defaults, one after the other")
    for one in names.choices.values():
        one.add_argument("--save", action="store_true", help="write benchmarks/results/endurance_NAME.md")
    return parser.parse_args()


def _page(name: str, given: argparse.Namespace) -> Iterator[Line]:
    benchmark = BENCHMARKS[name]
    settings = {setting: getattr(given, setting, default) for setting, (default, _) in benchmark.settings.items()}
    yield f"# Endurance: {benchmark.title}\n\n{benchmark.about}\n"
    yield from benchmark.measure(**settings)
    changed = "".join(
        f" --{setting.replace('_', '-')} {value}"
        for setting, value in settings.items()
        if value != benchmark.settings[setting][0]
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    yield (
        f"\n{datetime.now(UTC):%d %B %Y}, personahub {version('personahub')}, pylance {version('pylance')}, Python "
        f"{platform.python_version()}, {os.cpu_count()} cores that server and client share, load {load} at the end.\n\n"
        f"Again: `python benchmarks/endurance.py {name}{changed}`."
    )


if __name__ == "__main__":
    main()
