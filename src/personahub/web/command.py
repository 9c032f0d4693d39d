"""The command and the Python that mean what a view means, as far as they can."""

from collections.abc import Iterator, Mapping, Sequence

from personahub.browse.view import MOST_NEAR, Filter, View
from personahub.verbs import verb

_PAGE_ONLY = ("length", "verdict", "status")  # columns that only the page has


def searched(hub: str, view: View, _: str) -> tuple[list[str], list[str]]:
    """What finds it: `search`, or `similar` where it is near something."""
    where, notes = condition(view), list(_left_out(view))
    more = [*_given("table", view.table, "personas"), *_given("where", where, "")]
    every = ["--all"] if view.show == "all" else []
    if view.near:
        what = [view.near.id] if view.near.id else ["--text", view.near.text or ""]
        near = [*what, *_given("field", view.near.field, "text"), *more, "--limit", str(MOST_NEAR), *every]
        notes += (
            ["the command has no least and most similarity"] if (view.near.least, view.near.most) != (-1, 1) else []
        )
        notes += ["the command has no least similar"] if view.near.turned else []
        notes += [f"the words {view.query!r} are left out"] if view.query.strip() else []
        return ["personahub", "similar", hub, *near], notes
    if not view.query.strip():
        return ["personahub", "select", hub, "--save", "selection", *more], [*notes, "without words, 'select' chooses"]
    options = [*more, *_given("field", view.field, None), *every]
    if view.query.startswith("-"):  # which would be taken for an option
        return ["personahub", "search", hub, *options, "--", view.query], notes
    return ["personahub", "search", hub, view.query, *options], notes


def saved(hub: str, view: View, name: str) -> tuple[list[str], list[str]]:
    """What saves it as a selection."""
    words, notes = searched(hub, view, name)
    if words[1] == "select":
        words[words.index("--save") + 1] = name
        return words, [note for note in notes if "'select' chooses" not in note]
    limit = [] if "--limit" in words else ["--limit", "1000000"]
    return [*words[:3], *limit, "--save", name, *words[3:]], notes


def exported(
    hub: str, view: View, what: str, kind: str, options: Mapping[str, str | None]
) -> tuple[list[str], list[str]]:
    """What exports it."""
    notes = list(_left_out(view))
    if view.query.strip() or view.near:
        notes.append("save it as a selection, and name that with --selection: export knows no search")
    output = what if kind == "folder" else f"{what}.{kind}"
    plain = View(view.table, None, where=view.where, filters=view.filters)
    words = ["personahub", "export", hub, what, "-o", output, *_given("where", condition(plain), "")]
    words += _given("selection", view.selection, None)
    for name, value in options.items():
        words += _given(name, value, "other" if name == "license" else None)
    return words, notes


def condition(view: View) -> str:
    """All that is said of columns, as --where has it."""
    parts = [f"task = {_text(view.task)}"] if view.task is not None else []
    parts += [part for one in view.filters if one.column not in _PAGE_ONLY for part in _filter(one)]
    if view.where:
        parts.append(f"({view.where})" if parts else view.where)
    return " AND ".join(parts)


def python(words: Sequence[str]) -> str:
    """The same in Python, read from the command."""
    known = verb(words[1])
    settings = known.settings
    given, free = list[str](), list(known.arguments)
    rest = iter(words[3:])
    for word in rest:
        if word == "--":
            given = [*(repr(one) for one in rest), *given]
        elif word == "-o" or word.startswith("--"):
            name = "output" if word == "-o" else word[2:].replace("-", "_")
            option = settings[name]
            value = True if option.kind is bool else option.kind(next(rest))
            given.append(f"{name}={[value]!r}" if option.many else f"{name}={value!r}")
        else:
            given.insert(0, repr(word) if free and free.pop(0).required else f"id={word!r}")
    return f"import personahub\n\nhub = personahub.open({words[2]!r})\nhub.{known.method}({', '.join(given)})\n"


def _filter(one: Filter) -> Iterator[str]:
    if one.among is not None:
        values = [_text(value) for value in one.among if value is not None]
        several = f"{_name(one.column)} IN ({', '.join(values)})" if values else ""
        none = f"{_name(one.column)} IS NULL" if None in one.among else ""
        either = (
            " OR ".join(part for part in (several, none) if part)
            or f"NOT ({_name(one.column)} IS NULL OR {_name(one.column)} IS NOT NULL)"
        )
        yield f"NOT ({either})" if one.out else f"({either})" if several and none else either
        return
    if one.least is not None:
        yield f"{_name(one.column)} >= {one.least:g}"
    if one.most is not None:
        yield f"{_name(one.column)} <= {one.most:g}"


def _left_out(view: View) -> Iterator[str]:
    for one in view.filters:
        if one.column in _PAGE_ONLY:
            yield f"the filter by {one.column} is the page's own: save the view as a selection, and name that"
    if view.area:
        yield "the area of the map is the page's own: save the view as a selection, and name that"
    if view.show == "dropped":
        yield "the command shows kept records"
    if view.sort not in ("order", "relevance"):
        yield f"the command does not sort by {view.sort}"


def _given(name: str, value: str | None, default: str | None) -> list[str]:
    return [] if value in (default, None, "") else [f"--{name}", str(value)]


def _name(column: str) -> str:
    return column if column.isidentifier() and column.isascii() else "`" + column + "`"


def _text(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
