"""What can be read of texts in other scripts and languages, and what is said where it cannot."""

from __future__ import annotations

import pytest

from simulate.measures.language import MEASURES, distinct, question_share, words_per_turn
from simulate.measures.readability import flesch_kincaid_grade, not_english, sentences, words
from simulate.measures.scripts import asks, no_question_marks, no_words

ENGLISH = ["Would you give something to the children? I think it would help them a lot."]
CHINESE = ["你愿意给孩子们捐一点钱吗？", "我觉得这很重要。"]
JAPANESE = ["子供たちのために寄付しませんか？", "はい、いいですよ。"]
THAI = ["คุณอยากบริจาคเงินให้เด็กๆ ไหม", "ฉันคิดว่ามันสำคัญมาก"]
ARABIC = ["هل تريد أن تتبرع للأطفال؟", "أعتقد أن هذا مهم جدا."]
GREEK = ["Θέλεις να δώσεις κάτι για τα παιδιά;", "Νομίζω ότι είναι σημαντικό."]
HINDI = ["क्या आप बच्चों के लिए कुछ देना चाहते हैं?", "मुझे लगता है कि यह बहुत महत्वपूर्ण है।"]
ARMENIAN = ["Ուզո՞ւմ եք օգնել երեխաներին։", "Կարծում եմ՝ կարևոր է։"]


@pytest.mark.parametrize("turns", [CHINESE, JAPANESE, ARABIC, GREEK, HINDI, ARMENIAN])
def test_one_of_two_turns_asks_in_any_script(turns: list[str]) -> None:
    assert question_share(turns) == 0.5


def test_thai_is_written_without_question_marks_so_there_is_no_share() -> None:
    assert question_share(THAI) is None
    assert no_question_marks(THAI) == "Thai: questions are written without a mark"


def test_a_semicolon_asks_in_greek_only() -> None:
    assert asks(GREEK[0])
    assert not asks("I gave; you did not.")


@pytest.mark.parametrize(
    ("turns", "script"),
    [(CHINESE, "Chinese characters"), (JAPANESE, "Japanese"), (THAI, "Thai")],
)
def test_where_words_are_not_set_apart_what_counts_words_has_no_value(
    turns: list[str], script: str
) -> None:
    assert (words_per_turn(turns), distinct(turns, 1), distinct(turns, 2)) == (None, None, None)
    assert no_words(turns) == f"{script}: words are not set apart by spaces"


@pytest.mark.parametrize(
    ("turns", "count"), [(ARABIC, 10), (GREEK, 11), (HINDI, 17), (ARMENIAN, 8), (ENGLISH, 15)]
)
def test_words_are_counted_where_spaces_set_them_apart(turns: list[str], count: int) -> None:
    assert no_words(turns) is None
    assert words_per_turn(turns) == count / len(turns)


def test_vowel_signs_and_accents_belong_to_their_word() -> None:
    assert words("हिन्दी में") == ["हिन्दी", "में"]
    assert words("cafe\u0301 noir") == ["cafe\u0301", "noir"]


@pytest.mark.parametrize("turns", [CHINESE, JAPANESE, THAI, ARABIC, GREEK, HINDI, ARMENIAN])
def test_other_scripts_have_no_grade(turns: list[str]) -> None:
    assert flesch_kincaid_grade(turns) is None
    assert not_english(turns) == "the grade counts syllables of English, and this is another script"


@pytest.mark.parametrize(
    "text",
    [
        "Guten Tag, haben Sie schon einmal etwas für Kinder in Not gespendet? Es wäre schön, wenn "
        "wir zusammen etwas tun könnten. Was halten Sie davon?",
        "Bonjour, avez-vous déjà donné quelque chose pour les enfants? On peut faire beaucoup avec "
        "peu, et il ne faut pas oublier que les gens ont besoin de nous.",
        "Halo, apakah anda pernah memberikan sumbangan untuk anak-anak? Ini sangat penting dan "
        "tidak mahal. Apa pendapat anda tentang ide ini? Saya sudah memberi.",
    ],
    ids=["German", "French", "Indonesian"],
)
def test_another_language_in_latin_script_has_no_grade(text: str) -> None:
    assert flesch_kincaid_grade([text]) is None
    assert "no English sentences" in (not_english([text]) or "")


def test_english_with_a_foreign_name_is_read_as_before() -> None:
    assert no_words([*ENGLISH, "My friend 李明 gave, too."]) is None
    assert flesch_kincaid_grade(ENGLISH) == pytest.approx(0.39 * 15 / 2 + 11.8 * 17 / 15 - 15.59)


@pytest.mark.parametrize("text", ["你好。很好！", "हाँ। नहीं।", "نعم۔ لا؟", "Այո։ Ոչ։"])
def test_sentences_end_at_the_marks_of_their_script(text: str) -> None:
    assert sentences(text) == 2


def test_every_measure_without_a_value_for_a_readable_length_says_why() -> None:
    long = CHINESE * 60
    for measure in MEASURES:
        assert (measure.function(long) is None) == (measure.unreadable(long) is not None)
