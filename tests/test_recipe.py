import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import personahub as ph
from personahub.errors import UsageError
from personahub.recipe import read

ROOT = Path(__file__).parents[1]

RECIPE = """
hub = "my.hub"
model = "offline"

[[steps]]
verb = "extract"
sources = ["texts"]
personas_per_text = 2

[[steps]]
verb = "synthesize"
task = "math"
limit = 3

[[steps]]
verb = "export"
what = "math"
output = "math.jsonl"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "texts").mkdir()
    for trade in ("baker", "welder"):
        (tmp_path / "texts" / f"{trade}.txt").write_text(f"The {trade} starts at four and counts twice.", "utf-8")
    (tmp_path / "r.toml").write_text(RECIPE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_recipe_runs_its_steps_in_order(place: Path) -> None:
    reports = list(ph.run_recipe("r.toml"))
    assert [report.verb for report in reports] == ["extract", "synthesize", "export"]
    assert len((place / "math.jsonl").read_text("utf-8").splitlines()) == 3
    again = list(ph.run_recipe("r.toml"))
    assert [report.usage.requests for report in again] == [0, 0, 0]


def test_the_command_runs_the_same(place: Path) -> None:
    command = [sys.executable, "-m", "personahub", "run", "r.toml", "--hub", "other.hub", "--json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    assert [json.loads(line)["verb"] for line in done.stdout.splitlines()] == ["extract", "synthesize", "export"]
    assert (place / "other.hub" / "hub.json").exists()


def test_a_step_that_a_limit_stops_is_the_last_and_the_recipe_goes_on_when_it_is_run_again(place: Path) -> None:
    (place / "r.toml").write_text(RECIPE.replace("limit = 3", "limit = 3\nmax_requests = 2"), "utf-8")
    command = [sys.executable, "-m", "personahub", "run", "r.toml", "--json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert [json.loads(line)["verb"] for line in done.stdout.splitlines()] == ["extract", "synthesize"]
    assert subprocess.run(command, cwd=place, capture_output=True, check=False).returncode == 0
    assert len((place / "math.jsonl").read_text("utf-8").splitlines()) == 3


def test_a_dry_run_of_a_recipe_writes_nothing(place: Path) -> None:
    reports = list(ph.run_recipe("r.toml", dry_run=True))
    assert reports[0].verb == "extract"
    assert reports[0].counts["dry run"]["requests"] == 2
    assert not (place / "my.hub").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hub = ", "cannot be read"),
        ('hub = "x.hub"', "at least one"),
        ("[[steps]]\nverb = 'stats'", "hub = "),
        ("hub = 'x'\ncolour = 'red'\n[[steps]]\nverb = 'stats'", "'colour' cannot stand above the steps"),
        ("hub = 'x'\n[[steps]]\nverb = 'statz'", "no verb 'statz'"),
        ("hub = 'x'\n[[steps]]\nverb = 'run'", "cannot be a step"),
        ("hub = 'x'\n[[steps]]\ntask = 'math'", "needs a line verb"),
        ("hub = 'x'\n[[steps]]\nverb = 'expand'\nhops = 2", "step 1 of the recipe: expand needs model"),
        ("hub = 'x'\nmodel = 'offline'\n[[steps]]\nverb = 'expand'\nhop = 2", "has no option 'hop'"),
        ("hub = 'x'\nmodel = 'offline'\n[[steps]]\nverb = 'expand'\nhops = 'two'", "must be a whole number"),
    ],
)
def test_a_recipe_is_checked_as_a_whole_before_its_first_step(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "r.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=complaint):
        read(tmp_path / "r.toml")


def test_the_shipped_recipes_are_sound() -> None:
    for path in (ROOT / "recipes").glob("*.toml"):
        assert read(path).steps


def test_what_is_given_outside_wins(place: Path) -> None:
    found = read(place / "r.toml", model="openai:m", hub="other.hub")
    assert found.hub == "other.hub"
    assert found.steps[0].options["model"] == "openai:m"
    assert "model" not in found.steps[2].options


@pytest.mark.parametrize(
    ("name", "outputs"), [("tools", ("tools.jsonl",)), ("characters", ("saltmere.jsonl", "mozhou.jsonl"))]
)
def test_the_shipped_recipes_of_tools_and_characters_run(
    name: str, outputs: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    reports = list(ph.run_recipe(ROOT / "recipes" / f"{name}.toml"))
    assert all(tally.adds_up and tally.kept == tally.read for one in reports for tally in one.tallies.values())
    for output in outputs:
        assert len((tmp_path / output).read_text("utf-8").splitlines()) >= 10


def test_the_shipped_recipes_of_math_and_instructions_run_on_two_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for path in sorted((tmp_path / "examples" / "texts").iterdir())[2:]:
        path.unlink()
    monkeypatch.chdir(tmp_path)
    for name in ("math", "instructions"):
        reports = list(ph.run_recipe(ROOT / "recipes" / f"{name}.toml"))
        assert all(tally.adds_up and tally.kept == tally.read > 0 for one in reports for tally in one.tallies.values())
    problems = [json.loads(line) for line in (tmp_path / "math-with-answers.jsonl").read_text("utf-8").splitlines()]
    assert problems
    assert all(row["answer"] for row in problems)
    talks = [
        json.loads(line)["messages"] for line in (tmp_path / "conversations.jsonl").read_text("utf-8").splitlines()
    ]
    assert max(map(len, talks)) == 6
    assert all([said["role"] for said in talk] == ["user", "assistant"] * (len(talk) // 2) for talk in talks)
    paired = ph.open("instructions.hub").stats().counts["samples by task"]
    assert paired["persona-chat"] > 0
