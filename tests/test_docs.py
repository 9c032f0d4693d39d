"""What the documentation shows is what happens."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in (
            "tutorial",
            "uses",
            "near-duplicates",
            "choosing",
            "healthy-hub",
            "labels",
            "in-and-out",
            "answers",
            "instructions",
            "fine-tuning",
            "tools",
            "characters",
        )
    ),
]


def _blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("examples", "recipes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def _run(place: Path, *command: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_snippet_runs_from_top_to_bottom(page: Path, place: Path) -> None:
    """Save for what needs an endpoint of the reader's, and what sets the checkout up."""
    for block in _blocks(page, "bash"):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith("personahub") and "--base-url" not in line and "openai:" not in line:
                _run(place, "bash", "-c", line)
    for block in _blocks(page, "python"):
        _run(place, sys.executable, "-W", "error", "-c", block)


def test_the_output_that_the_readme_shows_is_the_output(place: Path) -> None:
    shown = _blocks(ROOT / "README.md", "text")[0].strip().splitlines()
    made = _run(place, "personahub", "run", "recipes/demo.toml").splitlines()
    # Seconds differ from machine to machine.
    steady = {re.sub(r"\d+\.\d s", "", line).rstrip() for line in made}
    missing = [line for line in shown if re.sub(r"\d+\.\d s", "", line).rstrip() not in steady and line != "..."]
    assert not missing


def test_the_reference_pages_are_what_the_code_says() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "write_reference.py"))
    for name, page in written["PAGES"].items():
        assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == page(), f"run 'make docs': {name} is old"


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
