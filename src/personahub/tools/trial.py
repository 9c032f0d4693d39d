"""A program that tries the code of a tool: stand-ins for the network, the code, and calls with drawn arguments."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from personahub.tools import standins
from personahub.tools.code import Code, Found
from personahub.tools.interface import Function
from personahub.tools.types import ANY

NETWORK = ("requests", "httpx", "urllib")
SYSTEM = "os"  # stood in for where the code only looks up keys of services in its environment

# Runs last, inside: every call by itself, so that one that fails leaves the others.
_CALLS = """
def _kind(value):
    if isinstance(value, Anything):
        return "any"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (dict, "object")):
        if isinstance(value, kind):
            return name
    if value is None:
        return "null"
    return "array" if isinstance(value, (list, tuple, set)) else "other"
def _try(arguments):
    try:
        return {"kind": _kind(CALLED)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
def _whole():
    try:
        return ANYTHING <= ANYTHING
    except TypeError:
        return False
_tried = [_try(one) for one in _SETS]
if not _whole() and any("Anything" in one.get("error", "") for one in _tried):
    raise NotImplementedError("the stand-ins need more of Python than monty has")
_tried
"""


@dataclass(frozen=True, slots=True)
class Call:
    """What came of one call: the kind of what it returned, or what it raised."""

    kind: str = ANY
    error: str = ""


def program(code: Code, found: Found) -> str:
    """The text to run; it reads the arguments of the calls from `_SETS` and its value is read by `calls`."""
    tree = ast.Module([_stood_in(node, _own(code.tree)) for node in code.tree.body], [])
    return "\n".join((_standins(tuple(code.keys)), ast.unparse(ast.fix_missing_locations(tree)), _calls(found)))


def calls(value: object) -> list[Call] | None:
    """What the program tells of each call; None where it is not what it should be."""
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return None
    return [Call(str(one.get("kind", ANY)), str(one.get("error", ""))) for one in value]


def wrong_kinds(made: Sequence[Call], function: Function) -> list[str]:
    """Kinds that were returned where the interface promises another."""
    if function.gives == ANY:
        return []
    near = {function.gives, ANY, *(("integer", "number") if function.gives == "number" else ())}
    return sorted({one.kind for one in made if not one.error and one.kind not in near})


def _calls(found: Found) -> str:
    name, holder = found.definition.name, found.holder
    called = f"{name}(**arguments)" if holder is None else f"{holder.name}().{name}(**arguments)"
    if found.waits:
        return "import asyncio\n" + _CALLS.replace("CALLED", f"asyncio.run({called})")
    return _CALLS.replace("CALLED", called)


def _standins(keys: tuple[str, ...]) -> str:
    return _source().replace("ASKED: list[str] = []", f"ASKED = {list(keys)!r}", 1)


@cache
def _source() -> str:
    return Path(standins.__file__).read_text("utf-8")


def _own(tree: ast.Module) -> frozenset[str]:
    """The modules that are stood in for, of all that the code imports."""
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == SYSTEM
    }
    return frozenset((*NETWORK, SYSTEM) if used <= {"getenv", "environ"} else NETWORK)


def _stood_in(node: ast.stmt, modules: frozenset[str]) -> ast.stmt:
    """An import of such a module as a name for its stand-in; anything else as it is, looked through to the bottom."""
    return _StoodIn(modules).visit(node)  # type: ignore[no-any-return]  # a statement for a statement


class _StoodIn(ast.NodeTransformer):
    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        """Import requests as r -> r = requests; without another name it is there already."""
        theirs = [one for one in node.names if self._is_ours(one.name)]
        names = [one for one in node.names if one not in theirs]
        bound: list[ast.stmt] = [_bind(one.asname, one.name) for one in theirs if one.asname]
        if names:
            bound.append(ast.Import(names))
        return _together(bound)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        """From requests import get -> get = requests.get"""
        if node.level or not node.module or not self._is_ours(node.module):
            return node
        return _together([_bind(one.asname or one.name, f"{node.module}.{one.name}") for one in node.names])

    def _is_ours(self, name: str) -> bool:
        return name.split(".", maxsplit=1)[0] in self.modules


def _bind(name: str, dotted: str) -> ast.stmt:
    first, *rest = dotted.split(".")
    value: ast.expr = ast.Name(first, ast.Load())
    for one in rest:
        value = ast.Attribute(value, one, ast.Load())
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=1)


def _together(some: list[ast.stmt]) -> ast.stmt:
    if len(some) == 1:
        return some[0]
    if not some:
        return ast.Pass()
    return ast.If(ast.Constant(value=True), some, [])
