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
        "Take in released PERSONA HUB rows: personas, or samples with their personas.",
        (SOURCES,),
        (
            Option("persona_column", "field that holds the persona; 'persona' or 'input persona' where not given"),
            Option("task", "task to file the samples under", default="imported"),
            LIMIT,
        ),
        "personahub import my.hub tool.jsonl --task tool",
    ),
)
