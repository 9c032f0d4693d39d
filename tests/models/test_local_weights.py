import asyncio
import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from personahub.errors import ModelError, UsageError
from personahub.models.base import NO_ANSWER, Completion, Message, Prompt
from personahub.models.local import DEFAULT, Local
from personahub.models.local.huggingface import Halted
from personahub.models.local.weights import Shelf, Weights, wanted
from tests.models.hub_of_models import COMMIT, REPO, HubOfModels

FILE = "model-Q8_0.gguf"
DATA = b"GGUF" + bytes(range(256)) * 12_000  # 3 MB
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubOfModels]:
    server = HubOfModels({FILE: DATA})
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.close()


def _fetch(folder: Path, weights: Weights | None = None) -> Path:
    return Shelf(folder).path(weights or Weights(REPO, FILE), threading.Event())


def test_a_file_is_fetched_once_checked_and_noted_beside_itself(tmp_path: Path, hub: HubOfModels) -> None:
    path = _fetch(tmp_path)
    assert path == tmp_path / REPO / FILE
    assert path.read_bytes() == DATA
    lock = json.loads((tmp_path / REPO / f"{FILE}.lock").read_bytes())
    assert lock == {
        "repo": REPO,
        "file": FILE,
        "revision": COMMIT,
        "sha256": SHA256,
        "size": len(DATA),
        "licence": "apache-2.0",
    }
    asked = list(hub.asked)
    assert asked[1] == ("hub", f"/{REPO}/resolve/{COMMIT}/{FILE}")  # the very commit that was listed
    assert _fetch(tmp_path) == path
    assert hub.asked == asked
    assert not list(path.parent.glob("*.part"))


def test_a_repository_alone_means_its_one_file_or_the_usual_quantization(tmp_path: Path, hub: HubOfModels) -> None:
    assert _fetch(tmp_path / "one", Weights(REPO)).name == FILE
    hub.files = {"m-F16.gguf": DATA, "m-Q4_K_M.gguf": DATA, FILE: DATA}
    assert _fetch(tmp_path / "many", Weights(REPO)).name == "m-Q4_K_M.gguf"
    hub.files = {"m-F16.gguf": DATA, "m-IQ1_S.gguf": DATA}
    with pytest.raises(ModelError, match=r"which file .* m-F16\.gguf, m-IQ1_S\.gguf; write local:"):
        _fetch(tmp_path / "odd", Weights(REPO))
    # What was chosen once is not asked for again, and so a later upload changes nothing.
    asked = len(hub.asked)
    assert _fetch(tmp_path / "one", Weights(REPO)).name == FILE
    assert len(hub.asked) == asked


def test_a_download_that_breaks_off_goes_on_where_it_was(tmp_path: Path, hub: HubOfModels) -> None:
    hub.cut_after = [1_000_000, 2_000_000]
    assert _fetch(tmp_path).read_bytes() == DATA
    assert hub.ranges == ["", "bytes=1000000-", "bytes=2000000-"]


def test_a_download_from_a_host_that_cannot_resume_starts_again(tmp_path: Path, hub: HubOfModels) -> None:
    hub.cut_after, hub.resumes = [1_000_000], False
    assert _fetch(tmp_path).read_bytes() == DATA


def test_a_later_run_goes_on_from_what_a_stopped_one_left(tmp_path: Path, hub: HubOfModels) -> None:
    halted = threading.Event()
    shelf = Shelf(tmp_path, lambda done, total: halted.set() if done > len(DATA) // 4 else None)
    with pytest.raises(Halted):
        shelf.path(Weights(REPO, FILE), halted)
    (part,) = (tmp_path / REPO).glob("*.part")
    left = part.stat().st_size
    assert 0 < left < len(DATA)
    assert _fetch(tmp_path).read_bytes() == DATA
    assert hub.ranges == ["", f"bytes={left}-"]


@pytest.mark.parametrize("pinned", ["", "ab" * 32])
def test_a_file_that_is_not_what_it_should_be_is_refused_and_removed(
    tmp_path: Path, hub: HubOfModels, pinned: str
) -> None:
    """Whether the listing promised something else or our own pin did."""
    hub.listed = "" if pinned else "cd" * 32
    weights = Weights(REPO, FILE, COMMIT, pinned, len(DATA)) if pinned else Weights(REPO, FILE)
    with pytest.raises(ModelError, match=r"did not arrive as .* was removed"):
        _fetch(tmp_path, weights)
    assert [path.suffix for path in (tmp_path / REPO).iterdir() if path.stat().st_size] == [".lock"]


def test_a_pinned_file_needs_no_listing(tmp_path: Path, hub: HubOfModels) -> None:
    weights = Weights(REPO, FILE, COMMIT, SHA256, len(DATA), "mit")
    assert Shelf(tmp_path).identified(weights) == SHA256
    assert hub.asked == []
    assert _fetch(tmp_path, weights).read_bytes() == DATA
    assert all("/api/" not in path for _, path in hub.asked)


def test_a_file_that_changed_since_it_was_fetched_is_refused(tmp_path: Path, hub: HubOfModels) -> None:
    path = _fetch(tmp_path)
    path.write_bytes(DATA[:-1] + b"!")
    with pytest.raises(ModelError, match=r"is not what it was when it was fetched .* delete it"):
        _fetch(tmp_path)
    path.unlink()
    assert _fetch(tmp_path).read_bytes() == DATA


def test_a_repository_that_is_not_there_or_not_open_is_said_so(
    tmp_path: Path, hub: HubOfModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match=r"has no no/such \(404\)"):
        _fetch(tmp_path, Weights("no/such", FILE))
    with pytest.raises(ModelError, match=r"which file of .* It has model-Q8_0\.gguf"):
        _fetch(tmp_path, Weights(REPO, "other.gguf"))
    hub.locked = "hf_right"
    with pytest.raises(ModelError, match=r"answered 401 .* set HF_TOKEN"):
        _fetch(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert _fetch(tmp_path).read_bytes() == DATA
    assert hub.tokens == {"hub": "Bearer hf_right", "store": ""}  # the second host has no business with it


def test_a_redirect_out_of_https_is_not_followed(tmp_path: Path, hub: HubOfModels) -> None:
    hub.elsewhere = "http://192.0.2.1/model.gguf"
    with pytest.raises(ModelError, match=r"redirects to http://192\.0\.2\.1.* not https"):
        _fetch(tmp_path)


def test_without_a_network_the_sentence_names_the_ways_on(
    tmp_path: Path, hub: HubOfModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.close()
    ways = "download .* by hand and give --model local:/path/to/it, or give another endpoint"
    with pytest.raises(ModelError, match=f"127.0.0.1:.* cannot be reached for {FILE} .*{ways}"):
        _fetch(tmp_path, Weights(REPO, FILE, COMMIT, SHA256, len(DATA)))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match=f"HF_HUB_OFFLINE forbids .*{ways}"):
        _fetch(tmp_path)


def test_a_page_in_place_of_a_listing_is_no_traceback(tmp_path: Path, hub: HubOfModels) -> None:
    hub.listing = lambda: b"<html>Welcome to the proxy</html>"  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="something that is no listing"):
        _fetch(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path, hub: HubOfModels) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match=r"cannot be written .* XDG_CACHE_HOME"):
        _fetch(tmp_path / "file")


