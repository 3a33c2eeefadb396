import pytest

from simulate.models import ChatRequest, Usage
from simulate.models.tokens import TokenEstimator, tokens_in


def asked(text: str, replies: int = 1) -> ChatRequest:
    return ChatRequest([{"role": "user", "content": text}], replies=replies)


@pytest.mark.parametrize(
    ("text", "per_character"),
    [
        ("The quick brown fox jumps.", 0.25),
        ("Быстраялиса", 0.5),
        ("素早い茶色の狐", 0.75),
        ("😀😀", 1.0),
    ],
)
def test_scripts_beyond_latin_have_more_tokens_a_character(text: str, per_character: float) -> None:
    assert tokens_in(text) == pytest.approx(per_character * len(text))


def test_what_the_endpoint_counts_goes_before_the_first_figure() -> None:
    estimator = TokenEstimator()
    estimator.learn(asked("x" * 400), Usage(204, 0, 30))
    assert estimator.prompt(asked("x" * 800)) == pytest.approx(404)
    assert estimator.completion(asked("Hi.")) == 30


def test_requests_for_more_replies_are_learnt_apart() -> None:
    estimator = TokenEstimator()
    estimator.learn(asked("Hi.", replies=5), Usage(5, 0, 500))
    assert estimator.completion(asked("Hi.", replies=5)) == 500
    assert estimator.completion(asked("Hi.", replies=1)) == 350


def test_a_cautious_estimate_keeps_the_most_and_a_usual_one_follows() -> None:
    cautious, usual = TokenEstimator(highest=True), TokenEstimator()
    for estimator in (cautious, usual):
        for completion in (900, *[100] * 40):
            estimator.learn(asked("x" * 400), Usage(104, 0, completion))
    assert cautious.completion(asked("Hi.")) == 900
    assert usual.completion(asked("Hi.")) == pytest.approx(100, rel=0.01)
    assert cautious.prompt(asked("x" * 400)) == usual.prompt(asked("x" * 400)) == 104


def test_an_endpoint_that_does_not_count_teaches_nothing() -> None:
    estimator = TokenEstimator()
    before = estimator.prompt(asked("Hello."))
    estimator.learn(asked("Hello."), Usage(0, 0, 0))
    assert estimator.prompt(asked("Hello.")) == before
