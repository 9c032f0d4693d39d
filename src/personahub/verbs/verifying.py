"""Verbs that hold records to what was promised of them, and characters to each other."""

from personahub.options import SANDBOX, Option
from personahub.verbs.answering import TASK
from personahub.verbs.base import Verb

VERIFYING = (
    Verb(
        "verify",
        "Hold records to what was promised of them, stage by stage: the interface of a tool to JSON schema, its code "
        "to the interface and to calls in a sandbox, calls to the schema. What does not hold is dropped, by stage.",
        (TASK,),
        (
            Option("table", "which records", default="samples", choices=("samples", "solutions")),
            SANDBOX,
            Option("seconds", "time for a program, from its start to its end", float, 5.0, least=0.05, most=600),
            Option("memory", "memory for a program, in MB", int, 256, least=32, most=1 << 20),
            Option("tries", "calls of each function of a tool, each with other arguments", int, 5, least=1, most=100),
            Option("limit", "faults to show", int, 20, least=0, most=10_000),
        ),
        "personahub verify my.hub tool --table solutions",
    ),
    Verb(
        "roster",
        "The characters of a game: drop each whose name an earlier one has, and tell how they stand to each other, as "
        "the personas do from which they were made.",
        (TASK,),
        (
            Option("output", "file of JSON lines for all that stay, with their relations", short="o"),
            Option("limit", "characters to show", int, 20, least=0, most=10_000),
        ),
        "personahub roster my.hub npc -o roster.jsonl",
    ),
)
