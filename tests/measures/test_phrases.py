import unicodedata

import pytest

from simulate.measures.phrases import says_any
from tests.yardstick import within


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("bye", "Bye!"),
        ("bye", "So — BYE-bye."),
        ("good bye", "Good\n  bye, then."),
        ("that's all", "That’s all, thanks."),
        ("adieu", "C'est l'adieu."),
        ("café", unicodedata.normalize("NFD", "au café.")),
        ("straße", "In der STRASSE"),
        ("再见", "那就再见了"),
        ("さようなら", "じゃあさようならね"),
        ("bye", "那就bye了"),
        ("ลาก่อน", "งั้นลาก่อนนะ"),
        ("👋", "ok👋🏽"),
        ("[DEAL]", "agreed[deal]now"),
        ("end.", "The end.Really"),
        ("$5", "I give $5."),
        ("до свидания", "Ну, до свидания!"),
        ("नमस्ते", "अच्छा, नमस्ते!"),
    ],
)
def test_a_text_says_a_phrase_as_whole_words(phrase: str, text: str) -> None:
    assert says_any(text, ["never said", phrase])


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("bye", "The byelaws say so."),
        ("bye", "Goodbye"),
        ("bye", "bye_now, bye2"),
        ("don", "I don't know."),
        ("can", "I can’t."),
        ("caf", unicodedata.normalize("NFD", "café")),
        ("नमस", "नमस्ते"),
        ("good bye", "goodbye"),
        ("$5", "I give $50, or $5.50."),
        ("5", "3.5 and 2,5"),
        ("пока", "показать"),
        ("ende", "am wochenende"),
        (" ", "a b"),
    ],
)
def test_a_part_of_a_word_is_no_phrase(phrase: str, text: str) -> None:
    assert not says_any(text, [phrase])


def test_a_long_text_of_near_misses_is_read_once() -> None:
    with within(80):
        assert not says_any("byes" * 250_000, ["bye", "byesby", "x"])
