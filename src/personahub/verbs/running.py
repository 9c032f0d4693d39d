"""Verbs on recipes, on runs that were, and on models."""

from personahub.options import REACHING, Option
from personahub.verbs.base import Verb

# Why an answer may be of no use and yet the next one be good; `personahub.store.ledger` decides by them.
_MENDABLE = ("refused_by_endpoint", "cut_off", "content_filter", "refusal", "empty", "not_json", "no_answer")

_HUB = Option("hub", "hub to look into; every hub in the current folder where none is given")
_TEMPLATE = Option("template", "a shipped template, or a file of your own that ends in .md", required=True)
_RUN = Option("id", "the run, by the first digits of its id", required=True)

RUNNING = (
    Verb(
        "run",
        "Run the steps of a recipe: one TOML file with the same verbs and options.",
        (Option("recipe", "the recipe file", required=True),),
        (
            Option("hub", "hub to work in, instead of the one the recipe names"),
            Option("model", "model for every step, instead of the one the recipe names", short="m"),
            Option("base_url", "address of the endpoint for every step; may be repeated", default=(), many=True),
            Option("dry_run", "show what each step would ask; ask nothing", bool, False),
        ),
        "personahub run recipes/paper.toml --model offline",
        on_hub=False,
    ),
    Verb(
        "templates list",
        "List the templates that come with the package: what can be written, and what can be set for each.",
        (),
        (),
        "personahub templates list",
        on_hub=False,
    ),
    Verb(
        "templates show",
        "Show one template: its variables and its wording, to copy and change.",
        (_TEMPLATE,),
        (Option("output", "new file that gets a copy of it", short="o"),),
        "personahub templates show math -o my-math.md",
        on_hub=False,
    ),
    Verb(
        "templates check",
        "Check a template before anything is paid for, and show a prompt of it.",
        (_TEMPLATE,),
        (
            Option(
                "set",
                "value of a variable of the template, as name=value or name=@file; may be repeated",
                default=(),
                many=True,
            ),
            Option("answer", "file with an answer such as a model gives, to see what would be kept of it"),
        ),
        "personahub templates check math --set level=olympiad",
        on_hub=False,
    ),
    Verb(
        "runs list",
        "List the runs of a hub, newest first: what was asked of whom, what came of it, and how it ended.",
        (_HUB,),
        (),
        "personahub runs list my.hub",
        on_hub=False,
    ),
    Verb(
        "runs show",
        "Show one run: its settings, each call of it, what was rejected and the endpoint's words, how to go on.",
        (_RUN, _HUB),
        (),
        "personahub runs show 3f0c my.hub",
        on_hub=False,
    ),
    Verb(
        "runs retry",
        "Ask again what a run gave up on, and nothing else; what is not given is as the run had it.",
        (_RUN, _HUB),
        (
            Option(
                "reason",
                f"only what was given up on for this reason, of {', '.join(_MENDABLE)}; may be repeated",
                default=(),
                choices=_MENDABLE,
                many=True,
            ),
            *REACHING,
        ),
        "personahub runs retry 3f0c my.hub --max-tokens 4000",
        on_hub=False,
    ),
    Verb(
        "ui",
        "Open the review page of a hub in a browser: search, look, judge, keep, and see runs; on this machine only.",
        (Option("hub", "the hub", required=True),),
        (
            Option("port", "port to listen on; 0 for any free one", int, 8765, least=0, most=65535),
            Option("open", "open the browser", bool, False),
            Option("host", "address to listen on; beyond this machine only with a password file", default="127.0.0.1"),
            Option("password_file", "file with the password that opens the page, in place of a link that works once"),
            Option("read_only", "judge, save and run nothing; indexes and vectors are still made", bool, False),
            Option(
                "reviewer", "in whose name judgements are kept, until another is told on the page", default="reviewer"
            ),
        ),
        "personahub ui my.hub --open",
        on_hub=False,
    ),
    Verb(
        "serve-offline",
        "Serve the offline writer, and vectors by the static embedder, over HTTP in the OpenAI format, on this machine "
        "only.",
        (),
        (
            Option("port", "port to listen on; any free one where not given", int, 0, least=0, most=65535),
            Option("seed", "seed of the writer", int, 0, least=0),
            Option(
                "latency_ms", "milliseconds that each answer takes; the mean with latency_sigma", float, 0.0, least=0.0
            ),
            Option(
                "latency_sigma", "spread of a log-normal latency; 0 for always the same", float, 0.0, least=0.0, most=5
            ),
            Option(
                "slots",
                "answers worked on at once, while further requests queue; any number where not given",
                int,
                least=1,
            ),
            Option("most_inputs", "texts in a request for vectors; more are refused, as 32 by TEI", int, least=1),
            Option("most_words", "words in a text of which a vector is asked for; more are refused", int, least=1),
            Option("limit_rps", "requests a second that are let in, with HTTP 429 for the others", float, least=0.001),
            Option("no_limit_headers", "leave out the headers that say what is left of the limit", bool, False),
            Option(
                "faults",
                "faults on purpose by kind and share, such as 429=0.02,reset=0.01, or all=0.2 for all that pass; "
                "kinds: 429, 429_after, 500, 503, 503_after, reset, close, stall, drip, truncated, bad_json, html, "
                "wrong_type, error_inside, no_choices, null, bomb, redirect, quota, unauthorized, refused, length, "
                "content_filter",
            ),
            Option("fault_seed", "seed of the draws of faults and latencies", int, 0, least=0),
            Option("retry_after", "seconds that 429_after and 503_after ask a client to wait", float, 1.0, least=0.0),
        ),
        "personahub serve-offline --port 8000 --latency-ms 100 --faults all=0.05",
        on_hub=False,
    ),
)
