import json
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personahub.errors import UsageError
from personahub.stages.quality import RULES, Quality
from personahub.text import words

TAKEN = {
    "refusal": [
        "I'm sorry, but I can't help with that request.",
        "As an AI language model, I do not have personal experiences.",
        "I cannot describe a person from this.",
        "Unfortunately, I am unable to produce a description.",
        "\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5\u56de\u7b54\u8fd9\u4e2a\u95ee\u9898\u3002",
    ],
    "not_a_persona": [
        '{"persona": "A potter from Crete who sells tiles"}',
        "1. A potter who sells tiles\n2. A sailor who buys them",
        "A potter who sells tiles on Crete\n\nOR\n\nA sailor who buys them",
        "A [occupation] who lives in a small harbour town",
        "As a collector of painted tiles with an eye for glazes:",
        "1234 5678 !!!",
    ],
    "too_short": ["A potter", "Sailor", "", "Night porter"],
    "too_long": ["A potter who " + "paints tiles and " * 100, "word " * 251, "\u4e00" * 251, "a b " * 126],
    "source_leak": [
        "A tile collector who would enjoy reading this article",
        "A volunteer at the harbour museum mentioned in the text",
        "A potter or ceramics teacher, given the detailed descriptions of glazes",
        "A glaze chemist who likely wrote this text.",
        "A retired sailor. The passage describes life in a harbour town.",
        "A friend who learned to dive together with the input persona",
    ],
    "real_person": [
        "Dr. Maren Okafor, head of the institute for ceramics",
        "Tobias Lindqvist, a harbour pilot from Gothenburg",
        "Ines Morales was a painter who lived in Seville.",
        "I am Peter K. Brandt, a novelist who loves the sea",
        "The mother of Jonas Whitfield",
    ],
    "dangling_reference": [
        "A gallery owner who admires the potter's patience with difficult glazes",
        "A harbour guard who plays chess with the retired sailor",
        "Another collector who owns three painted tiles",
        "A quarry manager who sends samples to the young geologist",
        "A museum guide relying on the curator to answer hard questions",
        "A senior potter who teaches the potter to mix colours",
    ],
}

KEPT = {
    "refusal": [
        "A shopkeeper who is always sorry to close early",
        "A researcher who tests how an AI language model answers children",
        "A shy clerk who says he can't sing but does",
        "I am a diver who cannot stay away from wrecks",
    ],
    "not_a_persona": [
        "A potter who lists three rules: clean hands, wet clay, no hurry",
        "A C# developer [self-taught] who restores old ferries",
        "A fan of the film '8 1/2' who runs a small cinema",
        "A baker or pastry cook who sells at the night market",
    ],
    "too_short": [
        "A reluctant beekeeper",
        "Sardinian chess teacher",
        "\u4e00\u4e2a\u5f8b\u5e08",
        "a colour-blind tiler",
    ],
    "too_long": ["A potter who " + "paints tiles " * 100, "word " * 250, "A harbour pilot with a dog", "\u4e00" * 250],
    "source_leak": [
        "A philologist with a keen eye for detail in the analysis of the text of old charters",
        "A blogger who writes an article about tiles every week",
        "A cellist who studies this composer's late quartets and every piece he wrote",
        "A nurse who adapts treatment plans based on the mentioned symptoms of her patients",
    ],
    "real_person": [
        "A fan of Michael Jordan who coaches the school team",
        "A former classmate of Tobias Lindqvist",
        "Runa is a lock keeper who carves spoons",
        "Retired Teacher, a volunteer in the harbour museum",
        "Harbour Pilot, a lover of old ferries",
    ],
    "dangling_reference": [
        "The founder of a ferry line who never learned to swim",
        "A sailor who married a potter and carries the potter's tiles to market",
        "A cook who buys herbs at the farmer's market",
        "A diver who wants to be the oldest instructor on the coast",
        "A journalist following the player who broke the club's record",
        "A teacher who adores chess. The teacher also keeps bees.",
        "A cyclist who still remembers the first woman to win the race",
    ],
}


