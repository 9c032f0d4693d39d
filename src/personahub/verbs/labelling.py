"""Verbs that say more of records than these say themselves."""

from dataclasses import replace

from personahub.attributes.names import ATTRIBUTES
from personahub.options import ASKING, EMBEDDING, TEMPLATE, Option
from personahub.verbs.base import Verb

_TABLE = Option("table", "which records", default="personas", choices=("personas", "samples"))
_ASKED = tuple(
    replace(option, required=False, help=f"who is asked, in place of the rules: {option.help.split(': ', 1)[1]}")
    if option.name == "model"
    else option
    for option in ASKING
)
_EMBEDDER = next(option for option in EMBEDDING if option.name == "embedder")

LABELLING = (
    Verb(
        "label",
        "Tell occupation, domain, seniority, age group, place, interests, language and tone of each record, as columns "
        "for --where, by rules of this machine or by a model.",
        (),
        (
            Option(
                "attribute",
                "which of them; may be repeated; all where not given",
                default=(),
                many=True,
                choices=ATTRIBUTES,
            ),
            _TABLE,
            Option("field", "the field that is read: text of personas and persona of samples where not given"),
            Option(
                "confidence",
                "how sure the rules must be: from 0.9, what stands where it settles the matter, down to 0.4, which "
                "guesses the domain by vectors where no word tells it",
                float,
                0.5,
                least=0.0,
                most=1.0,
            ),
            replace(_EMBEDDER, help=f"for a confidence of 0.4 and less, {_EMBEDDER.help}"),
            Option("redo", "label all again, in place of what others labelled", bool, False),
            TEMPLATE,
            Option("limit", "ask a model about so many records at most", int, least=1),
            *_ASKED,
        ),
        "personahub label my.hub --attribute domain --attribute occupation",
    ),
    Verb(
        "topics",
        "Group records by what they are about: topics with readable names, as a column for --where.",
        (),
        (
            Option("count", "topics to look for", int, 50, least=2, most=10_000),
            _TABLE,
            Option("field", "the field that is read", default="text"),
            Option("seed", "another seed finds other topics", int, 0, least=0),
            Option("limit", "topics to show", int, 50, least=1, most=10_000),
            Option("redo", "find topics anew, in place of those there are", bool, False),
            *EMBEDDING,
        ),
        "personahub topics my.hub --count 50",
    ),
)
