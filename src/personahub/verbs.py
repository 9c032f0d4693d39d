"""Every verb with its options, once: the command line and the recipes are made from this list, and a test
holds the Python signatures in `api` to it. It imports nothing, so that `--help` costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from personahub.errors import UsageError
from personahub.options import ASKING, BY_MEANING, LATER, NEAR, NEAR_LIMITS, REACHING, SEMANTIC, WORDS, Option


@dataclass(frozen=True, slots=True)
class Verb:
    """Args:
    on_hub: a method of a hub; else a function of the package.
    files: the verb that does the same to files; on the command line it is this one with an output.
    """

    name: str
    summary: str
    arguments: tuple[Option, ...] = ()
    options: tuple[Option, ...] = ()
    example: str = ""
    on_hub: bool = True
    files: str = ""

    @property
    def method(self) -> str:
        """What Python calls it: `import` is a word of its own there, `run` and `runs` are modules of the package."""
        return _METHODS.get(self.name, self.name.replace("-", "_"))

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
            option.check(self.name, given.get(name))


_METHODS = {
    "import": "import_",
    "run": "run_recipe",
    "runs list": "list_runs",
    "runs show": "show_run",
    "runs retry": "retry_run",
}
# Why an answer may be of no use and yet the next one be good; `personahub.store.ledger` decides by them.
_MENDABLE = ("refused_by_endpoint", "cut_off", "content_filter", "refusal", "empty", "not_json", "no_answer")

_SOURCES = Option(
    "sources",
    "files, folders or globs of txt, md, jsonl, json, csv, parquet (.gz and .zst too); - for standard input; "
    "hf:OWNER/NAME or a URL with the extra 'datasets'",
    required=True,
    many=True,
)
_HUB = Option("hub", "hub to look into; every hub in the current folder where none is given")
_RUN = Option("id", "the run, by the first digits of its id", required=True)
_LIMIT = Option("limit", "stop after so many inputs", int, least=1)
_TABLE = Option("table", "which records", default="personas", choices=("personas", "samples", "texts"))
_TEMPLATE = Option("template", "your own wording: a .md file, or the name of a shipped one")

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
        "Drop near duplicates, every one that there is: among the records of a hub, where nothing is deleted, or with "
        "--output among the rows of files.",
        (),
        (_TABLE, *NEAR, *BY_MEANING, LATER, *NEAR_LIMITS),
        "personahub dedup my.hub --threshold 0.9",
        files="dedup-files",
    ),
    Verb(
        "dedup-files",
        "Write the rows of files less near duplicates, as they are and in their order.",
        (
            Option(
                "sources",
                "files, folders or globs, all jsonl (.gz and .zst too) or all parquet",
                required=True,
                many=True,
            ),
        ),
        (
            Option("output", "file for what is kept, of the kind of the sources", required=True, short="o"),
            Option("field", "field or column that holds the text; found where not given"),
            Option("dropped", "file (.jsonl) for what is dropped: where it stood, what stays instead, how similar"),
            Option(
                "against", "files, such as a test set: rows with a run of words of theirs go", default=(), many=True
            ),
            Option("against_field", "field or column that holds their text; found where not given"),
            Option("overlap", "words of such a run", int, 13, least=1, most=100),
            Option("overwrite", "write over files that exist", bool, False),
            *NEAR,
            *NEAR_LIMITS,
        ),
        "personahub dedup corpus.jsonl -o kept.jsonl --field text",
        on_hub=False,
    ),
    Verb(
        "duplicates",
        "Show clusters of near duplicates, the largest first: which record stays, which go, and how similar they are.",
        (),
        (
            _TABLE,
            Option(
                "method",
                "which of them: those that exact or minhash found by their words, or those of semantic",
                default=WORDS,
                choices=(WORDS, SEMANTIC),
            ),
            Option("limit", "clusters to show", int, 20, least=1, most=1000),
        ),
        "personahub duplicates my.hub --limit 20",
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