def reasons(texts: list[str], stage: Quality | None = None) -> list[str | None]:
    rows = pa.RecordBatch.from_pydict({"id": [str(n) for n in range(len(texts))], "text": pa.array(texts, pa.string())})
    found: list[str | None] = (stage or Quality())(rows)["reject"].to_pylist()
    return found


@pytest.mark.parametrize("rule", TAKEN)
def test_a_rule_takes_what_it_is_for(rule: str) -> None:
    assert len(TAKEN[rule]) >= 4
    assert reasons(TAKEN[rule]) == [rule] * len(TAKEN[rule])


@pytest.mark.parametrize("rule", KEPT)
def test_a_rule_leaves_what_only_looks_like_it(rule: str) -> None:
    assert len(KEPT[rule]) >= 4
    assert dict(zip(KEPT[rule], reasons(KEPT[rule]), strict=True)) == dict.fromkeys(KEPT[rule])


def test_every_rule_is_explained_and_has_examples_of_both_kinds() -> None:
    assert set(RULES) == {*TAKEN, "wrong_language"} == {*KEPT, "wrong_language"}
    assert all(line.endswith(".") for line in RULES.values())


LANGUAGES = {
    "en": "A potter who sells painted tiles to the sailors of a small harbour",
    "de": "Eine T\u00f6pferin, die bemalte Fliesen an die Seeleute einer kleinen Hafenstadt verkauft",
    "es": "Una alfarera que vende azulejos a los marineros de un puerto peque\u00f1o",
    "fr": "Une poti\u00e8re qui vend des carreaux peints aux marins dans un petit port",
    "it": "Una ceramista che vende piastrelle dipinte con il nome della barca ai marinai del porto",
    "nl": "Een pottenbakker die beschilderde tegels verkoopt aan de zeelieden van het kleine havenstadje",
    "pt": "Uma ceramista que vende azulejos pintados para os marinheiros do porto em sua cidade",
    "sv": "En keramiker som m\u00e5lar kakel och har en liten butik i hamnen f\u00f6r att m\u00f6ta folk med b\u00e5t",
    "ru": "\u0413\u043e\u043d\u0447\u0430\u0440, \u043a\u043e\u0442\u043e\u0440\u044b\u0439 "
    "\u043f\u0440\u043e\u0434\u0430\u0451\u0442 "
    "\u043f\u043b\u0438\u0442\u043a\u0443 \u043c\u043e\u0440\u044f\u043a\u0430\u043c",
    "zh": "\u4e00\u4f4d\u5728\u5c0f\u6e2f\u53e3\u5356\u74f7\u7816\u7684\u9676\u827a\u5e08",
    "ja": "\u5c0f\u3055\u306a\u6e2f\u3067\u30bf\u30a4\u30eb\u3092\u58f2\u308b\u9676\u82b8\u5bb6",
    "ko": "\uc791\uc740 \ud56d\uad6c\uc5d0\uc11c \ud0c0\uc77c\uc744 \ud30c\ub294 \ub3c4\uc608\uac00",
    "ar": "\u062e\u0632\u0627\u0641 \u064a\u0628\u064a\u0639 \u0627\u0644\u0628\u0644\u0627\u0637 "
    "\u0644\u0644\u0628\u062d\u0627\u0631\u0629",
    "el": "\u0388\u03bd\u03b1\u03c2 \u03b1\u03b3\u03b3\u03b5\u03b9\u03bf\u03c0\u03bb\u03ac\u03c3\u03c4\u03b7\u03c2 "
    "\u03c0\u03bf\u03c5 \u03c0\u03bf\u03c5\u03bb\u03ac\u03b5\u03b9",
    "he": "\u05e7\u05d3\u05e8 \u05e9\u05de\u05d5\u05db\u05e8 \u05d0\u05e8\u05d9\u05d7\u05d9\u05dd",
    "hi": "\u090f\u0915 \u0915\u0941\u092e\u094d\u0939\u093e\u0930 \u091c\u094b \u091f\u093e"
    "\u0907\u0932 \u092c\u0947\u091a\u0924\u093e \u0939\u0948",
    "th": "\u0e0a\u0e48\u0e32\u0e07\u0e1b\u0e31\u0e49\u0e19\u0e17\u0e35\u0e48\u0e02\u0e32"
    "\u0e22\u0e01\u0e23\u0e30\u0e40\u0e1a\u0e37\u0e49\u0e2d\u0e07",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_keeps_its_own_and_english_keeps_only_english(language: str) -> None:
    text = LANGUAGES[language]
    assert reasons([text], Quality(language=language, min_words=1)) == [None]
    expected = None if language == "en" else "wrong_language"
    assert reasons([text], Quality(language="en", min_words=1)) == [expected]


def test_foreign_names_and_titles_do_not_make_a_text_foreign() -> None:
    texts = [
        "A fan of La Casa de Papel who lives in Leeds",
        "\u7231\u770bMOOMIN\u7684\u753b\u5bb6",
        "a reluctant beekeeper",
        "An admirer of \u7070\u5f92 who writes for a school paper",
    ]
    assert reasons(texts, Quality(language="en")) == [None, "wrong_language", None, None]
    assert reasons([texts[1]], Quality(language="zh")) == [None]


def test_an_unknown_language_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="choose one of ar, de"):
        Quality(language="klingon")


