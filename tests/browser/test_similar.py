"""What is like a record, or like a description."""

import re

from playwright.sync_api import Page, expect

from tests.browser.hands import cards, current, press, search, settled


def _cosines(page: Page) -> list[float]:
    return [float(text) for text in page.locator(".feed .cosine").all_inner_texts()]


def test_similar_keeps_the_words_and_leaves_the_record_itself_out(look: Page) -> None:
    search(look, "tool", "description")
    settled(look, 72)
    press(look, "Enter j s")
    reference = look.locator(".near article code")
    expect(reference).to_be_visible()
    settled(look, 71)
    name = reference.get_attribute("title")
    expect(cards(look)).to_have_count(25)
    assert look.locator(f".feed [data-id='{name}']").count() == 0
    expect(look.locator(".feed .field-description mark")).not_to_have_count(0)
    found = _cosines(look)
    assert found == sorted(found, reverse=True)
    press(look, "Shift+S")
    expect(look.locator(".near")).to_have_count(0)
    settled(look, 72)


def test_least_similar_another_field_and_a_threshold_with_its_count(look: Page) -> None:
    settled(look, 80)
    press(look, "s")
    settled(look, 79)
    look.get_by_label("most or least").select_option("least")
    expect(look.locator(".near-line strong")).to_have_text("Least like this record")
    settled(look, 79)
    found = _cosines(look)
    assert found == sorted(found)
    look.get_by_label("most or least").select_option("most")
    look.locator(".near-line").get_by_label("by").select_option("description")
    expect(look.locator(".near article .title")).to_have_text("Description")
    settled(look, 79)
    slider = look.get_by_role("slider")
    least = f"{_cosines(look)[9]:.2f}"
    slider.fill(least)
    expect(look.locator(".near output")).to_have_text(least)
    expect(look.locator(".total strong")).to_have_text(re.compile(r"^(?!79$)\d+$"))
    assert all(cosine >= float(least) - 0.001 for cosine in _cosines(look))


def test_a_description_finds_what_means_so(look: Page) -> None:
    look.get_by_label("How to look").select_option("meaning")
    look.get_by_label("Describe what is looked for").fill("a beekeeper with many hives of honey bees")
    expect(current(look).locator(".field-persona")).to_contain_text("beekeeper")
    expect(look.locator(".near-line strong")).to_have_text("Most like these words")
    look.get_by_role("button", name="Leave").click()
    settled(look, 80)
