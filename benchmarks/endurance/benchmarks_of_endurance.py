"""The list of what is measured."""

import budgets
import changes
import full_disk
import killing
import limits
import long_run
import nineteen_runs
import pairs
import refusals
import storms
import tails
from promises import Benchmark

BENCHMARKS = {
    "million": Benchmark(
        "A million requests",
        "One `synthesize` at 64 in flight over a hub of as many imported people, at a server that answers at once; "
        "beside it the same over 10,000. Memory is the process's own high-water mark (VmHWM); the tenths are those of "
        "the server's answers.",
        long_run.measure,
        {
            "count": (1_000_000, "requests"),
            "hub": ("", "a hub to copy, which is made there first where it is not; else one is made for this run"),
        },
    ),
    "kills": Benchmark(
        "Kills",
        "`kill -9` at random moments of a run at 64 in flight whose endpoint fails one request in five in every way "
        "there is, with a few prompts that it refuses and a few answers that it cuts off; started again until all is "
        "done. A fifth of the kills come at any moment from the start of the process on, the others while it asks. "
        "What was answered twice is the server's own count.",
        killing.measure,
        {
            "kills": (200, "how often it is killed"),
            "rows": (5_000, "people in the hub at first; as many again whenever all is done"),
            "cuts": (1_000, "cuts of the journal that a kill left"),
            "timeout": (3.0, "seconds for a request"),
            "seed": (0, "of the moments, the cuts and the faults"),
        },
    ),
    "disk": Benchmark(
        "A full disk",
        "The hub lies on a tmpfs that is full in the middle of the work, is made a little larger, and so again; then "
        "it has room.",
        full_disk.measure,
        {
            "fills": (20, "how often it is full"),
            "rows": (20_000, "people in the hub"),
            "step_kb": (512, "kB of room more each time, at most"),
            "seed": (0, "of the room"),
        },
    ),
    "storm": Benchmark(
        "Storms",
        "A run at 64 in flight and 100 ms an answer, in the middle of which the endpoint turns everybody away, and "
        "another in the middle of which it is not there. What came when is the server's own count, looked at fifty "
        "times a second.",
        storms.measure,
        {
            "storm_s": (30.0, "seconds of HTTP 429"),
            "retry_after": (2.0, "seconds that each of them asks to wait"),
            "down_s": (20.0, "seconds in which the endpoint is down"),
        },
    ),
    "two": Benchmark(
        "Two endpoints",
        "The same model at two endpoints of different speed, 64 in flight at each, beside each of them alone; rates "
        "from the first request to the last answer.",
        pairs.measure,
        {
            "first_ms": (100.0, "milliseconds an answer at one"),
            "second_ms": (40.0, "and at the other"),
            "seconds": (10.0, "of work for each measurement"),
            "repeat": (3, "turns, of which the middle one counts"),
        },
    ),
    "budget": Benchmark(
        "Budgets",
        "Limits of requests, tokens and money at 64 in flight, then the same command without one. Requests are the "
        "server's count (one in twenty fails and is sent again), tokens and money are read from the journal; over at "
        "most is 64 times the dearest answer.",
        budgets.measure,
        {
            "rows": (3_000, "people in the hub"),
            "requests": (1_000, "limit"),
            "tokens": (200_000, "limit"),
            "cost": (1.0, "limit in US dollars, at 2.5 and 10 for a million tokens"),
        },
    ),
    "faults": Benchmark(
        "Nineteen faults",
        "Every fourth prompt meets the fault at its first answer, or at its first two where it is asked again at "
        "once; 8 in flight, three further tries. Waits and requests are as the server saw them.",
        nineteen_runs.measure,
        {
            "rows": (32, "people in the hub"),
            "timeout": (4.0, "seconds for a request"),
            "wait": (2.0, "seconds that an endpoint asks to wait"),
        },
    ),
    "refused": Benchmark(
        "Refused prompts",
        "Prompts that the endpoint refuses with HTTP 400 however often they are asked, until its rules change.",
        refusals.refused,
        {"rows": (1_000, "people in the hub"), "hit": (6, "of them are refused")},
    ),
    "limit": Benchmark(
        "Rate limit",
        "An endpoint that lets so many requests a second in and answers the others with HTTP 429 and Retry-After, "
        "100 ms an answer; the command is told nothing of it. Ideal is the time in which the limit lets in what one "
        "second's worth at the start has left.",
        limits.measure,
        {
            "rate": (60, "requests a second"),
            "rows": (1_000, "people in the hub"),
            "concurrency": (256, "requests in flight, where a number is given"),
        },
    ),
    "cut_off": Benchmark(
        "Answers that are cut off",
        "Answers with finish_reason length, which are whole when asked for with more room.",
        refusals.cut_off,
        {"rows": (500, "people in the hub"), "hit": (24, "of their answers are cut off")},
    ),
    "stragglers": Benchmark(
        "Stragglers",
        "64 in flight, answers after 100 ms in the mean, log-normal with sigma 1.2, each prompt's the same for both; "
        "from the first request to the last answer at the server, turn by turn.",
        tails.measure,
        {"rows": (2_000, "people in the hub"), "repeat": (3, "turns, of which the middle one counts")},
    ),
    "changes": Benchmark(
        "Changes",
        "`extract` over a file of texts, and again after a change of one thing. A question is a text in a wording; "
        "its requests are counted by the server.",
        changes.measure,
        {"rows": (300, "texts")},
    ),
}
