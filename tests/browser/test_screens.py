"""The map, the charts, runs and people."""

from playwright.sync_api import Page, Route, expect

from personahub.web.told import failure
from tests.browser.hands import at, current, press, saved, settled
from tests.browser.served import ask
from tests.browser.test_access import axe
from tests.web.served import slow_writer


def _map(page: Page) -> None:
    page.get_by_role("link", name="Map").click()
    make = page.get_by_role("button", name="Make the map")
    picture = page.locator(".map-picture")
    make.or_(picture).first.wait_for()
    if make.is_visible():
        make.click()
    picture.wait_for()


def test_the_map_is_made_drawn_moved_and_cut_out_of(page: Page) -> None:
    settled(page, 80)
    assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None
    _map(page)
    tools = page.locator(".map-tools [role=status]")
    expect(tools).to_have_text("80 in view")
    box = page.locator(".map").bounding_box()
    assert box is not None
    first = page.locator(".map-picture").get_attribute("src")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -600)
    expect(page.locator(".map-picture")).not_to_have_attribute("src", str(first))
    expect(tools).not_to_have_text("80 in view")
    page.get_by_role("button", name="Whole map").click()
    expect(tools).to_have_text("80 in view")
    page.get_by_role("button", name="Lasso").click()
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.5, 0.98), (0.02, 0.98)]
    page.mouse.move(box["x"] + corners[0][0] * box["width"], box["y"] + corners[0][1] * box["height"])
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
    page.mouse.up()
    expect(page.locator(".chips li")).to_contain_text("an area of the map")
    settled(page)
    inside = int(page.locator(".total strong").inner_text())
    assert 70 <= inside <= 80


def test_a_picture_that_took_too_long_or_was_lost_is_asked_for_again(page: Page) -> None:
    settled(page, 80)
    _map(page)
    slow = bytes(failure(503, "too_slow", "this takes too long; make it narrower, or ask again in a while").body)
    asked: list[Route] = []

    def fail(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            route.fulfill(status=503, body=slow)
        elif len(asked) == 2:
            route.abort()
        else:
            route.continue_()

    first = str(page.locator(".map-picture").get_attribute("src"))
    page.route("**/api/map/picture", fail)
    page.get_by_role("button", name="nearer").click()
    expect(page.locator(".map-error")).to_contain_text("this takes too long")
    expect(page.locator(".map-error")).to_contain_text("does not answer")
    expect(page.locator(".map-picture")).not_to_have_attribute("src", first)
    expect(page.locator(".map-error")).to_have_count(0)
    assert len({route.request.post_data for route in asked}) == 1


def test_the_map_by_keys_and_as_a_table(page: Page) -> None:
    settled(page, 80)
    _map(page)
    page.locator(".map").focus()
    press(page, "+ + ArrowLeft ArrowUp 0")
    expect(page.locator(".map-tools [role=status]")).to_have_text("80 in view")
    page.get_by_label("colour by").select_option("length")
    expect(page.locator(".legend li").first).to_be_visible()
    page.locator("summary", has_text="as a table").click()
    row = page.locator(".in-view table button.link").first
    text = row.inner_text()
    row.click()
    expect(page.locator(".focus-record")).to_contain_text(text[:40])


def test_a_click_on_the_map_opens_the_record(page: Page) -> None:
    settled(page, 80)
    _map(page)
    body = {"table": "samples", "field": "persona", "window": [-9, -9, 9, 9], "width": 90, "height": 90}
    point = ask(page, "/api/map/points", body)["points"][0]
    place = page.evaluate(
        """async ([bounds, point]) => {
          const { whole, shares } = await import('/static/parts/landscape.js');
          const { width, height } = document.querySelector('.map').getBoundingClientRect();
          const { x, y } = shares(whole(bounds, (width - 2) / (height - 2)), point.x, point.y);
          return { x: x * width, y: y * height };
        }""",
        [ask(page, "/api/map", {"table": "samples", "field": "persona"})["bounds"], point],
    )
    page.locator(".map").click(position=place)
    expect(page.locator(".focus-record")).to_be_visible()


def test_charts_show_what_there_is_with_a_table_each(look: Page) -> None:
    look.get_by_role("link", name="Charts").click()
    expect(look.locator(".plot").first).to_be_visible()
    look.locator(".plot summary").first.click()
    expect(look.locator(".plot table").first).to_be_visible()


def test_where_a_record_comes_from_is_shown_at_once(look: Page) -> None:
    settled(look, 80)
    look.set_viewport_size({"width": 1200, "height": 300})
    for _ in range(2):  # from the list, and where it is already there
        press(look, "l")
        expect(look.locator(".lineage")).to_be_focused()
        expect(look.locator(".lineage")).to_be_in_viewport()
        look.locator("#main").focus()
    press(look, "o o")
    expect(look.locator(".lineage")).to_be_visible()
    expect(look.locator(".lineage")).not_to_be_focused()
    press(look, "o")
    look.route("**/api/record", lambda route: None, times=1)
    press(look, "j l k")  # gone on before it was there
    press(look, "j")
    expect(look.locator(".focus-record")).to_contain_text("2 of 80")
    expect(look.locator(".lineage")).to_be_visible()
    expect(look.locator(".lineage")).not_to_be_focused()


def test_a_record_large_with_where_it_comes_from(look: Page) -> None:
    settled(look, 80)
    press(look, "j o")
    expect(look.locator(".focus-record")).to_contain_text("2 of 80")
    expect(look.locator(".lineage")).to_contain_text("personas")
    assert look.locator(".rendered").count() == 0
    press(look, "r")
    expect(look.locator(".rendered .tool")).to_be_visible()
    press(look, "r")
    expect(look.locator(".rendered")).to_have_count(0)
    press(look, "j")
    expect(look.locator(".focus-record")).to_contain_text("3 of 80")
    look.locator(".lineage button.link").first.click()
    expect(look.locator(".focus-record .field-text")).to_be_visible()
    look.go_back()
    expect(look.locator(".focus-record")).to_contain_text("3 of 80")
    press(look, "o")
    at(look, 3)


def test_a_run_is_shown_before_it_costs_and_its_rows_appear(page: Page) -> None:
    settled(page, 80)
    page.get_by_role("link", name="Runs").click()
    page.get_by_label("extract").check()
    page.locator("#option-texts").fill("A nurse reads about bees every evening.\nA violin maker writes about old wood.")
    page.locator("#option-model").fill("offline")
    page.get_by_role("button", name="Show what would be asked").click()
    preview = page.locator(".preview-box")
    expect(preview).to_contain_text("requests")
    expect(preview.locator("details").first).to_contain_text("bees")
    expect(preview).to_contain_text("personahub extract")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".live .kind")).to_have_text("done", timeout=60_000)
    expect(page.locator(".came li").first).to_be_visible()
    expect(page.locator(".runs-table")).to_contain_text("extract")
    page.locator(".came button.link").first.click()
    expect(page.locator(".focus-record .field-text")).to_be_visible()


