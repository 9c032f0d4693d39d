"""The card of what was exported: what it is, who wrote it, from what, and under which licence."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from personahub.events import Tally

LISTED_SOURCES = 50  # in a card; the tables have them all

OFFLINE_WARNING = (
    "Written by `offline`, the rule-based writer that comes with personahub. It is no LLM: good for trying things out, "
    "not for training."
)

_PLAIN = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)  # needs no quotes in YAML
_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")  # save for these


@dataclass
class Exported:
    """What went out.

    Args:
        tally: records there are, records written, and those that verdicts keep back.
        made_by: records written, by (model, template).
        sources: the hub's texts and imported personas, by the file they came from.
        splits: records written, by split.
    """

    tally: Tally = field(default_factory=Tally)
    made_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    preview: list[dict[str, object]] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)


def card(what: str, files: Mapping[str, str], done: Exported, licence: str, chosen: str = "") -> str:
    """A dataset card in the form the Hugging Face hub reads.

    Args:
        files: where the records of each split are, relative to the card; with "" for the split, one file.
        chosen: a sentence on which records of the hub these are; "" for all.
    """
    makers = "\n".join(
        f"| {cell(model)} | {cell(template)} | {count:,} |" for (model, template), count in sorted(done.made_by.items())
    )
    listed = [f"- {cell(source)}: {count:,}" for source, count in done.sources.most_common(LISTED_SOURCES)]
    if len(done.sources) > LISTED_SOURCES:
        listed.append(f"- and {len(done.sources) - LISTED_SOURCES:,} more files")
    sources = "\n".join(listed)
    kept_back = "\n".join(f"- {count:,} {cell(reason)}" for reason, count in sorted(done.tally.rejected.items()))
    offline = any(model == "offline" for model, _ in done.made_by)
    warning = f"\n> {OFFLINE_WARNING}\n" if offline else ""
    told = f"\n{cell(chosen)}\n" if chosen else ""
    return f"""---
license: {_yaml(cell(licence))}
tags: [synthetic, personas, personahub]
size_categories: {_size(done.tally.kept)}
configs:
- config_name: default
  data_files:{_files(files)}
---
# {what}: {done.tally.kept:,} records

Everything here is machine-made: each record was written by the model named below, for a persona that a
model inferred from a text or from another persona (method: arXiv 2406.20094). No record is a statement
by or about a real person, and none was checked by a person unless it says so.
{warning}{told}
| written by | template | records |
|---|---|---|
{makers}

The personas of the hub come from these texts and imported rows:
{sources}

Kept back by verdicts: {sum(done.tally.rejected.values()):,} of {done.tally.read:,}.
{kept_back}

Licence: {cell(licence)}. The texts that the personas came from and the terms of the model may both bind you; look
before you publish.
"""


def cell(text: str) -> str:
    """On one line, and no border of a table."""
    return " ".join(text.replace("|", "\\|").split())


def _files(files: Mapping[str, str]) -> str:
    if "" in files:
        return f" {_yaml(files[''])}"
    return "".join(f"\n  - split: {_yaml(split)}\n    path: {_yaml(path)}" for split, path in files.items())


def _yaml(text: str) -> str:
    """A JSON string is one of YAML too, whatever is in it."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else orjson.dumps(text).decode()


def _size(count: int) -> str:
    """As the hub says how large a dataset is."""
    bounds = {"1K": 10**3, "10K": 10**4, "100K": 10**5, "1M": 10**6, "10M": 10**7, "100M": 10**8, "1B": 10**9}
    names = list(bounds)
    above = next((place for place, bound in enumerate(bounds.values()) if count < bound), len(names))
    if above == 0:
        return "n<1K"
    return f"{names[above - 1]}<n<{names[above]}" if above < len(names) else "n>1B"
