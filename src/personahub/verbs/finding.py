"""Verbs that look into a hub."""

from personahub.options import SEMANTIC, TABLE, WORDS, Option
from personahub.verbs.base import Verb

FINDING = (
    Verb(
        "duplicates",
        "Show clusters of near duplicates, the largest first: which record stays, which go, and how similar they are.",
        (),
        (
            TABLE,
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
)