def test_rows_of_a_run_appear_while_it_goes_and_it_is_stopped_and_gone_on_with(page: Page) -> None:
    settled(page, 80)
    with slow_writer(30) as address:
        page.get_by_role("link", name="Runs").click()
        page.get_by_label("extract").check()
        texts = (f"Notes number {number} of a keeper of bees, about honey." for number in range(2000))
        page.locator("#option-texts").fill("\n".join(texts), timeout=60_000)
        page.locator("#option-model").fill("openai:offline")
        page.locator("summary", has_text="more options").click()
        page.locator("#option-base_url").fill(address)
        page.locator("#option-concurrency").fill("8")
        page.get_by_role("button", name="Show what would be asked").click()
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".came li").first).to_be_visible(timeout=60_000)  # 1,024 are put down together
        expect(page.locator(".live .kind")).to_have_text("running")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".live .kind")).to_have_text("stopped")
        page.get_by_role("button", name="Resume").wait_for()
        assert axe(page) == []
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("dialog")).to_contain_text(f"It asks {address}")
        assert axe(page) == []
        page.get_by_role("button", name="Go on", exact=True).click()
        expect(page.locator(".live .kind")).to_have_text("done", timeout=60_000)
    told = ask(page, "/api/hub", {})["tables"]
    assert {one["name"]: one["count"] for one in told}["texts"] == 2000


def test_what_people_did_and_how_far_it_is(page: Page) -> None:
    settled(page, 80)
    press(page, "5 Enter x n")
    at(page, 4)
    saved(page)
    page.get_by_role("link", name="People").click()
    expect(page.locator(".box", has_text="Progress").first).to_contain_text("of 80 records done")
    expect(page.locator("table", has_text="submitted")).to_contain_text("1")
    page.get_by_label("Reviewers a record needs").fill("2")
    page.get_by_role("button", name="Set").click()
    expect(page.locator(".told")).to_contain_text("2 reviewers")
    page.get_by_role("button", name="Another question").click()
    page.get_by_label("Title").last.fill("Is it safe?")
    page.get_by_role("button", name="Keep the questions").click()
    expect(page.locator(".told")).to_contain_text("kept")
    page.get_by_role("button", name="Judge what is pending").click()
    expect(page.locator(".panel")).to_contain_text("Is it safe?")
    expect(current(page)).to_contain_text("pending")


def test_another_person_judges_in_the_same_browser(page: Page) -> None:
    settled(page, 80)
    press(page, "5 Enter")
    saved(page)
    page.get_by_label("You judge as").click()
    page.get_by_role("dialog").get_by_label("Name").fill("zoe 2")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_label("You judge as zoe 2")).to_be_visible()
    settled(page, 80)
    expect(current(page)).to_contain_text("pending")
    press(page, "x")
    saved(page)
    names = [
        one["name"] for one in ask(page, "/api/progress", {"view": {"table": "samples", "show": "all"}})["reviewers"]
    ]
    assert len(names) == 2
    assert "zoe 2" in names
