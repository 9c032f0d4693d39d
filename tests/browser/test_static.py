"""The files of the page as they lie on the disk; no browser is needed."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "src" / "personahub" / "web" / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if path.parent.name != "vendor")


def test_modules_of_others_are_the_ones_that_were_looked_at() -> None:
    told = (STATIC / "vendor" / "VENDOR.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\w+\.js)` .* `([0-9a-f]{64})` \|$", told, re.MULTILINE))
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (STATIC / "vendor").glob("*.js")}
    assert there == listed
    assert len(there) == 3


def test_every_import_is_a_file_beside() -> None:
    for path in MODULES:
        for name in re.findall(r'^(?:import|export)[^;]*? from "([^"]+)"', path.read_text("utf-8"), re.MULTILINE):
            assert name.startswith("."), f"{path.name} imports {name}"
            assert (path.parent / name).resolve().is_file(), f"{path.name} imports {name}"


def test_no_module_makes_html_of_a_string_or_runs_one() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySetInnerHTML|srcdoc"
    )
    for path in MODULES:
        assert not re.search(forbidden, path.read_text("utf-8")), path


def test_modules_are_small_and_name_no_other_machine() -> None:
    for path in [*MODULES, *STATIC.glob("*.css"), STATIC / "index.html"]:
        text = path.read_text("utf-8")
        assert text.count("\n") <= 300, path
        hosts = set(re.findall(r"https?://[\w.-]+", text)) - {"http://www.w3.org"}
        assert not hosts, f"{path.name} names {hosts}"


def test_every_module_says_what_it_is_for() -> None:
    for path in MODULES:
        assert path.read_text("utf-8").startswith("/**"), path
