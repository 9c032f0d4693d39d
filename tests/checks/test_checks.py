"""What a sample must satisfy, and what is said where it does not."""

import pytest

from personahub import checks
from personahub.checks import Made
from personahub.errors import TemplateError

CHINESE = "\u95e8\u53e3\u5199\u7740\u4e0d\u8bb8\u628a\u7bb1\u5b50\u5e26\u8d70\uff0c\u90a3\u600e\u4e48\u529e\uff1f"
GERMAN = "Der Hund ist auf dem Weg und die Katze ist nicht zu sehen."


@pytest.mark.parametrize(
    ("name", "setting", "text", "fault"),
    [
        ("least_words", 3, "one two three", None),
        ("least_words", "3", "one two", "2 words are fewer than 3"),
        ("least_words", 5, CHINESE, None),
        ("most_words", 2, "one two three", "3 words are more than 2"),
        ("most_questions", 1, "How many? And why?", "2 questions are more than 1"),
        ("most_questions", 1, "Is 2 > 1? Yes.", None),
        ("most_questions", 2, "Find (below)\na) the mass\nb) the length\nc) the time.", "3 questions are more than 2"),
        ("most_questions", 2, "Facts:\n1. One.\n2. Two.\n3. Three.\nWhich is it?", None),
        ("title_words", 5, "A short title\n\nAnd a text.", None),
        ("title_words", 5, "A title alone", "nothing follows the first line, which is the title"),
        ("title_words", 3, "This is no title at all\nText.", "a first line of 6 words is no title of up to 3"),
        ("language", "en", "The dog is on the way and the cat is not to be seen.", None),
        ("language", "en", GERMAN, "it is in 'de' and not in 'en'"),
        ("language", "zh", CHINESE, None),
        ("language", "zh", "The dog is on the way and the cat is not to be seen.", "it is in 'en' and not in 'zh'"),
        ("language", "en", "42", None),
        ("unlike_persona", 0.5, "A nurse who bakes", "100% of its words are the persona's"),
        ("unlike_persona", 0.5, "Seven loaves cost nine pounds, and a nurse has three", None),
    ],
)
def test_a_check_says_what_does_not_hold(name: str, setting: object, text: str, fault: str | None) -> None:
    assert checks.find(name, setting)(Made(text, "A nurse who bakes")) == fault


@pytest.mark.parametrize(
    ("name", "setting", "complaint"),
    [
        ("wit", 1, "no check 'wit'; there are least_words"),
        ("least_words", "many", "cannot be 'many': a whole number"),
        ("least_words", True, "a whole number"),
        ("least_words", 0, "a whole number from 1 on"),
        ("language", "xx", "one of ar, de"),
        ("unlike_persona", 2, "above 0 and up to 1"),
        ("unlike_persona", "half", "above 0 and up to 1"),
    ],
)
def test_a_check_that_is_none_is_refused_with_the_cure(name: str, setting: object, complaint: str) -> None:
    with pytest.raises(TemplateError, match=complaint):
        checks.find(name, setting)
