"""Examples of a user's own, out of files: some of them drawn, to be shown in a prompt."""

import random
import re
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import PurePath

from personahub.errors import SourceError
from personahub.sources import records
from personahub.templates.demonstrations import Demonstration

# Fields of the released data first, then what people call such things.
TEXTS = (
    "synthesized text",
    "text",
    "example",
    "sample",
    "problem",
    "instruction",
    "prompt",
    "question",
    "content",
    "article",
)
PERSONAS = ("input persona", "persona")
MOST = 10_000  # that are read: a handful is drawn

_BETWEEN = re.compile(r"^[ \t]*(?:-{3,}|={3,}|\*{3,})[ \t]*\r?\n", re.MULTILINE)


def drawn(paths: Sequence[str | PathLike[str]], count: int, seed: int) -> list[Demonstration]:
    """So many examples of those in the files, the same for the same seed, in the order in which they stand.

    Of txt and md files a line of three or more dashes parts one example from the next. Of other files, the field
    that holds the text is the first of TEXTS that is there, or the only one; that of the persona is one of PERSONAS.

    Raises:
        SourceError: a file cannot be read, a row has no such text, or there are too few.
    """
    found = list(_found(paths))
    if len(found) < count:
        where = ", ".join(str(path) for path in paths)
        raise SourceError(
            f"{where}: {len(found)} examples are there and {count} are to be shown; give more, or a lower example_count"
        )
    chosen = sorted(random.Random(seed).sample(range(len(found)), count))  # noqa: S311 - a draw that repeats
    return [found[number] for number in chosen]


def _found(paths: Sequence[str | PathLike[str]]) -> Iterator[Demonstration]:
    count = 0
    for batch in records(list(paths)):
        for source, number, fields, reject, detail in zip(
            *(batch[name].to_pylist() for name in ("source", "record", "fields", "reject", "detail")), strict=True
        ):
            if reject:
                raise SourceError(f"{source}:{number}: {reject} ({detail or 'nothing is there'}); mend or remove it")
            for one in _of_record(f"{source}:{number}", PurePath(source).suffix.lower(), dict(fields)):
                if (count := count + 1) > MOST:
                    raise SourceError(f"{source}: more than {MOST:,} examples; give a file of the best of them")
                yield one


def _of_record(place: str, suffix: str, fields: dict[str, str]) -> Iterator[Demonstration]:
    if suffix in (".txt", ".md"):
        parts = [part.strip() for part in _BETWEEN.split(fields.get("text", "")) if part.strip()]
        if not parts:
            raise SourceError(f"{place}: nothing is there; write examples, with a line --- between them")
        yield from map(Demonstration, parts)
        return
    persona = next((fields[name] for name in PERSONAS if fields.get(name)), "")
    rest = {name: value for name, value in fields.items() if name not in PERSONAS}
    named = next((name for name in TEXTS if name in rest), None) or (next(iter(rest)) if len(rest) == 1 else None)
    text = rest.get(named or "", "").strip()
    if not text:
        there = f"it has {', '.join(map(repr, fields))}" if fields else "it has no field that holds text"
        raise SourceError(f"{place}: no text of an example: {there}; call the field 'text', and fill it")
    yield Demonstration(text, " ".join(persona.split()))
