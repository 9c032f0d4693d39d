"""Every verb with its options, once: the command line and the recipes are made from this list, and a test
holds the Python signatures in `api` to it. It imports nothing, so that `--help` costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personahub.errors import UsageError


@dataclass(frozen=True, slots=True)
class Option:
    """A keyword of a verb: `--max-chars` on the command line, `max_chars` everywhere else.

    Args:
        many: takes any number of values: an argument several words, an option several times.
        short: its one-letter form on the command line.
    """

    name: str
    help: str
    kind: type = str
    default: Any = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    required: bool = False
    many: bool = False
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """Args:
    on_hub: a method of a hub; else a function of the package.
    """

    name: str
    summary: str
    arguments: tuple[Option, ...] = ()
    options: tuple[Option, ...] = ()
    example: str = ""
    on_hub: bool = True

    @property
    def method(self) -> str:
        """What Python calls it: `import` is a word of its own there, and `run` a module of the package."""
        return {"import": "import_", "run": "run_recipe"}.get(self.name, self.name.replace("-", "_"))

    @property
    def settings(self) -> dict[str, Option]:
        return {option.name: option for option in (*self.arguments, *self.options)}

    def check(self, given: Mapping[str, object]) -> None:
        """Raise UsageError for a name this verb does not have, a missing one, or a value it cannot mean."""
        for name in given:
            if name not in self.settings:
                raise UsageError(f"{self.name} has no option {name!r}; it has {', '.join(self.settings)}")
        for name, option in self.settings.items():
            if option.required and given.get(name) in (None, (), [], ""):
                raise UsageError(f"{self.name} needs {name}: {option.help}")
            _check_value(self.name, option, given.get(name))


def _check_value(verb: str, option: Option, value: object) -> None:
    if value is None or option.many:
        return
    wanted = {int: "a whole number", float: "a number", bool: "true or false"}.get(option.kind)
    fits = isinstance(value, (int, float) if option.kind is float else option.kind) and (
        option.kind is bool or not isinstance(value, bool)
    )
    if wanted and not fits:
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be {wanted}")
    if option.choices and value not in option.choices:
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be one of {', '.join(option.choices)}")
    if isinstance(value, int | float) and not (
        (option.least is None or value >= option.least) and (option.most is None or value <= option.most)
    ):
        bounds = f"at least {option.least:g}" + ("" if option.most is None else f" and at most {option.most:g}")
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be {bounds}")


_SOURCES = Option(
    "sources",
    "files, folders or globs of txt, md, jsonl, json, csv, parquet (.gz and .zst too); - for standard input; "
    "hf:OWNER/NAME or a URL with the extra 'datasets'",
    required=True,
    many=True,
)
_LIMIT = Option("limit", "stop after so many inputs", int, least=1)
_TEMPLATE = Option("template", "your own wording: a .md file, or the name of a shipped one")

ASKING = (
    Option(
        "model",
        "who writes: offline (a rule-based writer, no LLM, for trying things out) or openai:NAME",
        required=True,
        short="m",
    ),
    Option(
        "base_url",
        "address of an OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1; given several times, the same "
        "model at several endpoints",
        default=(),
        many=True,
    ),
    Option(
        "key_file", "file that holds the endpoint's key; else PERSONAHUB_API_KEY, or OPENAI_API_KEY for OpenAI itself"
    ),
    Option(
        "concurrency",
        "requests in flight at most, in each endpoint; where not given, as many as it answers without slowing down",
        int,
        least=1,
        most=50_000,
    ),
    Option("rpm", "requests a minute at most; learned from the endpoint's headers where not given", float, least=0.1),
    Option("tpm", "tokens a minute at most; learned from the endpoint's headers where not given", float, least=1),
    Option("retries", "further tries of a request that got no answer", int, 5, least=0, most=100),
    Option("timeout", "seconds for one request; 120 where not given, 900 for local", float, least=0.1),
    Option(
        "patience", "seconds to wait for an endpoint that answers nobody, before giving up", float, 600.0, least=0.0
    ),
    Option("temperature", "sampling temperature; the endpoint's own where not given", float, least=0.0),
    Option("max_tokens", "longest answer in tokens; the endpoint's own where not given", int, least=1),
    Option("seed", "sampling seed, where the model has one", int, least=0),
    Option("max_cost", "stop when this call has cost so many US dollars; needs a price", float, least=0.0),
    Option("max_total_tokens", "stop when this call has used so many tokens, asked and answered", int, least=1),
    Option("max_requests", "stop when this call has sent so many requests", int, least=1),
    Option("max_seconds", "stop asking after so many seconds", float, least=0.1),
    Option("prices", "TOML file of prices; ~/.config/personahub/prices.toml where not given"),
    Option(
        "reuse", "another hub whose answers to the same questions are taken; may be repeated", default=(), many=True
    ),
    Option(
        "dry_run",
        "show the first prompts, how many requests and tokens it would take and what they cost; ask nothing",
        bool,
        False,
    ),
)

VERBS = (
    Verb(
        "extract",
        "Infer personas from texts: who would read, write, like or dislike each?",
        (_SOURCES,),
        (
            *ASKING,
            Option("granularity", "how specific the personas are", default="fine", choices=("coarse", "fine")),
            Option("personas_per_text", "personas asked for from each text", int, 1, least=1, most=20),
            Option("text_column", "column or field that holds the text; found where not given"),
            Option("max_chars", "longer documents are cut at sentence ends", int, 8000, least=200),
            Option(
                "keep_texts", "keep the texts in the hub, or only their ids", default="full", choices=("full", "id")
            ),
            _TEMPLATE,
            _LIMIT,
        ),
        "personahub extract my.hub notes/*.txt pages.jsonl --model offline",
    ),
    Verb(
        "expand",
        "Infer further personas from those in a close relationship with each, hop by hop.",
        (),
        (
            *ASKING,
            Option("hops", "how far from the web texts; the paper takes six", int, 1, least=1, most=6),
            Option("branch", "related personas asked for from each", int, 3, least=1, most=20),
            _TEMPLATE,
            Option("limit", "stop after so many personas in each hop", int, least=1),
        ),
        "personahub expand my.hub --hops 2 --model offline",
    ),
    Verb(
        "quality",
        "Drop personas that are unusable, each with a reason; nothing is deleted.",
        (),
        (
            Option("language", "also drop personas in other languages: en, zh, ..."),
            Option("min_words", "shortest persona in words", int, 3, least=1),
            Option("max_words", "longest persona in words", int, 250, least=1),
        ),
        "personahub quality my.hub --language en",
    ),
    Verb(
        "dedup",
        "Drop near duplicates among the personas, by MinHash and exact Jaccard; nothing is deleted.",
        (),
        (
            Option("threshold", "word-set Jaccard from which two personas are one", float, 0.9, least=0.5, most=1.0),
            Option("permutations", "MinHash values for each persona", int, 128, least=16, most=1024),
            Option("ngram", "words in a row that count as one", int, 1, least=1, most=10),
        ),
        "personahub dedup my.hub --threshold 0.9",
    ),
    Verb(
        "synthesize",
        "Write samples from each persona's point of view.",
        (Option("task", "what to write: math, or the name your samples shall have with --template", required=True),),
        (
            *ASKING,
            Option("samples", "samples from each persona, each with a seed of its own", int, 1, least=1, most=1000),
            _TEMPLATE,
            _LIMIT,
        ),
        "personahub synthesize my.hub math --model openai:gpt-4o --limit 500",
    ),
    Verb("stats", "Count what the hub holds, what was dropped and why.", example="personahub stats my.hub"),
    Verb(
        "export",
        "Write what is kept to a file, with a card that says how it was made.",
        (Option("what", "a task such as math, or personas, or samples for all tasks", required=True),),
        (
            Option("output", "file to write: .jsonl or .parquet", required=True, short="o"),
            Option(
                "format",
                "fields: personahub (as released), chat (messages), full (every column); "
                "personahub for .jsonl and full for .parquet where not given",
                choices=("personahub", "chat", "full"),
            ),
            Option("license", "licence named in the card; yours to decide", default="other"),
        ),
        "personahub export my.hub math -o math.jsonl",
    ),
    Verb(
        "import",
        "Take in released PERSONA HUB rows: personas, or samples with their personas.",
        (_SOURCES,),
        (
            Option("persona_column", "field that holds the persona; 'persona' or 'input persona' where not given"),
            Option("task", "task to file the samples under", default="imported"),
            _LIMIT,
        ),
        "personahub import my.hub tool.jsonl --task tool",
    ),
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
        "serve-offline",
        "Serve the offline writer over HTTP in the OpenAI format, on this machine only.",
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


def verb(name: str) -> Verb:
    """The verb of that name; UsageError where there is none."""
    for one in VERBS:
        if one.name == name:
            return one
    raise UsageError(f"there is no verb {name!r}; there are {', '.join(one.name for one in VERBS)}")
