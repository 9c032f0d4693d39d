"""The half of the bubblewrap sandbox that stands inside: it reads a program, runs it and tells what came of it.

It runs by its text alone, without this package: what is asked is JSON on standard input, the answer goes to the file
whose number is its argument. It protects nobody; its walls were there before it.
"""

import ast
import io
import json
import os
import resource
import sys
from typing import Any


def answer(asked: dict[str, Any]) -> dict[str, object]:
    names: dict[str, Any] = {"__name__": "__main__", **asked["inputs"]}
    try:
        tree = ast.parse(asked["code"])
        last = tree.body[-1] if tree.body else None
        shown = ast.Expression(tree.body.pop().value) if isinstance(last, ast.Expr) else None
        exec(compile(tree, "program", "exec"), names)  # noqa: S102 - what this file is for
        value = eval(compile(shown, "program", "eval"), names) if shown else None  # noqa: S307
    except SystemExit as end:
        return {} if end.code in (None, 0) else {"error": f"SystemExit: {end.code}"}
    except BaseException as error:  # noqa: BLE001, RUF100 - whatever it raises is what is told
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        return {"value": json.loads(json.dumps(_keyed(value), default=_told))}
    except BaseException as error:  # noqa: BLE001, RUF100
        return {"error": f"its value cannot be told: {error}"}


def _keyed(value: object) -> object:
    if isinstance(value, dict) and not all(isinstance(key, str | int | float | bool | None) for key in value):
        return {str(key): one for key, one in value.items()}
    return value


def _told(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    attributes = getattr(value, "__dict__", None)
    return dict(attributes) if isinstance(attributes, dict) and type(value).__module__ == "__main__" else str(value)


def _main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    for limit, most in asked["limits"].items():
        resource.setrlimit(getattr(resource, limit), (most, most))
    os.close(0)
    sys.stdin = io.StringIO(asked["stdin"])
    if "random" in asked["code"]:  # else it would cost every program its import
        import random  # noqa: PLC0415

        random.seed(0)
    with os.fdopen(int(sys.argv[1]), "w") as out:
        found = answer(asked)
        sys.stdout.flush()
        json.dump(found, out)
    os._exit(0)  # threads that it started do not hold it up


if __name__ == "__main__":
    _main()
