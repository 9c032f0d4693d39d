"""Verbs on a hub as a whole."""

from personahub.options import Option
from personahub.verbs.base import Verb

UPKEEP = (
    Verb("stats", "Count what the hub holds, what was dropped and why.", example="personahub stats my.hub"),
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
)
