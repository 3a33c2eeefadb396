"""A made-up run for pictures: its people answer by a few rules of ours.

Nothing in it was said by a person or a language model, and no number of it is a finding.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import simulate
from simulate.models import ChatRequest
from simulate.models.scripted import ScriptedModel
from simulate.runfile import Turn

PERSUADER = (
    "Hi! Have you heard of Save the Children? I gave them a little after last year's flood.",
    "They bring food and school books to children who lost their homes. Would you think about it?",
    "Even fifty cents of our two dollars buys a meal. I am putting in a dollar of mine.",
    "I get it, money is tight here too. Is there anything that holds you back?",
    "That is fair. They publish what they spend, and most of it reaches the children.",
    "Whatever you choose is fine by me. Shall we both put something in?",
)
"""What the persuader says, turn by turn; the last line again from there on."""

REPLIES: dict[str, tuple[str, ...]] = {
    "warm": (
        "Oh, I know them, they helped in my cousin's town. What do they need most?",
        "Children should not go hungry. Tell me where the money goes and I am in.",
        "You have convinced me, I will put in a dollar.",
        "Count me in, let us both give something today.",
    ),
    "curious": (
        "I have not heard much about them. What exactly do they do?",
        "How much of a gift ends up with the children, and how much in the office?",
        "Interesting. Do they work in this country as well?",
        "Let me think about fifty cents, that sounds doable.",
    ),
    "guarded": (
        "Is this one of those surveys where I end up paying?",
        "I have been burned by charities before, so I am careful.",
        "Maybe later. I like to look things up before I give.",
        "I would rather keep it this time, but good on you.",
    ),
    "short of money": (
        "Hello. I am only here to earn a bit for groceries.",
        "Two dollars is my bus fare tomorrow, honestly.",
        "If I had more I would. My rent went up again.",
        "I could spare a quarter, no more than that.",
    ),
    "leaving": (
        "Not interested in donations, sorry. Bye.",
        "I do not give to strangers on the internet. Take care.",
        "We have talked about this enough, good night.",
        "No. Please ask someone else, I am logging off.",
    ),
}
"""What a persuadee may say, by mood and as the talk goes on."""

USUAL = (
    "That sounds like a great cause! Can you tell me more about what they do?",
    "That is wonderful, it is so important to help children in need.",
    "I would be happy to help. How can I donate?",
    "Thank you for sharing this with me, I will donate.",
)
"""What everybody says who is asked for one reply."""

GIVEN = {"warm": 0.5, "curious": 0.2, "guarded": 0.0, "short of money": 0.1, "leaving": 0.0}
"""What a persuadee of a mood gives, in USD."""

DECIDES = 2
"""The reply that says whether money is promised: the third, at turn 5."""
PROMISED = {"warm": 1.0, "curious": 0.25, "guarded": 0.0, "short of money": 0.1, "leaving": 0.0}
"""What a persuadee keeps to who was in that mood then, in USD."""

CALLS = 8_400
"""With which one dialogue is explored: all its turns, each with intervals."""


def answer(request: ChatRequest) -> str | dict[str, Any]:
    """Answer as the persuader, as a persuadee, or as a judge who reads what was promised."""
    first = request.messages[0]["content"]
    if "You answer a question about a conversation" in first:
        dollar = "in a dollar" in first or "happy to help" in first
        return {"value": 1.0 if dollar else 0.25 if "spare a quarter" in first else 0.0}
    said = sum(message["role"] == "assistant" for message in request.messages)
    if "Try to get the other to give" in first:
        return PERSUADER[min(said, len(PERSUADER) - 1)]
    moods = _moods(first, request)
    if "How much of your $2 payment" in "".join(m["content"] for m in request.messages[-3:]):
        return _gift(request, moods)
    turn = min(said, 3)
    if request.schema is None:
        return USUAL[turn]
    return {
        "responses": [
            {"text": texts[turn], "ends": mood == "leaving", "probability": moods[mood]}
            for mood, texts in REPLIES.items()
        ]
    }


def _moods(person: str, request: ChatRequest) -> dict[str, float]:
    """Return how likely each mood is: by who the person is, and by what they said before."""
    about = person.rsplit("\n", 1)[-1]
    chance = int.from_bytes(hashlib.sha256(about.encode()).digest()[:2]) / 2**16
    weights = {
        "warm": 1 + 3 * chance + ("trusting" in about),
        "curious": 1.5 + ("open to ideas" in about),
        "guarded": 2.0 + 2 * ("worried" in about) * (1 - chance),
        "short of money": 0.4 + 2 * ("low income" in about),
        "leaving": 0.15 + 0.5 * (1 - chance) ** 2,
    }
    own = [m["content"] for m in request.messages[1:] if m["role"] == "assistant"]
    for mood, texts in REPLIES.items():
        weights[mood] *= 2.2 ** sum(text in texts for text in own)
    whole = sum(weights.values())
    return {mood: round(weight / whole, 3) for mood, weight in weights.items()}


def _gift(request: ChatRequest, moods: dict[str, float]) -> dict[str, Any]:
    if "responses" not in json.dumps(request.schema):
        return {"value": 1.0}
    values: dict[float, float] = {}
    own = [m["content"] for m in request.messages[1:] if m["role"] == "assistant"]
    usual = any(text in said for text in USUAL for said in own)
    promised = next((m for m, texts in REPLIES.items() if texts[DECIDES] in own), None)
    for mood, probability in moods.items():
        value = 1.0 if usual else GIVEN[mood]
        values[value] = values.get(value, 0.0) + probability
    if promised is not None:  # what is said of money at that turn counts more than all the rest
        value = PROMISED[promised]
        values = {v: p / 4 for v, p in values.items()}
        values[value] = values.get(value, 0.0) + 0.75
    if promised == "warm":
        values[2.0] = 0.15
    values.setdefault(0.0, 0.05)
    return {
        "responses": [{"value": v, "probability": round(min(p, 1.0), 3)} for v, p in values.items()]
    }


def demo_run(path: Path, n: int = 150) -> Path:
    """Play `donation` with made-up people, n in each cell; return the run file.

    The shortest dialogue in which somebody is convinced is explored: which turn decided the gift?
    """
    model = ScriptedModel(answer, "made-up people")
    simulate.run_sync("donation", n=n, model=model, out=path)
    simulate.explore_sync(path, convinced(path), budget_calls=CALLS, model=model)
    return path


def convinced(path: Path) -> int:
    """Return the shortest dialogue in which a dollar is promised at the turn that decides."""
    with simulate.open_run(path) as run:
        found = (each for each in run.read() if each.status == "completed")
        promising = [each for each in found if any(map(_promises, each.turns))]
    return min(promising, key=lambda each: (len(each.turns), each.id)).id


def _promises(turn: Turn) -> bool:
    return turn.text == REPLIES["warm"][DECIDES]
