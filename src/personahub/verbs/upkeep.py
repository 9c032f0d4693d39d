"""Verbs on a hub as a whole."""

from personahub.options import SELECTION
from personahub.verbs.base import Verb

UPKEEP = (
    Verb(
        "stats",
        "Count what the hub holds, what was dropped and why.",
        (),
        (SELECTION,),
        "personahub stats my.hub",
    ),
)
