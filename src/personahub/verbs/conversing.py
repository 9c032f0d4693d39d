"""The verb that has conversations held."""

from personahub.options import ASKING, LIMIT, SELECTION, TEMPLATE, Option
from personahub.verbs.base import Verb

CONVERSING = (
    Verb(
        "converse",
        "Have conversations held: a persona goes on from a first turn with an assistant, or talks with another.",
        (),
        (
            *ASKING,
            Option(
                "turns", "messages of the persona at most; it may have nothing more to say", int, 3, least=1, most=50
            ),
            Option(
                "partner",
                "who answers: assistant, a model; persona, another persona that is drawn by --seed; relation, the "
                "persona from which it was inferred",
                default="assistant",
                choices=("assistant", "persona", "relation"),
            ),
            Option("first", "with --partner assistant: task whose samples are the first turns", default="instruction"),
            Option("task", "task to file the conversations under", default="conversation"),
            Option("assistant_model", "who answers, named as --model is; the same model where not given"),
            Option(
                "assistant_base_url",
                "address of its endpoint, where it is another than that of --model; may be repeated",
                default=(),
                many=True,
            ),
            Option("assistant_key_file", "file that holds the key of its endpoint"),
            TEMPLATE,
            SELECTION,
            LIMIT,
        ),
        "personahub converse my.hub --turns 3 --model openai:small --assistant-model openai:large",
    ),
)
