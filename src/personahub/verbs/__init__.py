"""Every verb with its options, once: the command line and the recipes are made from this list, and a test
holds the Python signatures in `api` to it. It imports nothing, so that `--help` costs nothing.
"""

from personahub.errors import UsageError
from personahub.verbs.answering import ANSWERING
from personahub.verbs.base import Verb as Verb
from personahub.verbs.carrying import CARRYING
from personahub.verbs.choosing import CHOOSING
from personahub.verbs.conversing import CONVERSING
from personahub.verbs.finding import FINDING
from personahub.verbs.labelling import LABELLING
from personahub.verbs.making import MAKING
from personahub.verbs.running import RUNNING
from personahub.verbs.upkeep import UPKEEP
from personahub.verbs.verifying import VERIFYING

VERBS = (*MAKING, *CONVERSING, *ANSWERING, *VERIFYING, *FINDING, *CHOOSING, *LABELLING, *CARRYING, *UPKEEP, *RUNNING)


def verb(name: str) -> Verb:
    """The verb of that name; UsageError where there is none."""
    for one in VERBS:
        if one.name == name:
            return one
    raise UsageError(f"there is no verb {name!r}; there are {', '.join(one.name for one in VERBS)}")
