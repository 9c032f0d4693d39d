"""Many at once, and what is taken away."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
from playwright.sync_api import Page, expect

from personahub.api import Hub
from tests.browser.hands import current, press, saved, search, settled
from tests.browser.rows import tools, written
from tests.browser.served import Served, ask


def _mine(page: Page) -> dict[str, int]:
    progress = ask(page, "/api/progress", {"view": {"table": "samples", "task": "tool", "show": "all"}})
    return {name: count for name, count in progress["mine"].items() if count and name != "pending"}


def test_all_hits_at_once_and_back_by_one_undo(page: Page) -> None:
    search(page, "nurse")
    settled(page, 8)
    press(page, "Enter b")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".preview")).to_have_text("8 of 8 records will change.")
    dialog.get_by_label("Discard").check()
    dialog.get_by_role("button", name="Discard: 8 records").click()
    expect(page.locator(".told")).to_contain_text("One undo takes all of it back")
    assert _mine(page) == {"discarded": 8}
    press(page, "u")
    expect(page.locator(".told")).to_contain_text("of 8 records")
    saved(page)
    assert _mine(page) == {}


def test_those_that_were_selected_get_a_rating_together(page: Page) -> None:
    settled(page, 80)
    press(page, "v j v j j v")
    expect(page.locator(".bulk-bar")).to_contain_text("3 records selected")
    press(page, "b")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("the 3 selected")).to_be_checked()
    dialog.get_by_label("How good is it?").select_option("4")
    dialog.get_by_role("button", name="Submit: 3 records").click()
    expect(page.locator(".bulk-bar")).to_have_count(0)
    assert _mine(page) == {"submitted": 3}
    press(page, "Escape")
    page.reload()
    settled(page)
    expect(page.locator(".feed .rated").first).to_have_text("4 ★")


def test_the_file_holds_the_kept_rows_and_the_manifest_its_checksum(page: Page) -> None:
    settled(page, 80)
    kept = []
    for number in range(6):
        kept.append(current(page).locator(".field-persona .text").inner_text())
        press(page, "5 Enter" if number != 2 else "x")
    del kept[2]
    saved(page)
    page.get_by_role("link", name="Keep").click()
    page.get_by_role("button", name="Export 5").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    name, data = download.value.suggested_filename, Path(download.value.path()).read_bytes()
    assert [json.loads(line)["input persona"] for line in data.splitlines()] == kept
    with page.expect_download() as download:
        page.get_by_role("link", name="Manifest").click()
    manifest = json.loads(Path(download.value.path()).read_bytes())
    sums = {file["name"]: file["sha256"] for file in manifest["files"]}
    assert sums[name] == hashlib.sha256(data).hexdigest()


def test_splits_share_no_record_and_no_persona_and_the_same_seed_splits_them_so_again(
    page: Page, served: Served, tmp_path: Path
) -> None:
    again = [{**row, "synthesized text": f"{row['synthesized text']} for the same persona"} for row in tools()]
    Hub(served.hub).import_([written(again, tmp_path / "again.jsonl")], task="tool")
    page.reload()
    settled(page, 160)
    page.get_by_role("link", name="Keep").click()
    page.get_by_label("the list as it is narrowed now").check()
    page.get_by_label("File").select_option("folder")
    page.get_by_label("Splits").fill("train=0.5,test=0.5")
    first, second = _split(page), _split(page)
    assert first == second
    train, test = first["train"], first["test"]
    assert len(train) + len(test) == len(train | test) == 160
    assert not {persona for persona, _ in train} & {persona for persona, _ in test}
    assert min(len(train), len(test)) > 20


def _split(page: Page) -> dict[str, set[tuple[str, str]]]:
    """By split the personas and texts in the files of a download."""
    page.get_by_role("button", name="Export 160").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    found = {}
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as folder:
        for side in ("train", "test"):
            [name] = [one for one in folder.namelist() if one.endswith(".parquet") and side in one]
            rows = pq.read_table(io.BytesIO(folder.read(name))).to_pylist()
            found[side] = {(row["persona"], row["text"]) for row in rows}
            assert len(rows) == len(found[side])
    return found


def test_a_selection_is_saved_opened_and_removed(page: Page) -> None:
    search(page, "beekeeper")
    settled(page, 8)
    page.get_by_role("link", name="Keep").click()
    page.get_by_label("the list as it is narrowed now").check()
    page.get_by_label("Name").fill("bees")
    page.get_by_role("button", name="Save 8").click()
    page.get_by_role("button", name="bees", exact=True).click()
    settled(page, 8)
    expect(page.locator(".chips")).to_contain_text("selection bees")
    page.get_by_role("link", name="Keep").click()
    page.get_by_role("button", name="Remove the selection bees").click()
    expect(page.locator(".box")).to_contain_text(["Which records", "Save as", "Export", "None yet."])


def test_what_the_page_does_can_be_had_as_a_command(page: Page) -> None:
    search(page, "nurse", "persona")
    settled(page, 8)
    page.get_by_role("link", name="Keep").click()
    page.get_by_label("the list as it is narrowed now").check()
    page.locator(".box", has_text="Export").get_by_role("button", name="As a command").click()
    command = page.locator(".command", has_text="Command line").locator("pre")
    expect(command).to_contain_text("personahub")
    expect(page.locator(".command", has_text="Python").locator("pre")).to_contain_text("personahub")
