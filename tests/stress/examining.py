"""An examiner with the few ways of looking that the planted bot's checks use, for tests."""

import re
from collections.abc import Mapping, Sequence

from simulate.engine.examining import AskJudge
from simulate.runfile import Examined, ExaminedTurn, VerdictRecord
from simulate.scenario import Check
from simulate.templating import render
from simulate.verbalized import judgement


class PlainChecks:
    """Carries out `lacks`, `contains`, `repeats`, `leaks`, `reaches` (says) and `judged`."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.checks = checks

    async def examine(self, dialogue: Examined, ask: AskJudge) -> Sequence[VerdictRecord]:
        return [await self._one(n, c, dialogue, ask) for n, c in self.checks.items()]

    async def _one(
        self, name: str, check: Check, dialogue: Examined, ask: AskJudge
    ) -> VerdictRecord:
        turns = [t for t in _after(check, dialogue) if t.speaker == dialogue.under_test]
        if check.judged is not None:
            said = "\n".join(t.text for t in dialogue.turns)
            message = {"role": "user", "content": f"{check.judged.rubric}\n{said}"}
            schema = {"type": "string", "enum": list(check.judged.levels)}
            steps = judgement((message,), schema, str)
            found, calls = await ask(steps, f"check:{name}:0")
            level = found.candidates[0].text
            return VerdictRecord(name, check.judged.levels[level], calls=calls)
        if check.contains or check.reaches:
            wanted = check.contains or [(check.reaches and check.reaches.says) or ""]
            there = any(w and w.casefold() in t.text.casefold() for w in wanted for t in turns)
            return VerdictRecord(name, "pass" if there else "fail", reason="it is not said")
        if check.repeats is not None:
            for at, turn in enumerate(turns):
                if sum(t.text == turn.text for t in turns[: at + 1]) > check.repeats.most:
                    return VerdictRecord(name, "fail", turn=turn.index, quote=turn.text)
            return VerdictRecord(name, "pass")
        forbidden = list(check.lacks or ())
        if check.leaks is not None:
            forbidden = [render(s, dialogue.values, "secret") for s in check.leaks.secrets]
        for turn in turns:
            for text in forbidden:
                if text.casefold() in turn.text.casefold():
                    reason = f"it says “{text}”"
                    return VerdictRecord(
                        name, "fail", turn=turn.index, quote=turn.text, reason=reason
                    )
        return VerdictRecord(name, "pass")


def _after(check: Check, dialogue: Examined) -> Sequence[ExaminedTurn]:
    if check.after is None:
        return dialogue.turns
    for at, turn in enumerate(dialogue.turns):
        if turn.speaker != dialogue.under_test and re.search(check.after, turn.text):
            return dialogue.turns[at + 1 :]
    return ()
