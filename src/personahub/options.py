"""The options of verbs: what each is called everywhere, what it may be, and those that several verbs share."""

from dataclasses import dataclass, replace
from typing import Any

from personahub.errors import UsageError


@dataclass(frozen=True, slots=True)
class Option:
    """A keyword of a verb: `--max-chars` on the command line, `max_chars` everywhere else.

    Args:
        many: takes any number of values: an argument several words, an option several times.
        short: its one-letter form on the command line.
        file: names files or folders of this machine, which who is only let into a page may not.
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
    file: bool = False

    def check(self, verb: str, value: object) -> None:
        """Raise UsageError for what it cannot mean."""
        if value is None or (self.many and not self.choices):
            return
        for one in value if isinstance(value, list | tuple) and self.many else (value,):
            _check_kind(verb, self, one)
            _check_bounds(verb, self, one)


def _check_kind(verb: str, option: Option, value: object) -> None:
    wanted = {int: "a whole number", float: "a number", bool: "true or false"}.get(option.kind)
    fits = isinstance(value, (int, float) if option.kind is float else option.kind) and (
        option.kind is bool or not isinstance(value, bool)
    )
    if wanted and not fits:
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be {wanted}")


def _check_bounds(verb: str, option: Option, value: object) -> None:
    if option.choices and value not in option.choices:
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be one of {', '.join(option.choices)}")
    if isinstance(value, int | float) and not (
        (option.least is None or value >= option.least) and (option.most is None or value <= option.most)
    ):
        bounds = f"at least {option.least:g}" + ("" if option.most is None else f" and at most {option.most:g}")
        raise UsageError(f"{verb}: {option.name} is {value!r} and must be {bounds}")


# Of every verb that asks a model.
ASKING = (
    Option(
        "model",
        "who writes: openai:NAME, batch:NAME (within a day, for less), local (a small model on this machine), "
        "files:NAME@FOLDER (for an offline runner) or offline (a rule-based writer, no LLM, for trying things out)",
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
        "key_file",
        "file that holds the endpoint's key; else PERSONAHUB_API_KEY, or OPENAI_API_KEY for OpenAI itself",
        file=True,
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
    Option("prices", "TOML file of prices; ~/.config/personahub/prices.toml where not given", file=True),
    Option(
        "reuse",
        "another hub whose answers to the same questions are taken; may be repeated",
        default=(),
        many=True,
        file=True,
    ),
    Option(
        "dry_run",
        "show the first prompts, how many requests and tokens it would take and what they cost; ask nothing",
        bool,
        False,
    ),
)

# Those of them that may be others when the same is asked again; where one is not given, it is what it was.
REACHING = tuple(
    replace(option, default=() if option.many else None)
    for option in ASKING
    if option.name not in ("model", "temperature", "seed", "dry_run")
)

METHODS = ("auto", "exact", "minhash")
WORDS, SEMANTIC = "words", "semantic"
LINKS = ("single", "star")
CHOOSING = ("random", "stratified", "spread", "near")
STAYS = ("first", "longest", "best", "central")

# Of the verbs that look for near duplicates.
NEAR = (
    Option(
        "threshold",
        "similarity from which two records are one: Jaccard of their words, or cosine of their vectors",
        float,
        0.9,
        least=0.5,
        most=1.0,
    ),
    Option(
        "method",
        "exact finds every pair; minhash is the paper's and misses some; auto takes what fits and says so; semantic "
        "compares meanings of the records of a hub, beside the verdicts of the others",
        default="auto",
        choices=(*METHODS, SEMANTIC),
    ),
    Option("ngram", "words in a row that count as one", int, 1, least=1, most=20),
    Option(
        "link",
        "single: all that is connected is one; star: only what is itself near to the one that stays",
        default="single",
        choices=LINKS,
    ),
    Option(
        "stays",
        "which of a cluster stays: the first, the longest in characters, the best by a number (--by), or the most "
        "central, which is nearest to the others; of equals the first",
        default="first",
        choices=STAYS,
    ),
    Option("by", "for --stays best: field of the number whose highest stays; -FIELD for the lowest"),
    Option("permutations", "MinHash values for each record", int, 128, least=16, most=1024),
)
# Of every verb that makes vectors. All but the first two are for openai:, and mean what they mean in ASKING.
EMBEDDING = (
    Option(
        "embedder",
        "what makes vectors: static, openai:NAME (an endpoint with /v1/embeddings), or sentence-transformers:MODEL or "
        "model2vec:MODEL, a folder or OWNER/NAME",
        default="static",
    ),
    Option(
        "dimensions", "numbers in a vector, where openai: can make shorter ones; its own where not given", int, least=1
    ),
    *(
        replace(option, help=option.help.replace("120 where not given, 900 for local", "120 where not given"))
        for option in ASKING
        if option.name
        in (
            *("base_url", "key_file", "concurrency", "rpm", "tpm", "retries", "timeout", "patience"),
            *("max_cost", "max_total_tokens", "max_requests", "prices"),
        )
    ),
)
BY_MEANING = (
    *EMBEDDING,
    Option("keep", "for semantic, in place of a threshold: how many stay, the most diverse", int, least=1),
)
LATER = Option(
    "incremental",
    "keep in the hub what the next search by the same settings needs to cost only what is new: 280 bytes a record, and "
    "up to twice the CPU this time; what is kept is used without being asked for, and no-incremental removes it",
    bool,
)
MEMORY = Option("memory_limit", "memory for its tables, such as 2GB", default="2GB")
NEAR_LIMITS = (
    MEMORY,
    Option("disk_limit", "disk for its files, such as 60GB; as much as it needs where not given"),
)

# Of several verbs, and more than one kind.
SANDBOX = Option(
    "sandbox",
    "where programs run: monty (a part of Python, quick, with the extra 'sandbox'), bubblewrap (all of Python, Linux), "
    "or auto, which takes monty and for what it lacks bubblewrap; without one no program runs",
    default="auto",
    choices=("auto", "monty", "bubblewrap"),
)
SOURCES = Option(
    "sources",
    "files, folders or globs of txt, md, jsonl, json, csv, parquet (.gz and .zst too); - for standard input; "
    "hf:OWNER/NAME or a URL with the extra 'datasets'",
    required=True,
    many=True,
    file=True,
)
LIMIT = Option("limit", "stop after so many inputs", int, least=1)
TABLE = Option("table", "which records", default="personas", choices=("personas", "samples", "texts"))
TEMPLATE = Option("template", "your own wording: a .md file, or the name of a shipped one", file=True)
SELECTION = Option("selection", "only the records of this selection; 'personahub selections' lists those there are")

# Of verbs that hold what they make against what the hub holds.
BY = ("words", "meaning")
COMPARING = (
    Option(
        "compare",
        "hold each new record against those there are as it comes, by its words or by words and meaning: near copies "
        "get a verdict at once, and the live line shows how much is new and what each new one costs",
        choices=BY,
    ),
    replace(NEAR[0], help="with --compare: " + NEAR[0].help),
    replace(EMBEDDING[0], help="with --compare meaning: " + EMBEDDING[0].help),
    Option(
        "stop_when_saturated",
        "end when the share of new records among the last has fallen below this, such as 0.2; it compares by words "
        "where --compare is not given",
        float,
        least=0,
        most=1,
    ),
    Option("window", "with --stop-when-saturated: how many the last ones are", int, 500, least=20, most=1_000_000),
    replace(MEMORY, help="with --compare: memory for what is known, such as 2GB; beyond it the oldest is forgotten"),
)

# Of every verb that writes samples: what is asked, beside the task.
WRITING = (
    Option("samples", "samples from each persona, each with a seed of its own", int, 1, least=1, most=1000),
    TEMPLATE,
    Option(
        "set",
        "value of a variable of the template, as name=value or name=@file; may be repeated",
        default=(),
        many=True,
    ),
    Option(
        "shots",
        "what is shown first: zero, nothing; few, examples; persona, examples each with a persona, which is inferred "
        "once where the file has none",
        default="zero",
        choices=("zero", "few", "persona"),
    ),
    Option(
        "examples",
        "file of examples: jsonl, csv or parquet with a field 'text' and maybe 'persona', or txt or md with a line --- "
        "between them; may be repeated",
        default=(),
        many=True,
        file=True,
    ),
    Option("example_count", "examples that are shown, drawn by --seed", int, 2, least=1, most=50),
    Option("focus", "what it is to be about, such as geometry, where the template has such a variable"),
    Option("level", "how hard it is to be, such as olympiad, where the template has such a variable"),
    Option("language", "language to write in, such as zh, where the template has such a variable"),
    Option(
        "world",
        "the world that game characters live in, for a template with {{world}}: saltmere (English) or mozhou "
        "(Chinese), which come with the package, or a file of yours",
    ),
    Option(
        "constraints",
        "share of the samples, such as 0.5, that also say what an answer must hold to: a length, a form, words; "
        "'personahub verify' checks solutions against it",
        float,
        0.0,
        least=0,
        most=1,
    ),
    Option("constraint_seed", "another seed draws other constraints", int, 0, least=0),
)
