"""How much of a run's prompts repeats what was sent before, as prefix caches need it."""

from __future__ import annotations

import json
from bisect import bisect, insort
from pathlib import Path

import pytest

from simulate.engine import run_sync
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import generator

WORDS = ("well", "i", "think", "so", "too", "and", "you", "know", "maybe", "later", "ok")


def shared(a: str, b: str) -> int:
    """Return how many characters two texts begin with alike."""
    differ = (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
    return next(differ, min(len(a), len(b)))


class Sent:
    """Answers with replies as long as people's, and keeps how much of each prompt is known."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.repeated: list[tuple[bool, int, int]] = []

    def reply(self, request: ChatRequest) -> str:
        prompt = "\n".join(f"{m['role']}: {m['content']}" for m in request.messages)
        at = bisect(self.before, prompt)
        near = self.before[max(at - 1, 0) : at + 1]
        known = max((shared(prompt, each) for each in near), default=0)
        if self.before:
            roles = [m["role"] for m in request.messages]
            first = roles[0] == "system" and "assistant" not in roles
            self.repeated.append((first, known, len(prompt)))
        insort(self.before, prompt)
        # Persuadees write 4 to 27 words (10 to 90 %), 13.5 on average.
        rng = generator(len(self.before), "words")

        def said() -> str:
            count = int(rng.choice([4, 7, 10, 13, 18, 27]))
            return " ".join(WORDS[i % len(WORDS)] for i in rng.integers(100, size=count))

        if request.schema is None:
            return said()
        if "value" in str(request.schema):
            values = [{"value": v, "probability": 0.5} for v in (0, 1)]
            one = "responses" not in request.schema["properties"]
            return json.dumps({"value": 1} if one else {"responses": values})
        texts = [{"text": said(), "ends": False, "probability": 0.2} for _ in range(5)]
        return json.dumps({"responses": texts})

    def share(self, *, of_first: bool) -> float:
        """Return the share of the characters of (first) prompts that were sent before."""
        counted = [(known, size) for first, known, size in self.repeated if first or not of_first]
        return sum(known for known, _ in counted) / sum(size for _, size in counted)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    sent = Sent()
    out: Path = tmp_path_factory.mktemp("prefix") / "r.db"
    run_sync("donation", n=20, model=ScriptedModel(sent.reply), out=out, concurrency=4)
    return sent


def test_four_fifths_of_all_prompt_text_was_sent_before(sent: Sent) -> None:
    assert sent.share(of_first=False) >= 0.8


def test_three_fifths_of_a_speakers_first_prompts_were_sent_before(sent: Sent) -> None:
    assert sent.share(of_first=True) >= 0.6
