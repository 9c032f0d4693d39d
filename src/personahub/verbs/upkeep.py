"""Verbs on a hub as a whole."""

from personahub.verbs.base import Verb

UPKEEP = (Verb("stats", "Count what the hub holds, what was dropped and why.", example="personahub stats my.hub"),)
