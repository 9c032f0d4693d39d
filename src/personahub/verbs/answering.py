"""Verbs that answer what samples ask, and those that hold answers against each other."""

from personahub.options import ASKING, LIMIT, SANDBOX, SELECTION, TEMPLATE, WRITING, Option
from personahub.verbs.base import Verb

TASK = Option("task", "the task whose samples are meant, such as math", required=True)
WHERE = Option("where", "only samples of which this holds, such as \"language = 'en'\"")

ANSWERING = (
    Verb(
        "solve",
        "Have samples answered: problems worked out or computed by a program, instructions responded to. Several "
        "solvers are several samples, or several calls with other models.",
        (TASK,),
        (
            *ASKING,
            Option("samples", "solutions of each sample, each with a seed of its own", int, 1, least=1, most=100),
            TEMPLATE,
            *(option for option in WRITING if option.name == "set"),
            SANDBOX,
            WHERE,
            SELECTION,
            LIMIT,
        ),
        "personahub solve my.hub math --model offline --samples 3",
    ),
    Verb(
        "agree",
        "Drop samples on whose answer too few solvers agree, each with a reason; the answer they agree on, and how "
        "many do, are columns for --where.",
        (TASK,),
        (
            Option("agree", "solutions at least that must have equal answers", int, 2, least=1, most=100),
            Option("of", "solutions that count, the first of each sample", int, 3, least=1, most=100),
            Option(
                "method",
                "only solutions made by this template; may be repeated; all that give answers where not given",
                default=(),
                many=True,
            ),
        ),
        "personahub agree my.hub math --agree 2 --of 3",
    ),
    Verb(
        "judge",
        "Have a model give samples scores, with reasons, by the criteria of a rubric; or with --pairwise say which of "
        "two is better, asked in both orders.",
        (TASK,),
        (
            Option("rubric", "a file of criteria, scale and wording, or the name of a shipped one", default="general"),
            Option("least", "drop samples whose mean score is below", float),
            Option(
                "pairwise",
                "compare two samples of each persona, or two solutions of each sample, in place of scores",
                choices=("samples", "solutions"),
            ),
            Option(
                "between",
                "with pairwise: two models, one each of which is compared; the first two records where not given",
                default=(),
                many=True,
            ),
            Option("redo", "judge all again, in place of what another judge said", bool, False),
            WHERE,
            SELECTION,
            LIMIT,
            *ASKING,
        ),
        "personahub judge my.hub math --rubric general --model offline --least 2.5",
    ),
)