def test_the_first_rule_in_order_names_the_reason() -> None:
    assert reasons(["I'm sorry."]) == ["refusal"]
    assert reasons(["Dr. Maren Okafor, who wrote this article"]) == ["source_leak"]


def test_the_first_person_groups_and_mentions_are_kept() -> None:
    kept = ["I am a lighthouse keeper on Gotland.", "A family that sails every summer", "A company that makes tiles"]
    assert reasons(kept) == [None] * 3


def test_the_rows_stay_as_they_are_and_an_earlier_reason_stands() -> None:
    rows = pa.RecordBatch.from_pydict({"id": ["a", "b", "c"], "text": ["A potter", "A potter", None], "hop": [0, 1, 2]})
    judged = Quality()(rows.append_column("reject", pa.array(["duplicate", None, None], pa.string())))
    assert judged.select(["id", "text", "hop"]).equals(rows)
    assert judged["reject"].to_pylist() == ["duplicate", "too_short", "too_short"]
    assert judged.schema.field("reject").type == pa.string()


def test_no_rows_are_judged_as_no_rows() -> None:
    assert reasons([]) == []


def test_the_settings_are_the_fingerprint() -> None:
    assert repr(Quality(language="en")) == "Quality(language='en', min_words=3, max_words=250)"


# Characters that this Python's Unicode does not know yet may be letters to Arrow already.
_KNOWN = st.text(st.characters(exclude_categories=["Cn", "Cs"]), max_size=60)


@settings(deadline=None)  # patterns are compiled anew at each call
@given(_KNOWN, st.integers(0, 12))
def test_words_are_counted_as_the_whole_package_counts_them(text: str, least: int) -> None:
    text = "A potter " + text
    verdict = reasons([text], Quality(min_words=least + 3, max_words=10_000))[0]
    if verdict not in ("not_a_persona", "refusal"):
        assert (verdict == "too_short") == (len(words(text)) < least + 3)


@pytest.mark.parametrize(
    "piece", ["the ", "a", "engineer ", "Aa ", "the engineer-", "[insert ", "1. a\n", "given the "]
)
def test_a_hostile_text_does_not_stall_it(piece: str) -> None:
    started = time.perf_counter()
    reasons(["x the " + piece * 200_000], Quality(language="en", max_words=10**9))
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(("file", "most"), [("finepersonas_tiny", 0.03), ("personahub_elite_sample", 0.05)])
def test_few_of_the_released_descriptions_are_dropped(shared_data: Path, file: str, most: float) -> None:
    lines = (shared_data / "personas" / f"{file}.jsonl").read_text(encoding="utf-8").split("\n")
    found = reasons([json.loads(line)["persona"] for line in lines if line])
    assert sum(reason is not None for reason in found) <= most * len(found)
