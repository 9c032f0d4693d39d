r"""The final answer of a worked solution, as people and models really mark it.

What counts as a mark: a label ("Final answer:", "#### 18"), a box (\boxed{18}) and a sentence ("the answer is 18"), in
English and Chinese. The last mark holds, as solvers correct themselves. Without one, only what stands alone at the very
end is taken: a bold value, an equation's right side, or a line that is nothing but a value. A guess is worse than none.
"""

import re

MOST_CHARS = 2000  # of an answer; what is longer is an essay

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning|scratchpad)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)
_THOUGHT_START = re.compile(r"<(?:think|thinking|thought|reasoning|scratchpad)>", re.IGNORECASE)

_MARKUP = r"[\s*_#>`~\-\u2022]*"
_IS = r"(?:is|are|was|equals|would be|will be|must be|should be|comes (?:out )?to|=)"
# A label at the beginning of a line, or after a sentence.
_LABEL = re.compile(
    rf"(?:^{_MARKUP}|(?<=[.!?;\u3002]\s){_MARKUP}|(?<=[\u3002\uff1b]){_MARKUP})"
    r"(?:(?:so|thus|hence|therefore|my|the|our|your)[,:]?\s+)*"
    r"(?:(?:final|correct|numerical|numeric|exact|short)\s+){0,2}(?:answers?|result|solution|a)"
    r"(?:\s*\((?:[^()\n]{0,30})\))?[*_`\s]*[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
_CHINESE = re.compile(
    r"(?:\u6700\u7ec8|\u6700\u540e|\u6b63\u786e|\u6700\u7d42|\u6700\u5f8c|\u6b63\u78ba)?(?:\u7684)?"
    r"(?:\u7b54\u6848|\u7ed3\u679c|\u7d50\u679c|(?<![\u56de\u89e3\u62a5])\u7b54)"
    r"[*_`\s]*(?:\u5e94\u8be5?|\u61c9\u8a72?|\u5c31|\u5373|\u90fd|\u4fbf|\u5f53\u7136)?(?:[:\uff1a]|\u662f|\u4e3a|\u70ba|\u7b49\u4e8e|\u7b49\u65bc)[:\uff1a]?"
)
_HASHES = re.compile(r"^[ \t]*####[ \t]*(?=\S)(?!.*#)", re.MULTILINE)
_SENTENCE = re.compile(
    r"\b(?:(?:final|correct|numerical|numeric|exact|desired|required)\s+)?answers?\b"
    r"(?:\s+(?:to|of|for)\s+(?:the|this|your|our)\s+(?:whole\s+)?(?:problem|question|puzzle|exercise)"
    rf"(?:\s+\w+)?)?[,*_`\s]*(?:therefore|then|thus|hence)?[,\s]*{_IS}[*_`\s]*[:\uff1a]?(?!\s*(?:not|n't|wrong|incorrect|correct|right)\b)",
    re.IGNORECASE,
)
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(?=\{)")
_BOX_BARE = re.compile(r"\\boxed\s+([^\s$\\{}]+)")
_BETWEEN = re.compile(r"[\s$,;\u3001\uff0c]*(?:and|or|\u548c|\u6216)?[\s$,;]*")
_BOLD = re.compile(r"(?:\*\*|__)(?=\S)([^\n]{1,200}?)(?<=\S)(?:\*\*|__)")
_EQUATION = re.compile(r"=\s*([^=\n]{1,120}?)\s*[.\u3002]?\s*$")
_VALUE = re.compile(
    r"[-+\u2212]?\s*(?:[$\u20ac\u00a3\u00a5]|\\\$)?\s*"
    r"(?:\d[\d,\u202f ]*(?:\.\d+)?|\.\d+|\\[dt]?frac\s*\{[^{}]+\}\s*\{[^{}]+\})"
    r"(?:\s*/\s*\d[\d,]*)?\s*(?:\\?%|\\?\$|\u20ac|\^?\\circ|\u00b0)?"
)
_REASON = re.compile(
    r"[,;]?\s+(?:because|since|as we|so that|which (?:is|means|gives|can)|where)\b.*$", re.IGNORECASE | re.DOTALL
)
_SENTENCE_END = re.compile(r"(?<=[\w)}\]$%*\"'\u00b0|!])[.!?](?=\s+\S|\s*$)|[\u3002\uff01\uff1b]")
_ONE_FORMULA = re.compile(r"\$([^$\n]+)\$|\\\((.+?)\\\)")
_FORMULA = re.compile(r"\$[^$\n]+\$|\\\(.+\\\)")
_PAIRS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**"), ("__", "__"), ("`", "`"), ('"', '"'))
_DISPLAY = re.compile(r"^\s*(\$\$|\\\[)")
_CLOSING = {"$$": "$$", r"\[": r"\]"}


def final(text: str, label: str = "") -> str | None:
    """What a text says is its answer, without the marks around it; None where it says none.

    Args:
        label: what the answer was asked to stand behind, such as "Final answer:", beside the usual ones.
    """
    said = _spoken(text)
    found = _last_mark(said, label)
    return found if found is not None else _alone_at_the_end(said)


def bare(value: str) -> str:
    """A value less what only shows it: dollar signs of formulas, bold, quotes, a full stop."""
    value = value.strip()
    while True:
        before = value
        value = value.rstrip(" \t\r\n,;:\u3002\uff0c\uff1b*").lstrip(" \t\r\n*,;:\u3000").strip()
        if value.endswith(".") and not value.endswith("..."):
            value = value[:-1].rstrip()
        for left, right in _PAIRS:
            inner = value[len(left) : len(value) - len(right)]
            if len(value) > len(left) + len(right) and value.startswith(left) and value.endswith(right):
                value = value if left in inner or right in inner else inner
        if value == before:
            return value


def _spoken(text: str) -> str:
    """Less what was thought aloud; of thoughts that never end nothing is said."""
    text = _THOUGHT.sub("", text)
    ends = list(_THOUGHT_END.finditer(text))
    text = text[ends[-1].end() :] if ends else text
    begun = _THOUGHT_START.search(text)
    return text[: begun.start()] if begun else text


def _last_mark(text: str, label: str) -> str | None:
    """The value of the last mark that has one."""
    asked = re.compile(rf"{re.escape(label.rstrip(':'))}[*_`\s]*[:\uff1a]", re.IGNORECASE) if label else None
    marks = [match for kind in (_LABEL, _CHINESE, _HASHES, _SENTENCE, asked) if kind for match in kind.finditer(text)]
    boxes = _boxes(text)
    places = sorted({match.end() for match in marks}, reverse=True)
    for place in places:
        if boxes and boxes[-1][1] > place:
            break
        if value := _value_after(text, place):
            return value
    return _boxed(text, boxes)


def _boxes(text: str) -> list[tuple[int, int, str]]:
    """Where each box begins and ends, and what is in it; one that was cut off is none."""
    found = []
    for match in _BOX.finditer(text):
        depth = 0
        for place in range(match.end(), min(len(text), match.end() + MOST_CHARS)):
            depth += (text[place] == "{") - (text[place] == "}")
            if depth == 0:
                found.append((match.start(), place + 1, text[match.end() + 1 : place]))
                break
    found += [(match.start(), match.end(), match[1]) for match in _BOX_BARE.finditer(text)]
    return sorted(box for box in found if box[2].strip())


def _boxed(text: str, boxes: list[tuple[int, int, str]]) -> str | None:
    """The last box; several in one line are several answers."""
    if not boxes:
        return None
    last = [boxes[-1]]
    for box in reversed(boxes[:-1]):
        if not _BETWEEN.fullmatch(text, box[1], last[0][0]):
            break
        last.insert(0, box)
    values = list(dict.fromkeys(bare(box[2]) for box in last))
    return ", ".join(value for value in values if value) or None


def _value_after(text: str, place: int) -> str | None:
    """What stands behind a mark: the rest of its line, or the next line, or a formula on lines of its own."""
    rest = text[place : place + MOST_CHARS]
    if shown := _DISPLAY.match(rest):
        inner = rest[shown.end() :].partition(_CLOSING[shown[1]])[0]
        return bare(" ".join(inner.split())) or None
    lines = [line for line in rest.split("\n") if line.strip(" \t\r*_#>`-=~")]
    if not lines or (rest.lstrip(" \t*_`").startswith("\n") and _LABEL.match(lines[0])):
        return None
    line = _REASON.sub("", lines[0])
    if end := _SENTENCE_END.search(line):
        line = line[: end.start()]
    value = bare(line)
    formulas = [one or other for one, other in _ONE_FORMULA.findall(value)]
    if len(formulas) == 1 and re.search(r"[a-z]{2}", _ONE_FORMULA.sub("", value), re.IGNORECASE):
        value = value if re.match(r"\s*[^$\\]*\d", _ONE_FORMULA.sub("", value)) else bare(formulas[0])
    return value.strip() or None


def _alone_at_the_end(text: str) -> str | None:
    lines = [line.strip() for line in text.strip().split("\n") if line.strip(" \t\r*_#>`-=~")]
    if not lines:
        return None
    last = lines[-1]
    if bolds := _BOLD.findall(last):
        return bare(bolds[-1]) or None
    whole = bare(last)
    if _VALUE.fullmatch(whole) or (len(lines) == 1 and _FORMULA.fullmatch(last)):
        return whole
    found = _EQUATION.search(bare(last))
    return bare(found[1]) or None if found else None
