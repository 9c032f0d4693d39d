r"""An answer in one form, and the exact number that it is, where it is one.

Only what is written in so many digits is read here: whole numbers, decimals, fractions, percent, powers of ten, in
plain text or simple LaTeX. Nothing is evaluated.
"""

import re
import unicodedata
from fractions import Fraction

MOST_DIGITS = 60
MOST_POWER = 60

_DROPPED = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|displaystyle|textstyle)(?![a-zA-Z])|\\[,!;:> ]|\\quad|\\qquad|~"
)
_NAMED = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|operatorname)\s*\{([^{}]*)\}")
_FRAC = re.compile(r"\\[dtc]?frac(?![a-zA-Z])")
_SHORT_FRAC = re.compile(r"\\frac\s*(\d)\s*(\d)(?!\d)|\\frac\s*(\d)\s*\{(\d+)\}|\\frac\s*\{(\d+)\}\s*(\d)(?!\d)")
_DEGREES = re.compile(r"\^\s*(?:\\circ|\{\s*\\circ\s*\})|\u00b0|\\degree\b")
_ASSIGNED = re.compile(r"^[a-zA-Z](?:_\{?\w\}?)?\s*(?:=|\\approx|:=)\s*(?=[^=]+$)")
_CHOICE = re.compile(r"^\(?([A-Za-z])[).]?$")

