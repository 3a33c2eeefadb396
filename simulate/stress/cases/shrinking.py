"""Shrink a failing dialogue: the shortest, then most probable, one that still fails.

1. It is replayed as recorded. What does not fail again cannot be shrunk.
2. Turns are dropped: first those after the turn that shows the failure, then by delta debugging.
3. Each message that is left goes back to a more probable candidate of its recorded distribution.
4. The wording is simplified: odd and over-long text, sentences, clauses, words, punctuation.

A step keeps what still fails, so what is found did fail; that it is the shortest of all is not
promised. The same dialogue against the same answers shrinks
the same way: nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from simulate.engine.authorised import authorise, outside_name
from simulate.engine.examiner import Examiner
from simulate.errors import InputError
from simulate.models import ChatModel, Models
from simulate.runfile import RunReader
from simulate.runfile.path_weights import log_product
from simulate.scenario import Check
from simulate.stress.cases.delta_debugging import (
    WAYS,
    is_sign,
    kind_of_sign,
    plain,
    reduced,
    shortened,
    signs_apart,
)
from simulate.stress.cases.recorded import (
    Line,
    recorded_alternatives,
    recorded_lines,
    recorded_target,
    refuse,
)
from simulate.stress.cases.replaying import (
    CallsSpentError,
    Replay,
    Replayer,
    Situation,
    attached_target,
)
from simulate.targets import Target, TargetConfig

MAX_CALLS = 200
"""Turns of the target that shrinking one dialogue may take."""

TRIES = 3
"""How often a dialogue is replayed in all before it is said not to fail again."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The result of shrinking a dialogue.

    Attributes:
        check: the check that fails.
        before: the user's messages as recorded.
        after: those of the dialogue that was found; as before where it does not fail again.
        unsimplified: the same dialogue before its wording was simplified: the messages of a person,
            each of them as recorded or a recorded candidate.
        failed: how often it failed again as recorded.
        tries: out of how many replays.
        calls: turns of the target that all of it took.
        replay: the last failing replay of what was found; None where it does not fail again.
        spent: whether it stopped since the calls were spent; what was found until then stands.
        note: what else a reader must know, in one sentence; empty for nothing.
    """

    check: str
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    unsimplified: tuple[Line, ...]
    failed: int
    tries: int
    calls: int = 0
    replay: Replay | None = None
    spent: bool = False
    note: str = ""

    @property
    def fails_again(self) -> bool:
        """Whether the dialogue fails again as recorded."""
        return self.replay is not None

    @property
    def messages(self) -> tuple[str, ...]:
        """The user's messages of the dialogue that was found."""
        return tuple(line.text for line in self.after)

    @property
    def log_probability_before(self) -> float | None:
        """Σ ln(weight) of the recorded messages; None where none was drawn."""
        return _log_probability(self.before)

    @property
    def log_probability(self) -> float | None:
        """Σ ln(weight) of `unsimplified`; None where none of its messages was drawn.

        Each weight is that of the recorded distribution of its turn, which had the recorded turns
        behind it. Changed wording has no probability on file.
        """
        return _log_probability(self.unsimplified)


def _log_probability(lines: Sequence[Line]) -> float | None:
    weights = [line.weight for line in lines if line.weight is not None]
    return log_product(weights) if weights else None


async def shrink(
    file: RunReader,
    dialogue: int,
    check: str,
    *,
    target: str | TargetConfig | Target | None = None,
    judge: ChatModel | None = None,
    examiner: Examiner | None = None,
    allow_code: bool = False,
    max_calls: int = MAX_CALLS,
    models: Models | None = None,
    authorised: str | None = None,
) -> Shrunk:
    """Shrink a dialogue of a run file in which a check fails.

    Args:
        file: the run file.
        dialogue: its place in the plan.
        check: the check's name, or `responds`.
        target: the system under test; by default what the run was attached to.
        judge: the judge's model; needed where a model judges the check.
        examiner: carries the check out; by default that of the run's scenario.
        allow_code: whether the check, or a target that only the run file names, may run code.
        max_calls: turns that the target may be asked for, ≥ 1.
        models: where the judge was opened; a target that is a model shares its limits.
        authorised: who allows it, where users attack a target that the run had not reached.

    Raises:
        InputError: the check does not fail there, or cannot be replayed; an argument is wrong.
        RunFileError: there is no such dialogue.
        TargetSpecError: the target cannot be opened.
        EndpointError: no request to the target, or to the judge's endpoint, can succeed.
    """
    if max_calls < 1:
        raise InputError(f"max_calls is {max_calls}, it must be ≥ 1")
    situation = Situation.of_run(file, dialogue)
    refuse(file, dialogue, check, judge, examiner, situation)
    by_file = target is None
    if target is None:
        target = recorded_target(situation, allow_code=allow_code)
    checks: Mapping[str, Check] = {
        name: each for name, each in situation.scenario.checks.items() if name == check
    }
    situation = replace(
        situation, scenario=situation.scenario.model_copy(update={"checks": checks})
    )
    async with attached_target(target, by_file=by_file, models=models) as attached:
        if outside := outside_name(attached.target):
            authorise(file.attackers, [outside], authorised, file.meta.get("authorised"))
        replayer = Replayer(situation, attached, examiner, judge, max_calls, allow_code)
        lines = recorded_lines(file, dialogue, situation)
        alternatives = recorded_alternatives(file, dialogue, situation)
        return await _Shrinking(replayer, check, lines, alternatives, lines).shrink()