def test_progress_is_told_and_logged(tmp_path: Path, hub: HubOfModels, caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[int, int]] = []
    caplog.set_level(logging.INFO)
    Shelf(tmp_path, lambda done, total: told.append((done, total))).path(Weights(REPO, FILE), threading.Event())
    assert told[-1] == (len(DATA), len(DATA))
    assert f"fetching {FILE}: 0 of 3 MB" in caplog.text
    assert "licence apache-2.0" in caplog.text


@pytest.mark.parametrize(
    "name", ["nothing.gguf", "owner/file.gguf", "../up/x", "a/b/../c.gguf", "a/b/c.txt", "a b/c", "/"]
)
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"write local, local:/path/to/model.gguf, local:OWNER/REPO"):
        wanted(name)


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wanted("") == DEFAULT
    assert wanted("Owner/Repo-1.5_x") == Weights("Owner/Repo-1.5_x")
    assert wanted("Owner/Repo/sub/file-Q8_0.gguf") == Weights("Owner/Repo", "sub/file-Q8_0.gguf")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.gguf").write_bytes(DATA)
    assert wanted("here.gguf") == tmp_path / "here.gguf"


@pytest.mark.parametrize("ending", ["stop", "cancel"])
def test_a_run_that_ends_does_not_wait_for_a_download(
    tmp_path: Path, hub: HubOfModels, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    hub.pause = 0.2  # 2.4 s in all

    async def run() -> Completion | None:
        model = Local.open(f"{REPO}/{FILE}", {})
        asking = asyncio.create_task(model.complete(Prompt((Message("user", "word"),))))
        while not hub.ranges:  # noqa: ASYNC110 - it is another thread's
            await asyncio.sleep(0.01)
        if ending == "cancel":
            asking.cancel()
        else:
            model.stop()
        await asyncio.wait([asking])
        await model.close()
        return None if asking.cancelled() else asking.result()

    start = time.monotonic()
    answer = asyncio.run(run())
    assert time.monotonic() - start < 1.5
    assert (answer.error if answer else None) == (NO_ANSWER if ending == "stop" else None)
    assert list(tmp_path.rglob("*.part"))


def test_a_model_of_the_hub_is_fetched_and_answers(
    tmp_path: Path, hub: HubOfModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp", reason="the extra 'local' is not installed")
    from tests.models.tiny_gguf import write_tiny  # noqa: PLC0415 - comes with the same packages

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    hub.files = {FILE: write_tiny(tmp_path / "tiny.gguf").read_bytes()}

    async def run() -> Completion:
        model = Local.open(REPO, {"max_tokens": 5})
        assert hub.asked == []
        assert model.identity == f"local:{REPO} {hashlib.sha256(hub.files[FILE]).hexdigest()[:16]}"
        assert [host for host, _ in hub.asked] == ["hub"]
        try:
            return await model.complete(Prompt((Message("user", "word"),)))
        finally:
            await model.close()

    assert asyncio.run(run()).completion_tokens > 0


def test_the_default_is_pinned_and_free_to_use() -> None:
    assert DEFAULT.known
    assert DEFAULT.licence == "apache-2.0"
    assert len(DEFAULT.sha256) == 64
    assert 600e6 < DEFAULT.size < 700e6
