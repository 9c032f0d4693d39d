"""What holds for the tree as a whole."""

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "personahub"


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": "src"})


def _copy(folder: Path) -> Path:
    shutil.copytree(SRC, folder / "src" / "personahub", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("text.py", "from personahub.events import Tally\nfrom personahub.models.base import Model"),
        ("tasks/synthesis.py", "from personahub.run import Run"),
        ("tasks/synthesis.py", "from personahub.stages.base import Stage"),
        ("hub.py", "import lance"),
    ],
)
def test_an_import_that_goes_up_or_across_is_refused(tmp_path: Path, file: str, line: str) -> None:
    folder = _copy(tmp_path)
    assert _lint_imports(folder).returncode == 0, _lint_imports(folder).stdout
    planted = folder / "src" / "personahub" / file
    planted.write_text(planted.read_text("utf-8") + f"\n{line}\n", "utf-8")
    found = _lint_imports(folder)
    assert found.returncode == 1
    assert "BROKEN" in found.stdout


def test_members_of_a_family_do_not_import_each_other() -> None:
    """`base` is the family's contract and `__init__` its door; a wrapper is a member too."""
    for family in ("tasks", "stages", "models", "sources", "engines", "embedders"):
        members = {path.stem for path in (SRC / family).iterdir() if path.suffix == ".py"} - {"base", "__init__"}
        for path in (SRC / family).glob("*.py"):
            if path.stem in ("base", "__init__"):
                continue
            imported = re.findall(rf"(?:from|import) personahub\.{family}\.(\w+)", path.read_text("utf-8"))
            assert not members & set(imported), f"{path.name} imports {members & set(imported)}"


def test_no_file_is_over_300_lines() -> None:
    for folder in ("src", "tests", "benchmarks", "docs", "recipes"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".toml", ".md"):
                assert len(path.read_text("utf-8").split("\n")) <= 301, path


def test_the_tree_in_the_architecture_page_is_the_tree_on_the_disk() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    tree = page.split("```text\nsrc/personahub/\n", 1)[1].split("```", 1)[0]
    named: set[str] = set()
    for line in tree.splitlines():
        first = line.split()[0] if line.strip() else ""
        if first.endswith("/"):
            named.update(first + name for name in line.split("  ")[-1].split() if name.endswith((".py", ".md", "/")))
        elif first.endswith(".py"):
            named.add(first)
    there = {path.name for path in SRC.glob("*.py")}
    for folder in (path for path in SRC.iterdir() if path.is_dir() and path.name != "__pycache__"):
        inside = [path for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__")]
        there.update(f"{folder.name}/{path.name}{'/' if path.is_dir() else ''}" for path in inside)
    there -= {"__init__.py", "__main__.py"}
    assert named - {"__init__.py", "__main__.py"} == there


def test_nothing_in_the_package_prints_or_opens_a_door_it_should_not() -> None:
    for path in SRC.rglob("*.py"):
        code = path.read_text("utf-8")
        inside = path == SRC / "sandbox" / "inside.py"  # which stands behind the walls of a sandbox
        assert inside or not re.search(r"\b(eval|exec|pickle|os\.system)\s*\(", code), path
        assert "shell=True" not in code, path


def _seconds(*starts: Sequence[str]) -> list[float]:
    """CPU seconds of the best of nine starts of each, by turns: what the work takes, whatever else goes on."""
    best = [float("inf")] * len(starts)
    for _ in range(9):
        for at, arguments in enumerate(starts):
            before = _spent()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            best[at] = min(best[at], _spent() - before)
    return best


def _spent() -> float:
    """By processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_importing_costs_little_and_help_is_quick() -> None:
    """0.1 s and 0.2 s; on a slow machine, by the ratio to a bare start, which takes 0.02 s where nothing is slow."""
    bare, package, told = _seconds(["-c", "pass"], ["-c", "import personahub"], ["-m", "personahub", "--help"])
    assert package < max(0.1, 4 * bare)
    assert told < max(0.2, 9 * bare)


def test_the_package_alone_loads_nothing_heavy() -> None:
    heavy = ("pyarrow", "lance", "aiohttp", "numpy", "rich")
    code = f"import sys, personahub.cli.main; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
