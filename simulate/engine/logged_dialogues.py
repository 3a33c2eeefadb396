"""Dialogues of chat logs as a scenario has them: whose role is which speaker, and what is checked.

The speakers of a log are real. What a scenario tells the one who plays its user (goal, facts,
patience, a persona) is not known of them, and what reads it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulate.errors import InputError, ScenarioError, quote
from simulate.files.templates import variables_of
from simulate.limits import MOST_TURNS
from simulate.reference.chat_logs import ChatLogs, LoggedDialogue, LoggedTurn, turns_of
from simulate.runfile import Turn
from simulate.runfile.given_dialogues import Given, GivenDialogue
from simulate.scenario import Check, Scenario

BOTS = frozenset(("assistant", "bot", "chatbot", "model", "ai", "agent", "target", "system"))
"""Roles that are the speaker under test unless the user says otherwise."""
USERS = frozenset(("user", "human", "customer", "client", "visitor", "guest", "caller", "person"))
"""Roles that are the user unless somebody says otherwise."""
OTHERS = "*"
"""Stands for all roles that nobody names."""


@dataclass(frozen=True)
class Roles:
    """Which role of a log is which speaker of a scenario.

    Attributes:
        bot: the speaker under test.
        user: the speaker who is tested with.
        speakers: all of them.
        named: role to speaker, as the user says it; `*` for all others.
    """

    bot: str
    user: str
    speakers: Sequence[str]
    named: Mapping[str, str]

    @classmethod
    def of(cls, scenario: Scenario, pairs: Sequence[str] = ()) -> Roles:
        """Read pairs such as `bot=assistant`, speaker before role.

        Raises:
            InputError: one is no such pair, or the scenario has no such speaker.
        """
        playing = {name: speaker.plays for name, speaker in scenario.speakers.items()}
        bots = [name for name, plays in playing.items() if plays in ("target", "assistant")]
        bots.sort(key=lambda name: playing[name] != "target")
        users = [name for name, plays in playing.items() if plays == "user"]
        if not bots or not users:
            raise InputError(
                f"scenario {scenario.name}: a log is of a bot and its users, and this scenario has "
                "no speaker that plays user, or none that plays target or assistant"
            )
        named: dict[str, str] = {}
        for pair in pairs:
            speaker, equals, roles = pair.partition("=")
            if not equals or not roles:
                raise InputError(f"--speaker {pair}: write SPEAKER=ROLE, such as bot=assistant")
            if speaker not in playing:
                raise InputError(
                    f"--speaker {pair}: scenario {scenario.name} has no speaker {quote(speaker)}; "
                    f"there are: {', '.join(playing)}"
                )
            named |= dict.fromkeys((role.strip() for role in roles.split(",")), speaker)
        return cls(bots[0], users[0], tuple(playing), named)

    def speaker_of(self, role: str, *, of_people: bool) -> str | None:
        """Return the speaker of a role; None where it is no speaker.

        Args:
            role: as the log says it.
            of_people: whether roles are names of people; who is not the bot is a user then.
        """
        plain = role.casefold()
        if role in self.named:
            return self.named[role]
        if role in self.speakers:
            return role
        if plain in BOTS and self.bot not in self.named.values():
            return self.bot
        if plain in USERS and self.user not in self.named.values():
            return self.user
        return self.named.get(OTHERS, self.user if of_people else None)


class LoggedDialogues:
    """The dialogues of logs as a scenario has them; iterate once.

    Args:
        logs: the logs.
        roles: whose role is which speaker.
        checks: those that are left out, with the reason.
    """

    def __init__(self, logs: ChatLogs, roles: Roles, checks: Mapping[str, str]) -> None:
        self._logs, self._roles, self._checks = logs, roles, checks
        self._taken = dict.fromkeys(map(str, logs.paths), 0)
        self._keys: dict[str, int] = {}

    def given(self) -> Given:
        """Return what was taken so far, and what was left out."""
        formats = self._logs.formats
        return Given(
            [(file, formats.get(file, ""), n) for file, n in self._taken.items()],
            [(each.file, each.why, each.first, each.n) for each in self._logs.left_out],
            dict(self._checks),
        )

    def __iter__(self) -> Iterator[GivenDialogue]:
        """Iterate over the dialogues in which the bot has a turn.

        Raises:
            ReferenceDataError: a file cannot be read at all.
        """
        for each in self._logs:
            if (turns := self._turns(each)) is not None:
                self._taken[each.place.file] += 1
                yield self._given(each, turns)

    def _turns(self, dialogue: LoggedDialogue) -> Sequence[LoggedTurn] | None:
        """Return the turns of a dialogue; None where it is left out, which is counted."""
        bot, odd = self._roles.bot, list[str]()

        def speaker_of(role: str) -> str:
            speaker = self._roles.speaker_of(role, of_people=dialogue.of_people)
            if speaker is None:
                odd.append(role)
            return speaker or role

        turns = turns_of(dialogue.messages, speaker_of)
        why = None
        if odd:
            why = (
                f"has the role {quote(odd[0], 40)}, which is no speaker: say --speaker SPEAKER=ROLE"
            )
        elif not any(turn.speaker == bot for turn in turns):
            why = f"has no turn of {bot}: if it is called otherwise, say --speaker {bot}=ROLE"
        elif len(turns) > MOST_TURNS:
            why = f"has more than {MOST_TURNS:,} turns"
        if why is not None:
            self._logs.leave_out(dialogue.place, why)
        return turns if why is None else None

    def _given(self, dialogue: LoggedDialogue, turns: Sequence[LoggedTurn]) -> GivenDialogue:
        place = str(dialogue.place)
        self._keys[place] = again = self._keys.get(place, 0) + 1
        key = place if again == 1 else f"{place}#{again}"
        person, attributes = dialogue.person, dict(dialogue.attributes)
        for role, (who, known) in dialogue.people.items():
            if self._roles.speaker_of(role, of_people=dialogue.of_people) == self._roles.user:
                person, attributes = who, {**attributes, **known}
        return GivenDialogue(
            key,
            person or dialogue.conversation or key,
            attributes,
            [
                Turn(
                    index,
                    turn.speaker,
                    "\n\n".join(turn.messages),
                    tuple(turn.messages) or ("",),
                    tuple(turn.tool_calls),
                    ends=turn.ends and turn is turns[-1],
                    given=True,
                )
                for index, turn in enumerate(turns)
            ],
        )


def as_given(scenario: Scenario, checks: Mapping[str, Check]) -> Scenario:
    """Return the scenario of dialogues that are given whole: its speakers, and what is checked.

    Raises:
        ScenarioError: together they break a rule.
    """
    kept = ("scenario", "prompt_version", "title", "description", "source", "variables")
    data = {name: getattr(scenario, name) for name in kept}
    speakers = {
        name: {
            "plays": speaker.plays,
            "person": speaker.person,
            "instructions": _unchanging(speaker.instructions),
        }
        for name, speaker in scenario.speakers.items()
    }
    return Scenario.model_validate(
        {**data, "speakers": speakers, "checks": checks, "steps": [{"given": "persona"}]}
    )


def _unchanging(instructions: str) -> str:
    """Return instructions that are the same for all; nothing for others, which nobody was told."""
    return "" if variables_of(instructions, "instructions") - {"variables"} else instructions


def that_apply(scenario: Scenario) -> tuple[dict[str, Check], dict[str, str]]:
    """Return the checks that can be carried out on a log, and why others cannot.

    Raises:
        ScenarioError: none can.
    """
    kept: dict[str, Check] = {}
    left_out: dict[str, str] = {}
    for name, check in scenario.checks.items():
        of = scenario.speakers.get(check.speaker or "")
        read = {
            variable
            for field, text in check.templates().items()
            for variable in variables_of(text, f"checks.{name}.{field}")
        }
        unknown = sorted(read & {"goal", "facts", "cell"})
        if of is not None and of.plays == "user":
            left_out[name] = "it is of the simulated user, and the users of a log are real"
        elif unknown:
            left_out[name] = f"it reads {' and '.join(unknown)}, which is not known of a log"
        else:
            kept[name] = check
    if not kept and scenario.checks:
        why = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise ScenarioError(
            f"scenario {scenario.name}: no check can be carried out on a log: {why}"
        )
    return kept, left_out
