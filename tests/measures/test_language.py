from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulate.comparison.api import compare_talk
from simulate.comparison.language_comparison import unreadable_notes
from simulate.errors import StatisticsError
from simulate.measures import language
from simulate.measures.language import distinct, moving_distinct, semantic_diversity
from simulate.measures.readability import flesch_kincaid_grade, sentences, syllables, words
from simulate.models import Models
from simulate.reference import open_reference
from simulate.reference.importers.persuasionforgood import TOPIC
from simulate.reference.language_variables import language_variables
from simulate.report.comparison_table import print_talk
from tests.made_runs import MakeRun

TURNS = st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1).map(" ".join), min_size=1)


def test_words_are_lower_case_without_punctuation() -> None:
    assert words("Don’t stop -- it's $2.50, OK?") == ["don't", "stop", "it's", "2", "50", "ok"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hello.", 1),
        ("Hi! How are you?", 2),
        ("No end", 1),
        ("Wait... what?!", 2),
        ("...", 0),
        ("It costs 2.50 today.", 1),
    ],
)
def test_sentences_end_at_marks_or_with_the_turn(text: str, count: int) -> None:
    assert sentences(text) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("the", 1),
        ("give", 1),
        ("little", 2),
        ("wanted", 2),
        ("walked", 1),
        ("charity", 3),
        ("children", 2),
        ("donation", 3),
        ("people", 2),
        ("organization", 5),
        ("being", 2),
        ("something", 2),
        ("isn't", 2),
        ("don't", 1),
        ("everyone", 3),
        ("homes", 1),
        ("houses", 2),
        ("2", 1),
    ],
)
def test_syllables_of_common_words_are_right(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_flesch_and_kincaids_formula() -> None:
    # 6 words, 1 sentence, 6 syllables
    assert flesch_kincaid_grade(["The cat sat on the mat."]) == pytest.approx(
        0.39 * 6 + 11.8 * 1 - 15.59
    )


def test_nothing_said_has_no_grade() -> None:
    assert flesch_kincaid_grade(["...", "?"]) is None


def test_distinct_counts_different_ngrams() -> None:
    assert distinct(["a b a b"], 1) == 0.5
    assert distinct(["a b a b"], 2) == pytest.approx(2 / 3)


def test_ngrams_do_not_cross_turns() -> None:
    assert distinct(["a", "b"], 2) is None


@given(TURNS)
def test_distinct_lies_above_0_and_at_most_at_1(turns: list[str]) -> None:
    value = distinct(turns, 1)
    assert value is not None
    assert 0 < value <= 1


@given(st.lists(st.sampled_from("abcdefgh"), min_size=12, max_size=60))
def test_the_moving_window_is_the_mean_over_all_windows(letters: list[str]) -> None:
    plain = [len(set(letters[i : i + 10])) / 10 for i in range(len(letters) - 9)]
    assert moving_distinct([" ".join(letters)], 1, 10) == pytest.approx(np.mean(plain))


def test_a_talk_shorter_than_the_window_has_no_value() -> None:
    assert moving_distinct(["a b c"], 1) is None


def test_twice_the_talk_lowers_distinct_but_not_its_window() -> None:
    rng = np.random.default_rng(0)
    talk = [" ".join(rng.choice(list("abcdefghijklmnopqrst"), 400))]
    short, long = [talk[0][:399]], talk
    assert (distinct(long, 1) or 0) < 0.6 * (distinct(short, 1) or 0)
    assert moving_distinct(long, 1) == pytest.approx(moving_distinct(short, 1), rel=0.03)


def test_semantic_diversity_is_one_minus_the_mean_pairwise_cosine() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(6, 8))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = units @ units.T
    pairs = cosines[np.triu_indices(6, 1)]
    assert semantic_diversity(vectors) == pytest.approx(1 - pairs.mean())


def test_one_turn_has_no_semantic_diversity() -> None:
    assert semantic_diversity(np.ones((1, 4))) is None


