"""Verbs that carry records out of a hub and into it."""

from personahub.options import LIMIT, SOURCES, Option
from personahub.verbs.base import Verb

CARRYING = (
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
