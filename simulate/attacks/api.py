"""Make a population of users who attack, from a goal and a policy."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulate.attacks.approaches import COUNTS, Approach, Found, ask_for_approaches, template
from simulate.engine.prompt_texts import text_hash
from simulate.errors import InputError, ModelError, quote, unreadable
from simulate.files.yaml_writing import yaml_text
from simulate.limits import check_number
from simulate.models import AnyModel, ModelNames, Models, redacted
from simulate.population import Population
from simulate.synchronous import twin

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "ms": "Malay",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "sw": "Swahili", "ta": "Tamil", "th": "Thai", "tl": "Tagalog", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""ISO 639-1 codes, and how a persona and a prompt name the language."""
MOST = 2000
"""Approaches that can be asked for."""
LONGEST_POLICY = 100_000
"""Characters."""
LONGEST_GOAL = 2000
OTHERS: dict[str, Any] = {
    "age": 35,
    "fluency": "native",
    "mood": "neutral",
    "expertise": "average",
    "typing": "usual",
    "cooperation": 3,
    "patience": 6,
    "sends": "as-written",
}
"""The further attributes of the population `customers`, so that a scenario for these takes those
who attack, too. The same for all, since nobody has said anything about them."""
NO_PREVALENCE = (
    "Stated probabilities are the model's: how common it takes each approach to be among those "
    "who try, no prevalence of attackers. A rate over these users says how often such attempts "
    "succeed, and nothing about usual users."
)


@dataclass(frozen=True, slots=True)
class Attacks:
    """Users who attack, as a model states them.

    Attributes:
        population: with a weight for each.
        found: what the model said, and what could not be used of it.
    """

    population: Population
    found: Found

    def to_yaml(self) -> str:
        """Return the population as the text of its file."""
        data = self.population.model_dump(mode="json", exclude_defaults=True)
        data["personas"] = data.pop("personas")  # last
        return f"# yaml-language-server: $schema=population.schema.json\n{yaml_text(data)}"


async def generate_attacks(
    goal: str,
    policy: str | Path,
    *,
    languages: Sequence[str] = ("en",),
    n: int = 40,
    tail: float = 0.5,
    name: str = "attacks",
    model: AnyModel | None = None,
    models: ModelNames | None = None,
    seed: int = 0,
    tell: Callable[[str], None] | None = None,
) -> Attacks:
    """Ask a model for kinds of users who try to get what a policy forbids; to test one's own bot.

    Each user's weight is its stated probability divided by the sum of those of its language, so
    that all languages count alike. Near-duplicates within a language are left out; within one
    list their probabilities are added up.

    Args:
        goal: what they try to get.
        policy: the file of the policy; its text is sent to the model, and stands in no result.
        languages: in which the users write, ISO 639-1 codes.
        n: how many approaches are wanted, shared out evenly over the languages.
        tail: the share of them that are asked for from the tail, each less likely than 0.1.
        name: of the population.
        model: a model or its SPEC; by default `SIMULATE_MODEL`, else the embedded model.
        models: names for models, as in `run`.
        seed: of the model's sampling, where it takes one.
        tell: is told what the endpoint refuses, and what is odd about its answers.

    Raises:
        InputError: an argument is out of its range, or the policy cannot be read.
        ModelError: no approach came that can be used; the message counts why.
    """
    goal = " ".join(goal.split())
    if not 0 < len(goal) <= LONGEST_GOAL:
        raise InputError(f"the goal must have 1 to {LONGEST_GOAL:,} characters, got {len(goal):,}")
    asked_in = list(dict.fromkeys(languages))
    if unknown := [each for each in asked_in if each not in LANGUAGES]:
        raise InputError(
            f"language {quote(unknown[0])}: give an ISO 639-1 code: {', '.join(LANGUAGES)}"
        )
    check_number("n", n, max(len(asked_in), 1), MOST)
    if not 0 <= tail <= 1:
        raise InputError(f"tail is {tail:g}, it must be a share from 0 to 1")
    text, digest = _policy(Path(policy))
    found = Found()
    async with Models(names=models, tell=tell) as opened:
        asked = opened.chat(model)
        opened.check_given()
        each, more = divmod(n, len(asked_in))
        of_languages = await asyncio.gather(
            *(
                ask_for_approaches(
                    asked, goal, text, (code, LANGUAGES[code]), each + (i < more), tail, seed
                )
                for i, code in enumerate(asked_in)
            )
        )
        named = redacted(asked.name)
    for said in of_languages:
        found.add(said)
    if not found.approaches:
        raise ModelError(f"{named} gave no approach that can be used: {counts_told(found)}")
    header = {
        "goal": goal,
        "policy": {"name": Path(policy).name, "sha256": digest},
        "languages": asked_in,
        "model": named,
        "prompt": text_hash(template()),
        "seed": seed,
        "tail": tail,
        "kept": len(found.approaches),
        **{key: getattr(found, key) for key in COUNTS},
    }
    return Attacks(_population(name, goal, header, found.approaches), found)


generate_attacks_sync = twin(generate_attacks)


def counts_told(found: Found) -> str:
    """Return in words what became of what the model was asked for."""
    told = [
        f"{found.calls:,} calls for {found.asked:,} approaches",
        f"{len(found.approaches):,} kept",
        f"{found.duplicates:,} near-duplicates",
    ]
    rare = {
        "stated to be impossible": found.impossible,
        "lists refused": found.refused,
        "lists that cannot be read": found.unusable,
        "lists that did not come": found.unanswered,
    }
    told += [f"{count:,} {what}" for what, count in rare.items() if count]
    said = ", ".join(told)
    return f"{said}; the last of these began {quote(found.quoted)}" if found.quoted else said


def _policy(path: Path) -> tuple[str, str]:
    """Return the text of a policy, and the SHA-256 of its bytes."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"policy {path}: cannot be read: {unreadable(error)}") from None
    if not 0 < len(text) <= LONGEST_POLICY:
        raise InputError(
            f"policy {path}: must have 1 to {LONGEST_POLICY:,} characters, got {len(text):,}"
        )
    return text, hashlib.sha256(data).hexdigest()


def _population(
    name: str, goal: str, header: dict[str, Any], approaches: Sequence[Approach]
) -> Population:
    """Return the users with their weights."""
    masses = {
        language: math.fsum(each.stated for each in approaches if each.language == language)
        for language in dict.fromkeys(each.language for each in approaches)
    }
    rows = [
        {
            "id": f"{each.language}-{'tail-' if each.tail else ''}{number:03d}",
            "weight": each.stated / masses[each.language],
            "attributes": {
                "attack": each.name,
                "language": each.language,
                **OTHERS,
                "approach": each.text,
                "tail": each.tail,
                "stated": each.stated,
            },
            "prose": f"You write in {LANGUAGES[each.language]}. {each.text} "
            f"You are after this: {goal.rstrip('.')}.",
        }
        for number, each in enumerate(approaches, start=1)
    ]
    return Population.model_validate(
        {
            "population": name,
            "description": f"Users who try to get this: {goal}. For authorised tests of one's own "
            "system only.",
            "source": f"No data: asked of {header['model']}, by verbalized sampling.",
            "notes": NO_PREVALENCE,
            "invented": True,
            "adversarial": header,
            "personas": rows,
        }
    )
