"""personahub beside other clients: the same prompts, the same server, one after the other, each a process of its own.

    python benchmarks/peers.py install [NAME...]
    python benchmarks/peers.py measure speed [--clients NAME...] [--repeat 3] [--save]

Scenarios are speed, kill, refused, limit, cut_off and stragglers. Each client is installed by pip into an environment
of its own below ~/.cache/personahub-benchmarks, in the versions of peers/requirements. Their telemetry is off. Linux
only.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from clients import Client, install, named
from scenarios import SCENARIOS, Wanted

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    given = _given()
    if given.verb == "install":
        install(given.names)
        return
    for name in given.scenarios or SCENARIOS:
        lines = []
        for line in _page(name, given):
            print(line, flush=True)
            lines.append(line)
        if given.save:
            (RESULTS / f"peers_{name}.md").write_text("\n".join(lines) + "\n", "utf-8")


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("install", help="make the environments of these clients, or of all")
    make.add_argument("names", nargs="*")
    measure = verbs.add_parser("measure", help="measure in these scenarios, or in all")
    measure.add_argument("scenarios", nargs="*", metavar="scenario", help=", ".join(SCENARIOS))
    measure.add_argument("--clients", nargs="*", default=[])
    measure.add_argument("--count", type=int, help="prompts, where not those of the scenario")
    measure.add_argument("--concurrency", type=int, nargs="*", default=[])
    measure.add_argument("--repeat", type=int, default=1, help="show the middle one of so many (speed, stragglers)")
    measure.add_argument("--save", action="store_true", help="write benchmarks/results/peers_SCENARIO.md")
    given = parser.parse_args()
    if unknown := sorted(set(getattr(given, "scenarios", [])) - SCENARIOS.keys()):
        parser.error(f"there is no scenario {unknown[0]!r}; there are {', '.join(SCENARIOS)}")
    return given


def _page(name: str, given: argparse.Namespace) -> Iterator[str]:
    """The page of results, line by line, while they are measured."""
    scenario = SCENARIOS[name]
    clients = tuple(client for client in named(given.clients) if not client.only or name in client.only)
    there = tuple(client for client in clients if client.is_there)
    yield f"# Peers: {scenario.title}\n"
    yield f"{scenario.about}\n"
    yield f"| {' | '.join(scenario.columns)} |\n|{'---|' * len(scenario.columns)}"
    for row in scenario.rows(Wanted(there, given.count, tuple(given.concurrency), given.repeat)):
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield f"\n{_circumstances(there, name, given)}"
    if missing := [client.name for client in clients if not client.is_there]:
        yield f"\nNot installed and so not measured: {', '.join(missing)}."


def _circumstances(clients: tuple[Client, ...], name: str, given: argparse.Namespace) -> str:
    versions = dict.fromkeys(f"{client.package} {client.version}" for client in clients)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    middle = f"; the middle one of {given.repeat}" if given.repeat > 1 and name in ("speed", "stragglers") else ""
    again = " ".join(word for word in sys.argv[1:] if word != "--save")
    return (
        f"{datetime.now(UTC):%d %B %Y}, Python {platform.python_version()}, {os.cpu_count()} cores that server and "
        f"client share, load {load} at the end{middle}. {', '.join(versions)}.\n\n"
        f"Again: `python benchmarks/peers.py install`, then `python benchmarks/peers.py {again}`."
    )


if __name__ == "__main__":
    main()
