"""Verbs that choose records, and look after what was chosen."""

from personahub.options import CHOOSING as WAYS
from personahub.options import EMBEDDING, TABLE, Option
from personahub.verbs.base import Verb

_NAME = Option("name", "the selection", required=True)

CHOOSING = (
    Verb(
        "select",
        "Choose records and save the choice by a name, for other verbs to work on; the same seed chooses the same.",
        (),
        (
            Option("save", "name of the selection: letters, digits, - and _", required=True),
            TABLE,
            Option(
                "by",
                "random; stratified: of each value of a column its share; spread: those that lie farthest apart in "
                "meaning; near: those whose meaning is nearest to some",
                default=WAYS[0],
                choices=WAYS,
            ),
            Option("count", "how many; all that fit where there are fewer", int, least=1),
            Option("share", "how many, as a share of those that fit: 0.01 is one in a hundred", float, least=0, most=1),
            Option("where", "only those that meet a condition, such as \"hop = 1 AND model LIKE 'gpt%'\""),
            Option("exclude", "none that is in this selection; may be repeated", default=(), many=True),
            Option("unused", "no persona that has samples of this task"),
            Option("stratify", "column of the strata; several make one of each combination", default=(), many=True),
            Option("even", "take as many of each stratum, as far as there are so many", bool, False),
            Option(
                "near",
                "for --by near: a description, or the id of a record; the nearest to any of them where repeated",
                default=(),
                many=True,
            ),
            Option(
                "not_nearer",
                "none whose cosine is above this to any of --examples, or where there are none, of --near",
                float,
                least=-1,
                most=1,
            ),
            Option("examples", "file with records, or the id of one; may be repeated", default=(), many=True),
            Option("field", "field whose meaning counts, such as 'input persona' or description", default="text"),
            Option("seed", "seed of the choice", int, 0, least=0),
            *EMBEDDING,
        ),
        "personahub select my.hub --save far --by spread --count 500",
    ),
    Verb(
        "selections list",
        "List the selections of a hub: how many records of which table, and how they were chosen.",
        (),
        (),
        "personahub selections list my.hub",
    ),
    Verb(
        "selections show",
        "Show one selection: how it was chosen, and its first records.",
        (_NAME,),
        (Option("limit", "records to show", int, 10, least=1, most=1000),),
        "personahub selections show my.hub nurses",
    ),
    Verb(
        "selections remove",
        "Forget a selection; its records stay.",
        (_NAME,),
        (),
        "personahub selections remove my.hub nurses",
    ),
)
