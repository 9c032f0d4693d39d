"""The table of scenes in the docs names tests that there are; no browser is needed."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCENES = 35


def test_every_scene_of_the_docs_is_played_by_a_test_that_there_is() -> None:
    page = (ROOT / "docs" / "review-scenarios.md").read_text("utf-8")
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len({scene for scene, _ in rows}) == SCENES
    for scene, named in rows:
        tests = re.findall(r"`([\w/]+\.py)::(\w+)`", named)
        assert tests, scene
        for file, name in tests:
            path = ROOT / file if "/" in file else ROOT / "tests" / "browser" / file
            found = [one.name for one in ast.parse(path.read_text("utf-8")).body if isinstance(one, ast.FunctionDef)]
            assert name in found, f"{scene}: there is no {file}::{name}"
