import json

import pytest

import personahub
from personahub.browse.view import MOST_NEAR, Reading, read_view
from personahub.hub import Folder
from personahub.web import looking
from personahub.web.room import Room

_JOBS = ("nurse", "baker", "judge", "pilot", "farmer", "tailor", "miner", "poet")
_PLACES = ("coast", "valley", "harbour", "desert", "island")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    place = tmp_path_factory.mktemp("near")
    texts = [f"a {_JOBS[n % 8]} from the {_PLACES[n % 5]} who owns {n} books" for n in range(MOST_NEAR + 60)]
    rows = [json.dumps({"input persona": text, "synthesized text": "t"}) for text in texts]
    (place / "made.jsonl").write_text("\n".join(rows), "utf-8")
    hub = personahub.open(place / "my.hub")
    hub.import_([place / "made.jsonl"], task="tool")
    hub.similar(text="a nurse", limit=1)
    return Room(Folder(place / "my.hub"), read_only=False)


def test_how_many_are_like_a_record_is_told_with_the_first_of_them(room: Room) -> None:
    one = looking.records(room, "ann", Reading({"limit": 1}))["records"][0]  # type: ignore[index]
    asked = {"near": {"id": one["id"]}}
    pages = [looking.records(room, "ann", Reading({"view": asked, "limit": limit})) for limit in (10, 200)]
    assert [(page["total"], page["exact"], page["more"]) for page in pages] == [(MOST_NEAR, True, True)] * 2
    first, more = ([record["id"] for record in page["records"]] for page in pages)  # type: ignore[attr-defined]
    assert first == more[:10]
    assert one["id"] not in more
    assert pages[0]["reference"]["id"] == one["id"]  # type: ignore[index]
    counted = looking.counts(room, "ann", Reading({"view": asked, "columns": ["hop"]}))
    assert counted["total"] == MOST_NEAR


def test_where_few_may_be_found_all_of_them_are_counted(room: Room) -> None:
    one = looking.records(room, "ann", Reading({"limit": 1}))["records"][0]  # type: ignore[index]
    for more in ({"query": "pilot"}, {"near": {"id": one["id"], "min": 0.9}}):
        asked = {"near": {"id": one["id"]}, **more}
        page = looking.records(room, "ann", Reading({"view": asked, "limit": 200}))
        counted = looking.counts(room, "ann", Reading({"view": asked, "columns": []}))
        whole = room.rows.of(read_view(asked), "ann")
        assert counted["total"] == len(whole) == len(whole.rows)
        assert page["total"] == counted["total"] or not page["exact"]
