"""Verbs that carry records out of a hub and into it."""

from personahub.options import LIMIT, SELECTION, SOURCES, Option
from personahub.verbs.base import Verb

_ONE = Option("what", "a task such as math, or personas", required=True)
_WHERE = Option("where", "only records of which this holds, such as \"hop = 1 and model = 'offline'\"")
_ARGILLA = (
    Option("dataset", "the dataset there; called as WHAT where not given"),
    Option("workspace", "where it is; the only one there is where not given"),
    Option("server", "address of the server; else ARGILLA_API_URL, or http://localhost:6900"),
    Option("key_file", "file that holds a key of an owner or admin; else ARGILLA_API_KEY"),
    _WHERE,
    SELECTION,
)

CARRYING = (
    Verb(
        "export",
        "Write what is kept to a file, with a card that says how it was made.",
        (Option("what", "a task such as math, or personas, or samples for all tasks", required=True),),
        (
            Option(
                "output",
                "file to write, .jsonl or .parquet; or, without an ending, a folder that datasets.load_dataset reads",
                required=True,
                short="o",
            ),
            Option(
                "format",
                "fields: personahub (as released), original (those of the row it was imported from), chat (messages), "
                "prompt-completion, alpaca, sharegpt (for fine-tuning), dpo and dpo-alpaca (a better and a worse "
                "solution), argilla (records for it), tools (interfaces, with example calls), function-calling and "
                "sharegpt-tools (calls that were solved), full (every column); personahub "
                "for .jsonl and full else where not given",
                choices=(
                    *("personahub", "original", "chat", "prompt-completion", "alpaca", "sharegpt"),
                    *("dpo", "dpo-alpaca", "function-calling", "sharegpt-tools", "argilla", "tools", "full"),
                ),
            ),
            Option("license", "licence named in the card; yours to decide", default="other"),
            _WHERE,
            SELECTION,
            Option(
                "splits",
                "for a folder, shares such as train=0.9,test=0.1; a persona and all that was written for it is in one "
                "of them, told by a hash",
            ),
            Option("corrected", "put what reviewers corrected in place of the texts", bool, False),
            Option("push", "OWNER/NAME: send the folder to this dataset of the Hugging Face hub, private where new"),
            Option("public", "with push: let everybody see a dataset that is new there", bool, False),
            Option("push_dry_run", "with push: write the folder and say what would be sent; send nothing", bool, False),
        ),
        "personahub export my.hub math -o math.jsonl",
    ),
    Verb(
        "import",
        "Take in records of others, with every field they have: personas, or samples with their personas.",
        (SOURCES,),
        (
            Option(
                "form",
                "what the rows are: personahub, elite, finepersonas, nemotron, or table with --map; told by their "
                "fields where not given",
                choices=("personahub", "elite", "finepersonas", "nemotron", "table"),
            ),
            Option(
                "map",
                "NAME=FIELD: the field that holds the persona, the text of a sample, its description, or an attribute "
                "such as occupation; may be repeated",
                default=(),
                many=True,
            ),
            Option("task", "task to file the samples under", default="imported"),
            LIMIT,
        ),
        "personahub import my.hub tool.jsonl --task tool",
    ),
    Verb(
        "argilla push",
        "Send kept records to a dataset of an Argilla server, with the questions and judgements of the review page; "
        "the same command again changes what is there and doubles nothing.",
        (_ONE,),
        (
            *_ARGILLA,
            Option("vectors", "send the vectors of this field too, which the hub has from similar or select"),
            Option("dry_run", "show the first records as they would be; send nothing, ask no server", bool, False),
        ),
        "personahub argilla push my.hub math --dataset math --workspace team",
    ),
    Verb(
        "argilla pull",
        "Take what was submitted, discarded or drafted in Argilla as judgements of the hub; what was judged here "
        "meanwhile stays, and is told.",
        (_ONE,),
        (*_ARGILLA, Option("dry_run", "say what would come; change nothing", bool, False)),
        "personahub argilla pull my.hub math --dataset math --workspace team",
    ),
)
