import sys
import time
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import TargetReplyError, TargetSilentError, TargetSpecError, TargetTimeoutError
from simulate.targets import Session, Target, ToolCall, open_target, process_tree, read_target
from simulate.targets.kinds.command import split_command
from tests.targets.talking import config, finding, in_session, talk, talk_at_once, with_target

PROGRAM = str(Path(__file__).with_name("bot_program.py"))


def bot(*arguments: str, **fields: Any) -> dict[str, Any]:
    return {"command": [sys.executable, PROGRAM, *arguments], **fields}


def test_lines_go_out_and_come_back() -> None:
    replies = talk("command", "A", "bare", "noisy", **bot())
    assert [r.text for r in replies] == ["one: A", "Just text", "done"]


def test_a_line_says_messages_tool_calls_and_the_end() -> None:
    [reply] = talk("command", "several", **bot())
    assert reply.messages == ("A", "B")
    assert reply.tool_calls == (ToolCall("look", {"at": 1}, after=2),)
    assert reply.ends


def test_it_may_speak_first_and_tell_its_state() -> None:
    async def whole(session: Session) -> list[Any]:
        return [
            (await session.greeting()).text,
            (await session.reply("tea")).text,
            await session.state(),
        ]

    said = in_session(whole, "command", **bot("first", greeting=True, state=True))
    assert said == ["Welcome!", "one: tea", {"cart": ["tea"]}]


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (
            ("A", "exit"),
            "exits with code 3 before it answered; its standard error ends: “Traceback: out of "
            "memory”",
        ),
        (("kill",), "was ended by SIGKILL before it answered"),
        (("garbage",), "a line of it is not JSON (Expecting value): “\\x1b[2Jhello\\n”"),
        (("long",), "writes a line longer than 1,048,576 bytes"),
        (("twice", "A"), 'writes a line unasked: “"two"\\n”'),
    ],
)
def test_a_process_that_does_not_answer_in_one_line_is_a_finding(
    messages: tuple[str, ...], told: str
) -> None:
    assert told in finding(TargetReplyError, "command", *messages, **bot())


def test_a_process_that_hangs_is_timed_out_and_ended() -> None:
    told = finding(TargetTimeoutError, "command", "A", "hang", **bot(timeout_s=0.7))
    assert "its turn is not over after 0.7 s; nothing had come" in told
    assert "its standard error ends: “waiting for the database”" in told


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    [reply] = talk("command", "bytes", **bot())
    assert reply.text == "a\ufffd\ufffd"


def test_silence_is_a_finding() -> None:
    finding(TargetSilentError, "command", "silent", **bot())


def test_it_sees_only_the_environment_that_the_file_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "geheim-123")
    monkeypatch.setenv("OTHER_TOKEN", "geheim-456")
    [reply] = talk("command", "environment", **bot(environment=["BOT_TOKEN"]))
    assert "BOT_TOKEN" in reply.text
    assert "PATH" in reply.text
    assert "OTHER_TOKEN" not in reply.text


def test_a_process_that_will_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "TERMINATING_S", 0.3)

    async def close(target: Target) -> float:
        session = await target.open("one")
        await session.reply("A")
        started = time.perf_counter()
        await session.aclose()
        return time.perf_counter() - started

    assert with_target(close, "command", **bot("stubborn")) > 0.7  # it was asked before


def test_sessions_at_once_do_not_mix() -> None:
    talk_at_once("command", 5, lambda name, n: f"{name}: {name}-{n}", **bot())


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(TargetSpecError, match="there is no program “no-such-program-here”"):
        open_target(config("command", command=["no-such-program-here"]))


def test_the_name_shows_the_script_and_no_further_argument() -> None:
    target = open_target(config("command", **bot("--token", "geheim-123")))
    assert target.name == f"command:{Path(sys.executable).name} bot_program.py …"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"C:\bots\bot.exe --name it", ["C:\\bots\\bot.exe", "--name", "it"]),
        (r'"C:\Program Files\bot.exe" \\server\x', ["C:\\Program Files\\bot.exe", r"\\server\x"]),
        ("bot.exe 'it''s' # no comment", ["bot.exe", "'it''s'", "#", "no", "comment"]),
        ('bot.exe ""', ["bot.exe", ""]),
    ],
)
def test_on_windows_a_command_line_keeps_its_backslashes(line: str, words: list[str]) -> None:
    assert split_command(line, windows=True) == words


def test_elsewhere_a_command_line_is_split_as_in_a_shell() -> None:
    assert split_command(r"a\ b 'c d'", windows=False) == ["a b", "c d"]


def test_a_quotation_without_end_is_refused_on_either_system() -> None:
    for windows in (True, False):
        with pytest.raises(ValueError, match="No closing quotation"):
            split_command('bot "x', windows=windows)


def test_a_command_whose_last_argument_is_a_yaml_file_is_no_target_file() -> None:
    read = read_target(f"command:{sys.executable} settings.yaml")
    assert read.kind == "command"
