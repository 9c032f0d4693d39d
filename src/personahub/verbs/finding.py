"""Verbs that look into a hub."""

from personahub.options import SEMANTIC, TABLE, WORDS, Option
from personahub.verbs.base import Verb

FINDING = (
    Verb(
        "search",
        "Find records by their words, the best first, and count them by any column.",
        (
            Option(
                "query",
                'words that must all be there, "words in a row", beginnings as nurs*, and -words that must not be '
                "there",
                required=True,
            ),
        ),
        (
            TABLE,
            Option("field", "where to look, such as 'input persona' or description; in every text where not given"),
            Option("where", "only those that meet a condition, such as \"hop = 0 AND model LIKE 'gpt%'\""),
            Option("facet", "count all hits by this column; may be repeated", default=(), many=True),
            Option("limit", "hits to show", int, 20, least=1, most=1_000_000),
            Option("all", "those too that verdicts drop", bool, False),
            Option("save", "name of a selection to make of the hits that are shown"),
        ),
        "personahub search my.hub tool --table samples --field description --limit 20",
    ),
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
