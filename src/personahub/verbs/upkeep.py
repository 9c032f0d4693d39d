"""Verbs on a hub as a whole."""

from personahub.options import SELECTION, Option
from personahub.verbs.base import Verb

UPKEEP = (
    Verb(
        "show",
        "Show a record: what it came from, what came of it, the verdicts on it, and the prompt that made it.",
        (Option("id", "of a persona, a sample or a text, or at least its first four digits", required=True),),
        (Option("limit", "children, and samples, to list", int, 20, least=0, most=100_000),),
        "personahub show my.hub 1f3a",
    ),
    Verb(
        "stats",
        "Count what the hub holds, what was dropped and why, and weigh its parts.",
        (),
        (SELECTION,),
        "personahub stats my.hub",
    ),
    Verb(
        "check",
        "Look over every table, index, journal and record of the hub: what is wrong, and what to do about it.",
        (),
        (
            Option(
                "repair",
                "make again, or remove, what is made from other things, such as an index; records and answers stay",
                bool,
                False,
            ),
        ),
        "personahub check my.hub",
    ),
    Verb(
        "compact",
        "Make the hub smaller and quicker: join many small files, bring indexes up to date, drop old versions.",
        (),
        (
            Option(
                "keep_hours",
                "how long an older version of a table stays, for whoever is just reading it; 0 where nobody reads",
                float,
                24.0,
                least=0.0,
            ),
        ),
        "personahub compact my.hub",
    ),
    Verb(
        "merge",
        "Take everything of other hubs into this one; what both have is there once. The others are only read.",
        (Option("others", "the hubs that are taken in; HUB itself may be a new one", required=True, many=True),),
        (),
        "personahub merge all.hub mine.hub yours.hub",
    ),
)
