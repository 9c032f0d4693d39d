"""Verbs that look into a hub."""

from personahub.options import EMBEDDING, SELECTION, SEMANTIC, TABLE, WORDS, Option
from personahub.verbs.base import Verb

FINDING = (
    Verb(
        "search",
        "Find records by their words, the best first, and count them by any column.",
        (
            Option(
                "query",
                'words that must all be there, "words in a row", beginnings as nurs*, this OR that, and -words that '
                "must not be there",
                required=True,
            ),
        ),
        (
            TABLE,
            Option("field", "where to look, such as 'input persona' or description; in every text where not given"),
            Option("where", "only those that meet a condition, such as \"hop = 0 AND model LIKE 'gpt%'\""),
            SELECTION,
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
    Verb(
        "similar",
        "Show the records whose meaning is nearest to that of one, or of a text, with their cosines.",
        (Option("id", "id of a record, of which the first digits will do; not with --text"),),
        (
            Option("text", "a description to look for, in place of an id"),
            Option("field", "field whose meaning counts, such as 'input persona' or description", default="text"),
            TABLE,
            Option("limit", "records to show", int, 20, least=1, most=100_000),
            Option("where", "only those that meet a condition, such as \"hop = 1 AND model LIKE 'gpt%'\""),
            SELECTION,
            Option("all", "those that verdicts drop, too", bool, False),
            Option("exact", "compare with every vector, also where there is an index", bool, False),
            Option("save", "name of a selection to make of them: letters, digits, - and _"),
            *EMBEDDING,
        ),
        'personahub similar my.hub --text "a nurse in intensive care" --limit 20',
    ),
)
