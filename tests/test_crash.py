"""kill -9 again and again while the endpoint fails in every way: nothing lost, nothing doubled, little paid twice."""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "peers"))
sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "endurance"))

from bench_server import BenchServer
from commands import well
from killing import GROUP, killed, lost_by_cuts, opens, verified
from peopled_hub import accounts, asking, peopled

KILLS = 10
ROWS = 600
CUTS = 30
LEAST_KINDS = 12  # of the nineteen kinds of fault that the server draws from
FAULTS = ("--faults", "all=0.15,refused=0.01,length=0.02", "--retry-after", "0.1", "--latency-ms", "10")


def test_a_run_killed_again_and_again_at_a_failing_endpoint_ends_whole(tmp_path: Path) -> None:
    dice = random.Random(3)
    with BenchServer(*FAULTS) as server:
        hub = peopled(tmp_path, ROWS)
        words = asking(hub, server.url, "--timeout", 0.5, concurrency=32)
        seen = killed(words, server, KILLS, dice, work_seconds=0.4)
        assert seen.count == KILLS
        assert accounts(hub).add_up, accounts(hub)
        counts = server.counts()
        assert counts.answered_twice <= seen.in_flight + GROUP * seen.count
        assert len(counts.faults) >= LEAST_KINDS, counts.faults

        assert opens(hub / "journal")
        assert verified(hub / "journal").damaged == 0
        assert seen.journal
        assert lost_by_cuts(seen.journal, CUTS, dice) == 0

        again = well(*words)
        assert again.requests == 0, "all was done"
        tally = again.report["tallies"]["samples"]
        assert tally["read"] == tally["kept"] + sum(tally["rejected"].values())
        assert tally["kept"] == accounts(hub).samples
