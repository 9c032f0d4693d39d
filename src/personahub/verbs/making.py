"""Verbs that make records, and those that drop them."""

from personahub.options import (
    ASKING,
    BY_MEANING,
    COMPARING,
    LATER,
    LIMIT,
    NEAR,
    NEAR_LIMITS,
    SELECTION,
    SOURCES,
    TABLE,
    TEMPLATE,
    WRITING,
    Option,
)
from personahub.verbs.base import Verb

MAKING = (
    Verb(
        "extract",
        "Infer personas from texts: who would read, write, like or dislike each?",
        (SOURCES,),
        (
            *ASKING,
            Option("granularity", "how specific the personas are", default="fine", choices=("coarse", "fine")),
            Option("personas_per_text", "personas asked for from each text", int, 1, least=1, most=20),
            Option("text_column", "column or field that holds the text; found where not given"),
            Option("max_chars", "longer documents are cut at sentence ends", int, 8000, least=200),
            Option(
                "keep_texts", "keep the texts in the hub, or only their ids", default="full", choices=("full", "id")
            ),
            TEMPLATE,
            LIMIT,
        ),
        "personahub extract my.hub notes/*.txt pages.jsonl --model offline",
    ),
    Verb(
        "expand",
        "Infer further personas from those in a close relationship with each, hop by hop.",
        (),
        (
            *ASKING,
            Option("hops", "how far from the web texts; the paper takes six", int, 1, least=1, most=6),
            Option("branch", "related personas asked for from each", int, 3, least=1, most=20),
            TEMPLATE,
            SELECTION,
            Option("limit", "stop after so many personas in each hop", int, least=1),
            *COMPARING,
        ),
        "personahub expand my.hub --hops 2 --model offline",
    ),
    Verb(
        "quality",
        "Drop personas that are unusable, each with a reason; nothing is deleted.",
        (),
        (
            Option("language", "also drop personas in other languages: en, zh, ..."),
            Option("min_words", "shortest persona in words", int, 3, least=1),
            Option("max_words", "longest persona in words", int, 250, least=1),
        ),
        "personahub quality my.hub --language en",
    ),
    Verb(
        "dedup",
        "Drop near duplicates, every one that there is: among the records of a hub, where nothing is deleted, or with "
        "--output among the rows of files.",
        (),
        (TABLE, *NEAR, *BY_MEANING, LATER, *NEAR_LIMITS),
        "personahub dedup my.hub --threshold 0.9",
        files="dedup-files",
    ),
    Verb(
        "dedup-files",
        "Write the rows of files less near duplicates, as they are and in their order.",
        (
            Option(
                "sources",
                "files, folders or globs, all jsonl (.gz and .zst too) or all parquet",
                required=True,
                many=True,
            ),
        ),
        (
            Option("output", "file for what is kept, of the kind of the sources", required=True, short="o"),
            Option("field", "field or column that holds the text; found where not given"),
            Option("dropped", "file (.jsonl) for what is dropped: where it stood, what stays instead, how similar"),
            Option(
                "against", "files, such as a test set: rows with a run of words of theirs go", default=(), many=True
            ),
            Option("against_field", "field or column that holds their text; found where not given"),
            Option("overlap", "words of such a run", int, 13, least=1, most=100),
            Option("overwrite", "write over files that exist", bool, False),
            *NEAR,
            *NEAR_LIMITS,
        ),
        "personahub dedup corpus.jsonl -o kept.jsonl --field text",
        on_hub=False,
    ),
    Verb(
        "synthesize",
        "Write samples from each persona's point of view.",
        (
            Option(
                "task",
                "what to write: math or another shipped template ('personahub templates'), a file of your own "
                "(my.md), or the name your samples shall have with --template",
                required=True,
            ),
        ),
        (
            *ASKING,
            *WRITING,
            SELECTION,
            LIMIT,
            *COMPARING,
        ),
        "personahub synthesize my.hub math --model openai:gpt-4o --limit 500",
    ),
)
