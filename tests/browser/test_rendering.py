"""What texts are drawn as, by the page's own modules in a real browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.rows import HOSTILE

Draw = Callable[[str, Any], str]

_DRAW = """async ([what, given]) => {
  const { h, render } = await import('/static/html.js');
  const { Markdown } = await import('/static/render/markdown.js');
  const { Formula } = await import('/static/render/latex.js');
  const { Diff } = await import('/static/render/diff.js');
  const { Text } = await import('/static/render/text.js');
  const { form } = await import('/static/render/form.js');
  const box = document.createElement('div');
  const nodes = { markdown: () => h(Markdown, { text: given }), formula: () => h(Formula, { code: given }),
    diff: () => h(Diff, { before: given[0], after: given[1] }), text: () => h(Text, given),
    form: () => {
      const found = form(given);
      return found ? h('section', { class: found.name }, found.draw()) : 'raw';
    } };
  const begun = performance.now();
  render(nodes[what](), box);
  return [box.innerHTML, performance.now() - begun];
}"""
SLOWEST = 4_000  # ms, on a busy machine, for the worst of texts


@pytest.fixture
def draw(look: Page) -> Draw:
    def drawn(what: str, given: Any) -> str:
        told, took = look.evaluate(_DRAW, [what, given])
        assert took < SLOWEST
        return str(told)

    return drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (
            "**a** and *b*, ***c***, ~~d~~, `e*f*`",
            "<strong>a</strong> and <em>b</em>, <strong><em>c</em></strong>, <del>d</del>, <code>e*f*</code>",
        ),
        ("snake_case_name and 2*3*4 stay", "snake_case_name and 2<em>3</em>4 stay"),
        ("it costs $5 and $6", "it costs $5 and $6"),
        ("[a](http://x.org/y)", '<a href="http://x.org/y" rel="noopener noreferrer nofollow" target="_blank">a</a>'),
        ("[a](javascript:alert)", 'a <span class="target">(javascript:alert)</span>'),
        ("![a](http://x.org/y.png)", '<span class="picture">picture: a (http://x.org/y.png)</span>'),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("- a\n- b\n  1. c", "<ul><li>"),
        ("# Title #", 'role="heading" aria-level="2">Title</p>'),
        ("```py\n<x>\n```", "<code>&lt;x&gt;</code>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td><td>2</td>"),
        ("> said", "<blockquote>"),
        ("so $x^2$ is", "<msup><mi>x</mi><mn>2</mn></msup>"),
        ("$$\n\\frac12\n$$", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
    ],
)
def test_markdown_becomes_nodes(draw: Draw, text: str, drawn: str) -> None:
    assert drawn in draw("markdown", text)


@pytest.mark.parametrize(
    ("code", "drawn"),
    [
        ("\\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        ("\\sqrt[3]{x}", "<mroot>"),
        ("\\sum_{i=1}^n i", "<munderover><mo>∑</mo>"),
        ("\\int_0^1", "<msubsup><mo>∫</mo>"),
        ("x_1'", "<msubsup><mi>x</mi><mn>1</mn><mo>′</mo></msubsup>"),
        ("\\mathbb{R} \\alpha \\le", "<mi>ℝ</mi><mi>α</mi><mo>≤</mo>"),
        ("\\begin{cases} 1 & x > 0 \\\\ 0 & \\text{if not} \\end{cases}", "<mtext>if not</mtext>"),
        ("\\left( \\frac12 \\right)", '<mo fence="true" stretchy="true">(</mo>'),
        ("\\boxed{42}", '<mrow class="boxed">'),
    ],
)
def test_formulas_become_mathml(draw: Draw, code: str, drawn: str) -> None:
    assert drawn in draw("formula", code)


@pytest.mark.parametrize(
    "code",
    [
        "\\href{javascript:1}{x}",
        "\\frac{1}{",
        "x^",
        "{" * 200,
        "\\begin{x}",
        "\\left(",
        "x^1^2",
        "}",
        "&",
        "\\def\\a{\\a}\\a",
    ],
)
def test_a_broken_formula_stays_as_it_is_written(draw: Draw, code: str) -> None:
    drawn = draw("formula", code)
    assert drawn.startswith('<code class="broken"')
    assert "<math" not in drawn


def test_numbers_keep_their_digits_and_names_are_only_names(draw: Draw) -> None:
    drawn = draw("form", '{"a": 12345678901234567890, "b": 1.10, "__proto__": {"x": 1}, "constructor": null}')
    for piece in ("12345678901234567890", "1.10", "__proto__", "constructor"):
        assert piece in drawn


def test_a_tool_a_conversation_and_a_call_are_known_as_such(draw: Draw) -> None:
    tool = json.dumps(
        json.dumps(
            {"name": "N", "function_name": "f", "input_args": [{"name": "day", "type": "string"}], "return": "r"}
        )
    )
    assert '<section class="tool">' in draw("form", tool)
    assert '<td dir="auto">day</td>' in draw("form", tool)
    talk = json.dumps({"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "**yes**"}]})
    assert '<section class="turns">' in draw("form", talk)
    assert "<strong>yes</strong>" in draw("form", talk)
    call = json.dumps(
        [{"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}]
    )
    assert "<code>f</code>" in draw("form", call)
    assert draw("form", "plain words, nothing else") == "raw"


def test_signs_that_act_unseen_are_shown_by_name(draw: Draw) -> None:
    drawn = draw("text", {"text": "a\u202eb\x00c\x1b[31m\u2066\u2066\ud800"})
    for name in ("RLO", "NUL", "ESC", "LRI × 2", "U+D800"):
        assert name in drawn
    assert "\u202e" not in drawn


def test_marks_stand_where_they_are_said_to(draw: Draw) -> None:
    drawn = draw("text", {"text": "𝔸 tool 工具", "marks": [[3, 7], [8, 10]]})
    assert drawn.count("<mark") == 2
    assert '<mark class="hit">tool</mark> <mark class="hit">工具</mark>' in drawn


def test_a_change_is_told_word_by_word_in_any_language(draw: Draw) -> None:
    assert "<span>a </span><del>b</del><ins>x</ins><span> c d</span><ins> e</ins>" in draw(
        "diff", ["a b c d", "a x c d e"]
    )
    assert "<span>我喜欢</span><del>棋</del><ins>下棋</ins>" in draw("diff", ["我喜欢棋", "我喜欢下棋"])


BOMBS = [
    "*" * 200_000,
    "[" * 200_000,
    "# " + " " * 199_000 + "x",
    "`a``b```c" * 20_000,
    "$a" * 60_000,
    "*a **b " * 20_000,
    "[a](" * 50_000,
    "```" + " " * 100_000 + "`",
    "\\" * 200_000,
    "1. a\n" * 40_000,
    "|" * 100_000 + "\n|-|-",
    "\u202e\u202d" * 50_000,
    "[" * 100_000 + "]" * 100_000,
]


@pytest.mark.parametrize("bomb", range(len(BOMBS)))
def test_a_text_that_was_made_to_hang_a_page_does_not(draw: Draw, bomb: int) -> None:
    for what, given in (("markdown", BOMBS[bomb]), ("form", BOMBS[bomb]), ("text", {"text": BOMBS[bomb]})):
        draw(what, given)


@pytest.mark.parametrize("place", range(len(HOSTILE)))
def test_nothing_that_means_harm_becomes_anything_but_text(draw: Draw, look: Page, place: int) -> None:
    for what, given in (("markdown", HOSTILE[place]), ("form", HOSTILE[place]), ("text", {"text": HOSTILE[place]})):
        drawn = draw(what, given)
        for tag in ("<script", "<img", "<iframe", "<svg", "<link", "<object", "onerror=", 'href="javascript'):
            shown = drawn.replace("&lt;", "<").count(tag)
            assert tag not in drawn or (tag.endswith("=") and shown >= drawn.count(tag)), tag
    assert "owned" not in look.title()
