"""Verbs that carry records out of a hub and into it."""

from personahub.options import LIMIT, SELECTION, SOURCES, Option
from personahub.verbs.base import Verb

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
            Option("where", "only records of which this holds, such as \"hop = 1 and model = 'offline'\""),
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
)
