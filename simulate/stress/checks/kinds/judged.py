"""`judged`: a model judges the dialogue, with as many votes as are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulate.engine.sampling import CallsFailedError
from simulate.errors import quote
from simulate.runfile import Call
from simulate.scenario.checks import Text
from simulate.stress.checks.result import Finding, Look
from simulate.stress.checks.rule import FieldsRule
from simulate.stress.checks.running import together
from simulate.stress.judge import Vote, judgement, verdict, verdict_messages
from simulate.verbalized.choices import choices

NEEDED = 0.5
"""The share of votes that must be readable; with fewer, the verdict is `error`."""


class Judge(FieldsRule):
    """A model reads the dialogue and gives a distribution over verdicts, with quoted reasons."""

    rubric: Text
    """What is judged, a template as a speaker's instructions are."""
    levels: Annotated[dict[Text, Literal["pass", "fail", "abstain"]], Field(min_length=2)]
    """What a judge can answer, and what each answer means. One must mean `fail`."""
    votes: Annotated[int, Field(ge=1, le=25)] = 1
    """How often the judge is asked, each time with a seed of its own."""

    @model_validator(mode="after")
    def _check(self) -> Judge:
        meant = set(self.levels.values())
        if not {"pass", "fail"} <= meant:
            raise ValueError("judged.levels: one level must mean pass and one must mean fail")
        if alike := choices(tuple(self.levels)).alike():
            one, other = (quote(level, 60) for level in alike)
            raise ValueError(f"judged.levels: no answer can tell {one} and {other} apart")
        return self

    asks_judge = True

    def templates(self) -> dict[str, str]:
        return {"rubric": self.rubric}

    async def check(self, look: Look) -> Finding:
        """Ask the judge, and bring its votes together.

        Raises:
            EndpointError: no request to the judge's endpoint can succeed.
        """
        turns, version = look.dialogue.turns, look.dialogue.prompt_version
        rubric = look.rendered(self.rubric, f"{look.check.way}.rubric")
        messages = verdict_messages(turns, rubric, self.levels, look.description, version)

        async def vote(i: int) -> tuple[Vote | str, Sequence[Call]]:
            try:
                steps = verdict(messages, self.levels, turns, version)
                return await look.ask(steps, f"check:{look.name}:{i}")
            except CallsFailedError as failure:
                return str(failure), failure.calls

        answers = await together([vote(i) for i in range(self.votes)])
        calls = [call for _, made in answers for call in made]
        votes = [found for found, _ in answers if isinstance(found, Vote)]
        failed = [found for found, _ in answers if isinstance(found, str)]
        if not votes or len(votes) < NEEDED * self.votes:
            many = f"{len(failed)} of {self.votes} votes: " if self.votes > 1 else ""
            reason = f"judge: {many}{failed[0]}"
            return Finding("error", reason, calls=calls)
        found = judgement(votes, calls)
        missing = f" ({len(failed)} of {self.votes} votes cannot be read)" if failed else ""
        return replace(found, reason=found.reason + missing)


CHECK = Judge