class Letters:
    """An embedder for tests: the letters of a text, counted."""

    name = "letters"

    def embed(self, texts: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([[t.count(c) + 0.01 for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts])


def test_speakers_are_measured_apart_and_together() -> None:
    found = language.measure_dialogues(
        [[("a", "One two?"), ("b", "Three.")]], ("a", "b", "both"), Letters()
    )
    assert [found[f"{s}.turns"] for s in ("a", "b", "both")] == [[1.0], [1.0], [2.0]]
    assert found["both.question_share"] == [0.5]
    assert found["a.semantic"] == [None]


def test_a_silent_speaker_is_missing_and_not_zero() -> None:
    found = language.measure_dialogues([[("a", "Hi.")]], ("b",))
    assert all(values == [None] for values in found.values())


def test_the_convention_of_semantic_diversity_names_its_model() -> None:
    names = {v.name: v.convention for v in language_variables(("a",), Letters())}
    assert names["a.fk_grade"] == "simulate-text/1"
    assert names["a.semantic"] == "simulate-text/1+letters"


def test_the_shipped_human_values_are_of_this_convention() -> None:
    file = open_reference("persuasionforgood-language")
    speakers = ("persuader", "persuadee", "both")
    ours = {v.name: v for v in language_variables(speakers, topic=TOPIC)}
    for measured in file.measured:
        if not measured.variable.name.endswith(".semantic"):
            assert measured.variable == ours[measured.variable.name]


def test_a_runs_talk_is_compared_measure_by_measure(make_run: MakeRun) -> None:
    run = make_run({"vs": [1.0] * 30, "direct": [1.0, "failed"]})
    found = compare_talk(str(run), "persuasionforgood-language", draws=200)
    assert [c.outcome for c in found][:2] == ["persuadee.distinct_1", "persuadee.distinct_2"]
    questions = next(c for c in found if c.outcome == "persuadee.question_share")
    assert [(r.name, r.n, r.failed, r.mean) for r in questions.rows] == [
        ("vs", 30, 0, 1.0),
        ("direct", 1, 1, 1.0),
        ("fresh humans", 30, 0, pytest.approx(0.33, abs=0.1)),
    ]


def test_a_run_is_searched_for_the_topic_of_the_reference(make_run: MakeRun) -> None:
    run = make_run({"vs": [1.0] * 2, "direct": [1.0]}, text="A charity? I never donate.")
    found = {c.outcome: c for c in compare_talk(str(run), "persuasionforgood-language", draws=200)}
    assert found["both.topic_turn"].rows[0].mean == 0
    assert found["persuadee.topic_turn"].rows[0].mean == 1
    assert found["both.turns"].rows[0].mean == 4
    assert [name for name in found if name.startswith("both.")] == ["both.turns", "both.topic_turn"]


def test_dialogues_that_never_mention_the_topic_are_counted(make_run: MakeRun) -> None:
    run = make_run({"vs": [1.0] * 2, "direct": [1.0]})
    found = {c.outcome: c for c in compare_talk(str(run), "persuasionforgood-language", draws=200)}
    assert [row.missing for row in found["both.topic_turn"].samples] == [2, 1]
    assert unreadable_notes([found["both.topic_turn"]]) == [
        "vs: both.topic_turn: not measured in 2 dialogues (the topic is never mentioned)",
        "direct: both.topic_turn: not measured in 1 dialogue (the topic is never mentioned)",
        "humans: both.topic_turn: 1 of 1,017 dialogues never mention the topic",
    ]


def test_a_measure_by_another_embedding_model_is_left_out(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Models, "embedder", lambda models, spec: Letters())
    run = make_run({"vs": [1.0] * 3})
    found = compare_talk(str(run), "persuasionforgood-language", embeddings="offline", draws=200)
    assert not any(c.outcome.endswith(".semantic") for c in found)


def test_a_reference_without_these_speakers_is_refused(make_run: MakeRun) -> None:
    run = make_run({"vs": [1.0]})
    with pytest.raises(StatisticsError, match="no language measure of nobody"):
        compare_talk(str(run), "persuasionforgood-language", speakers=["nobody"])


def test_language_of_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("x\n1\n")
    with pytest.raises(StatisticsError, match="give one run file"):
        compare_talk(str(path), "persuasionforgood-language")


THAI = "คุณอยากบริจาคเงินให้เด็กๆ ไหม"


def test_what_cannot_be_read_is_a_row_without_numbers_that_says_why(make_run: MakeRun) -> None:
    run = make_run({"vs": [1.0] * 3, "direct": ["failed"] * 3}, text=THAI)
    found = {c.outcome: c for c in compare_talk(str(run), "persuasionforgood-language", draws=200)}
    for name in ("distinct_1", "words_per_turn", "question_share", "fk_grade"):
        row = found[f"persuadee.{name}"].rows[0]
        assert (row.n, row.missing, row.mean, row.distances) == (0, 3, None, {})
    assert found["persuadee.turns"].rows[0].mean == 2
    lines = unreadable_notes(list(found.values()))
    assert lines[0].startswith("vs: persuadee.distinct_1, persuadee.distinct_2")
    assert "not measured in 3 dialogues (Thai: words are not set apart by spaces)" in lines[0]
    assert lines[2].endswith("(Thai: questions are written without a mark)")
    console = Console(file=io.StringIO(), width=100)
    print_talk(list(found.values()), console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert "–" in text
    assert "Thai: words are not set apart by spaces" in " ".join(text.split())