_WHOLE = r"\d{1,3}(?:(?:,|\{,\})\d{3})+(?!\d)|\d+"
_NUMBER = rf"(?:{_WHOLE})(?:\.\d+)?|\.\d+"
_PLAIN = re.compile(
    rf"^(?P<sign>[-+]?)(?P<money>\\?\$|[\u20ac\u00a3\u00a5])?(?P<sign2>[-+]?)(?P<number>{_NUMBER})\.?(?P<percent>\\?%)?$"
)
_QUOTIENT = re.compile(
    rf"^(?P<sign>[-+]?)\(?(?P<top>[-+]?(?:{_NUMBER}))\)?/\(?(?P<bottom>(?:{_NUMBER}))\)?(?P<percent>\\?%)?$"
)
_LATEX_QUOTIENT = re.compile(
    rf"^(?P<sign>[-+]?)\\frac\{{(?P<top>[-+]?(?:{_NUMBER}))\}}\{{(?P<bottom>[-+]?(?:{_NUMBER}))\}}(?P<percent>\\?%)?$"
)
_MIXED = re.compile(
    r"^(?P<sign>[-+]?)(?P<whole>\d+)(?:\s+(?P<a>\d+)/(?P<b>\d+)|\s*(?:and)?\s*\\frac\{(?P<c>\d+)\}\{(?P<d>\d+)\})$"
)
_POWER = re.compile(
    rf"^(?P<sign>[-+]?)(?:(?P<number>{_NUMBER})(?:[eE]|\s*(?:\\times|\\cdot|\u00d7|\*|x)\s*10\s*(?:\^|\*\*)\s*)|10\s*(?:\^|\*\*)\s*)"
    r"\{?(?P<power>[-+]?\d{1,3})\}?$"
)
_CHINESE = r"\u4e00-\u9fff"
# Words behind a number. What might be variables is none: 2k and 2xy are products, 2 km and 2 apples are not.
_SHORT = "cm|mm|km|kg|mg|ml|dl|cl|ft|in|mi|lb|lbs|oz|hr|hrs|min|sec|mph|kmh|USD|EUR|GBP"
_UNIT = re.compile(
    rf"^(?P<value>.*?[\d}}%)])(?P<unit>(?:\s*(?:{_SHORT})(?![a-zA-Z])|\s+[mgshlL](?=[\s^\u00b2\u00b3]|$)"
    rf"|(?:\s+|(?<=[}})]))[a-zA-Z]{{3,}}|\s*[{_CHINESE}])[a-zA-Z{_CHINESE} .'/\u00b2\u00b3^\d{{}}-]*)$"
)
# What changes a number, or parts two, and is no unit.
_NO_UNIT = re.compile(
    r"\b(?:or|and|to|pi|sqrt|sin|cos|tan|log|ln|exp|mod|choose|if|for|where|inf|infinity|nan|base|th|nd|st|rd|million"
    r"|billion|thousand|hundred|dozen)\b",
    re.IGNORECASE,
)
_WORDS = {
    word: str(number)
    for number, word in enumerate(
        (*("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
    )
}


def normal(answer: str) -> str:
    """One form of what is written in several: signs, spaces, LaTeX that only sets type."""
    text = unicodedata.normalize("NFKC", answer).replace("\u2212", "-").replace("\u2013", "-").replace("\u2044", "/")
    text = text.strip().strip("$").strip() if text.count("$") in (2, 4) and text.strip()[-1:] == "$" else text
    text = _DROPPED.sub(" ", text.strip())
    text = _FRAC.sub(r"\\frac", _NAMED.sub(r" \1 ", text))
    text = _SHORT_FRAC.sub(lambda found: "\\frac{%s}{%s}" % tuple(part for part in found.groups() if part), text)  # noqa: UP031
    text = _DEGREES.sub("", text).replace("\\%", "%").replace(" percent", "%").replace("\\$", "$")
    text = re.sub(r"\s*([{}()\[\],;/=])\s*", _tight, " ".join(text.split())).strip().rstrip(" .")
    text = text[1:-1].strip() if text.startswith("{") and text.endswith("}") and text.count("{") == 1 else text
    if choice := _CHOICE.match(text):
        return choice[1].upper() if len(text) > 1 or text.isupper() else text
    return _ASSIGNED.sub("", text, count=1)


def _tight(found: re.Match[str]) -> str:
    """A comma keeps its space: 70, 110 are two numbers and 70,110 may be one."""
    blank = found[1] in ",;" and found[0].endswith(" ") and "(" not in found.string and "[" not in found.string
    return f"{found[1]} " if blank else found[1]


def number(text: str) -> Fraction | None:
    """The value of a normal answer, exactly; None where it is no plain number.

    Percent is a hundredth. A unit is no part of a number; `unit` parts it.
    """
    if len(text) > 2 * MOST_DIGITS:
        return None
    text = _WORDS.get(text.casefold(), text)
    for form, value in _FORMS:
        if found := form.match(text):
            try:
                return value(found.groupdict())
            except (ZeroDivisionError, ValueError):
                return None
    return None


def meant(text: str) -> set[Fraction]:
    """All that a normal answer may mean: 10 % is a tenth and may be said for 10; 70,110 may be 70.11."""
    value = number(text)
    found = set() if value is None else {value, value * 100} if "%" in text else {value}
    comma = number(text.replace(",", ".")) if text.count(",") == 1 else None
    return found if comma is None else {*found, comma}


def unit(text: str) -> tuple[str, str]:
    """A normal answer as a value and the words behind it: ("18", "dollars"); ("18", "") where there are none."""
    found = _UNIT.match(text)
    if found is None or _NO_UNIT.search(found["unit"]) or number(found["value"].strip()) is None:
        return text, ""
    return found["value"].strip(), " ".join(found["unit"].split()).strip(" .").casefold()


def _exact(text: str) -> Fraction:
    return Fraction(re.sub(r"\{,\}|,", "", text) or "x")


def _signed(found: dict[str, str | None], value: Fraction) -> Fraction:
    minus = [found.get(name) for name in ("sign", "sign2")].count("-")
    return -value if minus % 2 else value


def _plain(found: dict[str, str | None]) -> Fraction:
    value = _signed(found, _exact(found["number"] or ""))
    return value / 100 if found["percent"] else value


def _quotient(found: dict[str, str | None]) -> Fraction:
    value = _signed(found, _exact((found["top"] or "").lstrip("+")) / _exact((found["bottom"] or "").lstrip("+")))
    return value / 100 if found["percent"] else value


def _mixed(found: dict[str, str | None]) -> Fraction:
    top, bottom = found["a"] or found["c"] or "", found["b"] or found["d"] or ""
    part = Fraction(int(top), int(bottom))
    if part >= 1:
        raise ValueError
    return _signed(found, int(found["whole"] or "") + part)


def _power(found: dict[str, str | None]) -> Fraction:
    power = int(found["power"] or "")
    if abs(power) > MOST_POWER:
        raise ValueError
    return _signed(found, _exact(found["number"] or "1") * Fraction(10) ** power)


_FORMS = ((_PLAIN, _plain), (_QUOTIENT, _quotient), (_LATEX_QUOTIENT, _quotient), (_MIXED, _mixed), (_POWER, _power))
