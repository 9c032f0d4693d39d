import pytest
from hypothesis import given
from hypothesis import strategies as st

from personahub.text import content_id, normal, printable, sentence, spans, words


@given(st.text(max_size=400), st.integers(1, 60))
def test_spans_are_the_text_in_pieces_no_longer_than_asked(text: str, max_chars: int) -> None:
    cut = list(spans(text, max_chars))
    assert "".join(text[start:end] for start, end in cut) == text
    assert all(end - start <= max_chars for start, end in cut)
    assert all(end > start for start, end in cut) or text == ""


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ("it is not there", "it is not there."),
        ("it is not there.", "it is not there."),
        ("is it running?", "is it running?"),
        ("no! ", "no!"),
        ("\u4e0d\u884c\u3002", "\u4e0d\u884c\u3002"),
        ("it said (why?)", "it said (why?)."),
    ],
)
def test_a_sentence_ends_once(said: str, ended: str) -> None:
    assert sentence(said) == ended


def test_spans_end_where_sentences_do() -> None:
    text = "One is short. Two is a little longer. Three?"
    assert [text[start:end] for start, end in spans(text, 30)] == [
        "One is short.",
        " Two is a little longer.",
        " Three?",
    ]


def test_a_sentence_too_long_is_cut_at_a_space() -> None:
    text = "a few words and no stop at all here"
    assert [text[start:end] for start, end in spans(text, 12)] == ["a few words ", "and no stop ", "at all here"]


def test_chinese_sentences_are_cut_at_their_own_stops() -> None:
    text = "\u6c34\u6765\u4e86\u3002\u6211\u4eec\u8d70\u3002"
    assert [text[start:end] for start, end in spans(text, 5)] == [
        "\u6c34\u6765\u4e86\u3002",
        "\u6211\u4eec\u8d70\u3002",
    ]


def test_an_id_tells_where_one_field_ends() -> None:
    assert content_id("ab", "c") != content_id("a", "bc") != content_id("abc")
    assert len(content_id("")) == 32


@given(st.text())
def test_any_text_has_an_id_a_normal_form_and_words(text: str) -> None:
    assert content_id(text) == content_id(text)
    assert normal(normal(text)) == normal(text)
    assert all(word.strip() for word in words(text))


def test_words_are_case_folded_and_chinese_counts_by_character() -> None:
    assert words("A Stra\u00dfe, the_baker's 3rd") == ["a", "strasse", "the", "baker's", "3rd"]
    assert words("\u8b66\u5bdf\u5b98") == ["\u8b66", "\u5bdf", "\u5b98"]


def test_what_could_command_a_terminal_is_not_printable() -> None:
    assert printable("\x1b[2Jgone\x07\u202eevil\ntab\tkept") == "\ufffd[2Jgone\ufffd\ufffdevil\ntab\tkept"
