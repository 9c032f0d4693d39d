"""Python that a model wrote for an interface: parsed, and its signature held against what was promised.

Nothing runs here, and nothing is compiled: a text is read into a tree.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from personahub.tools.interface import Function
from personahub.tools.types import ANY, word

LONGEST = 60_000  # characters; a tool has a hundred lines

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Code:
    """A program as a tree, and where in it a function stands."""

    tree: ast.Module

    @classmethod
    def parsed(cls, text: str) -> "Code":
        """
        Raises:
            ValueError: it is no Python, or too long or too deep to be read.
        """
        if len(text) > LONGEST:
            raise ValueError(f"{len(text)} characters")
        try:
            return cls(ast.parse(text))
        except SyntaxError as error:
            raise ValueError(f"line {error.lineno}: {error.msg}") from error
        except (ValueError, RecursionError, MemoryError) as error:  # a null character; values within values
            raise ValueError(f"it cannot be read: {error or type(error).__name__}") from error

    def found(self, name: str) -> "Found | None":
        """The last definition of that name: at the top, or else in a class at the top."""
        tops = [one for one in self.tree.body if isinstance(one, Definition) and one.name == name]
        if tops:
            return Found(tops[-1], None)
        for holder in self.tree.body:
            if isinstance(holder, ast.ClassDef):
                for one in holder.body:
                    if isinstance(one, Definition) and one.name == name:
                        return Found(one, holder)
        return None

    @property
    def keys(self) -> list[str]:
        """The keys that it looks up by name, in what it is answered."""
        found = dict.fromkeys(_keys(self.tree))
        return list(found)[:64]


@dataclass(frozen=True)
class Found:
    """Args:
    holder: the class that it is a method of.
    """

    definition: Definition
    holder: ast.ClassDef | None

    @property
    def static(self) -> bool:
        marks = {one.id for one in self.definition.decorator_list if isinstance(one, ast.Name)}
        return self.holder is None or "staticmethod" in marks

    @property
    def waits(self) -> bool:
        return isinstance(self.definition, ast.AsyncFunctionDef)


def faults(found: Found, function: Function) -> list[str]:
    """Where a definition does not keep to the interface: names, what must be given, types."""
    arguments = found.definition.args
    listed = [*arguments.posonlyargs, *arguments.args][0 if found.static else 1 :]
    taken = {one.arg: one for one in (*listed, *arguments.kwonlyargs)}
    promised = {one.name: one for one in function.arguments}
    said = [] if arguments.kwarg else [f"it takes no {name!r}" for name in promised if name not in taken]
    must = _must(arguments, listed)
    said += [f"it needs {name!r}, which the interface does not have" for name in must if name not in promised]
    said += [
        f"it needs {name!r}, which the interface leaves open"
        for name in must
        if name in promised and not promised[name].required
    ]
    said += [f"{one.arg!r} can be given by its place alone" for one in arguments.posonlyargs if one.arg in promised]
    for name, one in taken.items():
        if name in promised and not _agree(_kind(one.annotation), promised[name].kind):
            said.append(f"{name!r} is {_kind(one.annotation)} where the interface says {promised[name].kind}")
    gives = _kind(found.definition.returns)
    if not _agree(gives, function.gives):
        said.append(f"it returns {gives} where the interface says {function.gives}")
    return said


def _must(arguments: ast.arguments, listed: list[ast.arg]) -> list[str]:
    """The names that have no default."""
    plain = listed[: len(listed) - len(arguments.defaults)] if arguments.defaults else listed
    named = [one for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is None]
    return [one.arg for one in (*plain, *named)]


def _kind(annotation: ast.expr | None) -> str:
    """The JSON type of an annotation; ANY for none, and for those that JSON has no word for."""
    if annotation is None:
        return ANY
    if isinstance(annotation, ast.Constant):
        return (
            "null" if annotation.value is None else word(annotation.value) if isinstance(annotation.value, str) else ANY
        )
    if isinstance(annotation, ast.BinOp):  # str | None, int | float
        sides = {_kind(annotation.left), _kind(annotation.right)} - {"null"}
        return sides.pop() if len(sides) == 1 else ANY
    if isinstance(annotation, ast.Subscript):
        outer = _name(annotation.value)
        return _kind(annotation.slice) if outer == "Optional" else word(outer)
    return word(_name(annotation))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _agree(written: str, promised: str) -> bool:
    return ANY in (written, promised) or written == promised or {written, promised} == {"integer", "number"}


def _keys(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            key = node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
