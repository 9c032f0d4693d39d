"""Records that were written for these tests: tools like those that PERSONA HUB releases, and texts that mean harm."""

import json
from pathlib import Path

Row = dict[str, str]

_WORK = [
    ("nurse", "a ward for children", "plans shifts"),
    ("horse breeder", "a stud in the hills", "tracks feed"),
    ("medical device manufacturer", "pumps for hospitals", "checks batches"),
    ("beekeeper", "forty hives", "counts honey"),
    ("geography teacher", "a school by the sea", "draws maps"),
    ("bridge historian", "an archive of drawings", "sorts plans"),
    ("violin maker", "a small workshop", "measures wood"),
    ("ferry captain", "a line across the strait", "reads tides"),
    ("librarian", "a reading room", "lends books"),
    ("glacier guide", "a hut under the ice", "watches weather"),
]
_WAYS = [
    "who has done so for {n} years",
    "with a team of {n}",
    "who writes about it every {n} weeks",
    "and parent of {n} children",
]


def tools(count: int = 80) -> list[Row]:
    """Every tenth description has no "tool" in it."""
    return [_tool(number) for number in range(count)]


def _tool(number: int) -> Row:
    work, place, does = _WORK[number % len(_WORK)]
    way = _WAYS[number % len(_WAYS)].format(n=number + 2)
    interface = {
        "name": f"{does.title()} {number}",
        "description": f"Helps the {work} of {place} and {does}.",
        "function_name": f"{does.replace(' ', '_')}_{number}",
        "input_args": [{"name": "day", "type": "string", "description": "which day"}],
        "return": "a table",
        "depend": "none",
    }
    kind = "instrument" if number % 10 == 9 else "tool"
    return {
        "input persona": f"A {work} at {place} {way}",
        "synthesized text": json.dumps(json.dumps(interface)),
        "description": f"A {kind} for whoever {does}, number {number}",
    }


def written(rows: list[Row], file: Path) -> Path:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"><animate onbegin=\"document.title = 'owned'\"/></svg>",
    "[click](javascript:document.title='owned') <javascript:document.title='owned'>",
    "<iframe srcdoc=\"<script>parent.document.title = 'owned'</script>\"></iframe>",
    "![x](http://192.0.2.1/pixel.png) <link rel=stylesheet href=http://192.0.2.1/x.css>",
    "\u202eevil\u202c \u2066inside\u2069 \u200bzero \ufeffbom",
    "\x1b[31mred\x1b[0m \x07bell \x00nul \x7fdel",
    "{{constructor.constructor('document.title=1')()}} ${document.title} <%= 1 %>",
    "$\\frac{1}{$ and $\\left( x$ and $$\\begin{pmatrix} 1 & 2$$ and \\(\\href{javascript:1}{x}\\)",
    "*" * 5000 + "[" * 5000 + "`" * 5000,
    "\n".join("> " * depth + "deep" for depth in range(1, 200)),
    "\n".join("  " * depth + "- list" for depth in range(200)),
    json.dumps({"__proto__": {"x": 1}, "constructor": "c", "html": "<b onclick=1>x</b>"}),
    "[" * 2000 + "]" * 2000,
    json.dumps(
        [
            {"role": "user", "content": "<script>document.title = 'owned'</script>"},
            {"role": "</p>", "content": None, "tool_calls": [{"function": {"name": "<img src=x>", "arguments": "{"}}]},
        ]
    ),
    '=HYPERLINK("http://192.0.2.1","x")',
    "&lt;b&gt; &#60;script&#62; %3Cscript%3E \\u003cscript\\u003e",
    "مرحبا بالعالم، هذا نص من اليمين إلى اليسار 123 abc",
    "一位喜欢在雨天下棋的护士，写了很长很长的一段话" * 20,
    "a" * 20_000 + "\u0301" * 2_000,
    "one very long word " + "w" * 100_000,
]


LONG = 5_000_000
LARGE = ["*[`", "$\\frac{1}{", "\u202e\x1b[31m", '{"a": [', "<b>five million</b> "]


def hostile(count: int = 300) -> list[Row]:
    """Each of the texts in each of the fields, again and again, and at the end cells of five million characters."""
    rows = []
    for number in range(count):
        text, other = HOSTILE[number % len(HOSTILE)], HOSTILE[(number * 7 + 3) % len(HOSTILE)]
        rows.append(
            {
                "input persona": f"{number} {other}",
                "synthesized text": f"{text} {number}" if number >= len(HOSTILE) else text,
                "description": f"{other[:300]} number {number}",
            }
        )
    for row, text in zip(rows[-len(LARGE) :], LARGE, strict=True):
        row["synthesized text"] = (text * (LONG // len(text) + 1))[:LONG]
    return rows
