"""Each of the nineteen faults in a small run of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from commands import Ended, ran
from nineteen import AGAIN, CAPPED, DEADLINE, FAULTS, STAYS, STOPS, WAITS, Fault, FaultServer, bomb
from peopled_hub import Accounts, accounts, asking, peopled
from promises import Line, Promise, head, row

CONCURRENCY = 8
NO_MODEL = 4  # exit code
SLACK = 1.5  # seconds for the pause before another try
CAP_MB = 8
TIMES = {AGAIN: 2, DEADLINE: 1, CAPPED: 1}  # answers of a hit prompt that are the fault; 1 where not here


def measure(*, rows: int, timeout: float, wait: float) -> Iterator[Line]:
    yield head("fault", "wanted", "seen", "MB", "ok")
    good = 0
    plain = _run(Fault("none", AGAIN, FAULTS[0].send), rows, timeout, wait, times=0)[1].peak
    for fault in FAULTS:
        # An empty answer is paid for, so it is asked for once more and not three times.
        times = 1 if "null" in fault.name else TIMES.get(fault.wanted, 1)
        server, ended, found, mended = _run(fault, rows, timeout, wait, times=times)
        seen, ok = judged(server, ended.code, found.samples, rows, timeout)
        if fault.wanted in (STOPS, STAYS):
            ok = ok and ended.is_one_sentence and mended.samples == rows
        if fault.wanted is CAPPED:
            ok = ok and ended.peak - plain <= CAP_MB * CONCURRENCY
        good += ok
        yield row(fault.name, fault.wanted, seen, f"{ended.peak:,.0f}", "yes" if ok else "NO")
    yield ""
    yield f"Without a fault the process takes {plain:,.0f} MB; the bomb has {len(bomb()) // 1024:,} kB on the wire.\n"
    yield Promise("each of the nineteen ends as wanted", f"{good} of {len(FAULTS)}", good == len(FAULTS))


def judged(server: FaultServer, code: int, samples: int, rows: int, timeout: float) -> tuple[str, bool]:
    """What was seen of a run, in words, and whether that is as wanted."""
    wanted, hits, asked = server.fault.wanted, server.hits, len(server.seen)
    if wanted in (STOPS, STAYS):
        more = server.after_the_first_hit - 1
        there = f", {server.elsewhere} to the other host" if wanted is STAYS else ""
        ok = code == NO_MODEL and more < 2 * CONCURRENCY and not server.elsewhere
        return f"exit code {code}, {more} requests after the first{there}", ok
    ok = code == 0 and hits > 0 and samples == rows and asked == rows + hits
    told = f"{samples} of {rows} rows, {asked} requests of which {hits} in vain"
    if wanted is WAITS:
        return f"{told}; shortest wait {server.shortest_wait:.2f} s, {server.early} too early", ok and not server.early
    if wanted is DEADLINE:
        longest = server.longest_wait
        return f"{told}; asked again after {longest:.1f} s at most", ok and timeout - 0.1 <= longest <= timeout + SLACK
    return told, ok


def _run(
    fault: Fault, rows: int, timeout: float, wait: float, *, times: int
) -> tuple[FaultServer, Ended, Accounts, Accounts]:
    """The server, the run's end, where its rows went, and where when the fault is mended and it is run again."""
    with tempfile.TemporaryDirectory() as scratch, FaultServer(fault, wait=wait, times=times) as server:
        hub = peopled(Path(scratch), rows)
        words = asking(hub, server.url, "--timeout", timeout, "--retries", 3, concurrency=CONCURRENCY)
        ended = ran(*words)
        found = mended = accounts(hub)
        if ended.code:
            asked = len(server.seen)
            server.mended = True
            ran(*words)
            mended = accounts(hub)
            del server.seen[asked:]
    return server, ended, found, mended
