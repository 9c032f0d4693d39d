"""The neck: a hub and the verbs on it. It joins what lies below and decides nothing itself."""

from os import PathLike

from personahub.api.answering import Answering
from personahub.api.carrying import Carrying
from personahub.api.choosing import Choosing
from personahub.api.conversing import Conversing
from personahub.api.finding import Finding
from personahub.api.labelling import Labelling
from personahub.api.making import Making
from personahub.api.upkeep import Upkeep
from personahub.api.verifying import Verifying


class Hub(Making, Conversing, Answering, Verifying, Finding, Choosing, Labelling, Carrying, Upkeep):
    """A hub and its verbs. Each may be stopped at any time and called again: it does what is missing.

    Each takes `progress`, called as it goes, and returns a Report.
    """


def open(path: str | PathLike[str]) -> Hub:  # noqa: A001 - `personahub.open` says it best
    """The hub at this path; the first verb that writes makes a new one.

    Raises HubError where the folder is no hub, HubTooNew where a later version made it.
    """
    return Hub(path)