Lines = Sequence[Line]


@dataclass(slots=True)
class _Shrinking:
    """The best dialogue so far, and what getting there took."""

    replayer: Replayer
    check: str
    before: tuple[Line, ...]
    alternatives: Mapping[int, Lines]
    best: tuple[Line, ...]
    unsimplified: tuple[Line, ...] | None = None
    replay: Replay | None = None
    known: dict[tuple[str, ...], bool] = field(default_factory=dict)

    async def shrink(self) -> Shrunk:
        """Carry out all steps, as far as the calls go."""
        failed = tries = 0
        note, spent = "", False
        try:
            failed, tries = await self._again()
            if self.replay is None:
                note = (
                    f"does not fail again ({failed} of {tries} replays failed): the target is not "
                    "deterministic, or not the one of the run"
                )
            else:
                note = self._only_probable()
                await self._all(only_probable=bool(note))
        except CallsSpentError as error:
            spent = True
            if self.replay is None:
                note = f"the calls do not suffice to replay the dialogue once: {error}"
        return Shrunk(
            self.check,
            self.before,
            self.best,
            self.best if self.unsimplified is None else self.unsimplified,
            failed,
            tries,
            self.replayer.calls,
            self.replay,
            spent,
            note,
        )

    def _only_probable(self) -> str:
        """Say why no turn may be dropped; empty where one may."""
        check = self.replayer.situation.scenario.checks.get(self.check)
        if check is None or check.after is not None or not check.rule.wants_something:
            return ""
        return (
            f"the check asks for something to be said or done ({check.way}), and a shorter "
            "dialogue lacks it by itself: only more probable messages were tried"
        )

    async def _again(self) -> tuple[int, int]:
        """Replay as recorded; return how often that failed, and out of how many times."""
        versions = [self.before]
        if self.before and self.before[-1].ends:
            # The target never saw the message with which the user left.
            versions.insert(0, self.before[:-1])
        failed = 0
        for version in versions:
            failed = 0
            for tries in range(1, TRIES + 1):
                replay = await self.replayer.replay([line.text for line in version])
                failed += replay.fails(self.check)
                if failed == tries == 1:
                    self.best, self.replay = version, replay
                    self.known[tuple(line.text for line in version)] = True
                    return failed, tries
        return failed, TRIES

    async def _all(self, *, only_probable: bool) -> None:
        if not only_probable:
            await self._cut()
            await self._drop()
        await self._more_probable()
        if not only_probable:
            await self._drop()
            self.unsimplified = self.best
            for at in range(len(self.best)):
                await self._simplify(at)

    async def _fails(self, lines: Lines) -> bool:
        """Tell whether other messages still fail; keep them if so."""
        messages = tuple(line.text for line in lines)
        if messages not in self.known:
            replay = await self.replayer.replay(messages)
            self.known[messages] = replay.fails(self.check)
            if self.known[messages]:
                self.replay = replay
        if self.known[messages]:
            self.best = tuple(lines)
        return self.known[messages]

    async def _cut(self) -> None:
        """Leave out what was said after the turn that shows the failure."""
        assert self.replay is not None  # noqa: S101  # `_again` set it
        shown = self.replay.verdicts[self.check].turn
        if shown is None:
            return
        target, _ = self.replayer.situation.parties()
        until = sum(turn.speaker != target for turn in self.replay.turns[: shown + 1])
        if until < len(self.best) and (until or self.replayer.situation.greets):
            await self._fails(self.best[:until])

    async def _drop(self) -> None:
        least = 0 if self.replayer.situation.greets else 1
        await reduced(self.best, self._fails, least)

    async def _more_probable(self) -> None:
        """Take the most probable candidate of each turn that still fails."""
        for at, line in enumerate(self.best):
            if line.weight is None:
                continue
            for other in self.alternatives.get(line.position, ()):
                if other.weight is None or other.weight <= line.weight:
                    break
                if await self._fails((*self.best[:at], other, *self.best[at + 1 :])):
                    break

    async def _simplify(self, at: int) -> None:
        async def fails(text: str) -> bool:
            if not text or text == self.best[at].text:
                return False
            line = replace(self.best[at], text=text, weight=None)
            return await self._fails((*self.best[:at], line, *self.best[at + 1 :]))

        for shorter in shortened(self.best[at].text):
            if await fails(shorter):
                break
        await fails(plain(self.best[at].text))

        async def parts_fail(parts: Sequence[str]) -> bool:
            return await fails(" ".join(parts))

        for way in WAYS:
            parts = [part for part in way.split(self.best[at].text) if part]
            if len(parts) > 1:
                await reduced(parts, parts_fail)
        pieces = signs_apart(self.best[at].text)
        signs = [i for i, piece in enumerate(pieces) if is_sign(piece[0])]

        async def signs_fail(kept: Sequence[int]) -> bool:
            gone = set(signs) - set(kept)
            left = (piece for i, piece in enumerate(pieces) if i not in gone)
            return await fails(" ".join("".join(left).split()))

        async def kinds_fail(kinds: Sequence[str]) -> bool:
            return await signs_fail([i for i in signs if kind_of_sign(pieces[i]) in kinds])

        if signs and not await signs_fail(()):
            kinds = await reduced(
                list(dict.fromkeys(kind_of_sign(pieces[i]) for i in signs)), kinds_fail, 0
            )
            await reduced([i for i in signs if kind_of_sign(pieces[i]) in kinds], signs_fail, 0)
