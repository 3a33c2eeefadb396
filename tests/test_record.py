"""Records that are frozen for the type checker alone."""

from simulate.models import ChatRequest


def test_a_record_is_equal_and_hashed_by_what_it_says() -> None:
    asked = [ChatRequest((), seed=seed, dialogue=place) for place, seed in enumerate((1, 1, 2))]
    assert len({*asked}) == 2
