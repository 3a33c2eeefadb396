import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import TargetSpecError
from simulate.targets import open_target, read_target
from tests.targets.talking import config


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        ("https://h.example/chat?k=1", "http", "https://h.example/chat"),
        ("wss://h.example/chat?k=1", "websocket", "wss://h.example/chat"),
        ("python:shop.bot:reply", "python", "python:shop.bot:reply"),
        ("command:bot --key 1", "command", "command:bot …"),
        ("model:embedded", "model", "model:embedded"),
        ("gpt@http://h:1/v1?k=1", "model", "model:gpt@http://h:1/v1"),
        ("org/gpt:8b@https://h/v1", "model", "model:org/gpt:8b@https://h/v1"),
    ],
)
def test_a_short_spec_stands_for_a_target(spec: str, kind: str, name: str) -> None:
    read = read_target(spec)
    assert read.kind == kind
    assert read.spec() == name


def test_only_python_and_commands_run_code() -> None:
    specs = ["python:a:b", "command:a", "http://h", "ws://h", "model:embedded"]
    assert [read_target(s).runs_code for s in specs] == [True, True, False, False, False]


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://me:hunter2@h/chat"},
        {"url": "http://hunter2@h/chat"},
        {"url": "http://{{ env.BOT }}@h/chat?to=http://me:hunter2@i"},
        {"url": "{{ env.BOT }}/chat?api_key=hunter2"},
        {"url": "http://h/{{ session }}", "headers": {"Authorization": "Bearer hunter2"}},
        {"url": "http://h", "set_up": {"url": "http://h", "headers": {"X-Api-Key": "hunter2"}}},
        {"kind": "websocket", "url": "ws://me:hunter2@h/chat"},
        {"kind": "model", "model": "m@http://me:hunter2@h/v1"},
    ],
)
def test_a_secret_in_a_target_file_is_refused_since_every_run_file_holds_it(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    with pytest.raises(TargetSpecError, match="since every run file holds it") as caught:
        read_file(tmp_path, json.dumps({"kind": "http", **fields}))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://me:{{env.PW}}@h/", "http://{{ env.T }}@h/", "http://h/?key={{ env.KEY }}&x=1"]
)
def test_a_secret_that_the_environment_holds_may_be_named_in_a_url(url: str) -> None:
    assert config("http", url=url).model_dump()["url"] == url


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("what", "target “what” is not a SPEC: write command:PROGRAM"),
        ("ftp://me:pw@h/x", "target “ftp://h/x” is not a SPEC"),
        ("http://", "not a URL that can be called"),
        ("http://h:port/", "not a URL that can be called"),
        ("python:bot", "write python:module:function"),
        ("command:", "write command:PROGRAM ARGUMENT…"),
        ("command:'", "not a command line: No closing quotation"),
        ("gone.yaml", "gone.yaml: cannot be read: not there"),
    ],
)
def test_a_spec_that_means_nothing_is_told(spec: str, told: str) -> None:
    with pytest.raises(TargetSpecError) as caught:
        read_target(spec)
    assert told in str(caught.value)
    assert "pw" not in str(caught.value)


def read_file(folder: Path, text: str) -> Any:
    (folder / "bot.yaml").write_text(text)
    return read_target("bot.yaml", beside=folder)


def test_a_target_file_is_read_beside_the_file_that_names_it(tmp_path: Path) -> None:
    text = "kind: http\nurl: http://h/chat\nreply: $.out[0].text\nbody: {q: '{{ message }}'}\n"
    made = config("http", url="http://h/chat", reply="$.out[0].text", body={"q": "{{ message }}"})
    assert read_file(tmp_path, text).model_dump() == made.model_dump()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: http\nurl: http://h\nreply: $.[\n", "bot.yaml:3: reply: not a JSONPath (RFC 9535)"),
        ("kind: http\nurl: http://h\nanswer: x\n", "bot.yaml:3: answer: there is no such field"),
        ("kind: telnet\nurl: h\n", "bot.yaml:1"),
        ("url: http://h\n", "bot.yaml:1"),
        ("kind: http\nurl: file:///etc/passwd\n", "bot.yaml:2: url: not a URL"),
        (
            "kind: http\nurl: http://h\nbody:\n  q: '{{ massage }}'\n",
            "bot.yaml:3: body: names the variable “massage”",
        ),
        ("kind: http\nurl: http://h\nbody: '{{ message'\n", "bot.yaml:3: body: template, template"),
        ("kind: http\nurl: http://h\nbody: '{{ env }}'\n", "env can only be used as env.NAME"),
        (
            "kind: http\nurl: http://h\nheaders:\n  'X Y': a\n",
            "bot.yaml:3: headers: “X Y” is not the name of a header",
        ),
        (
            "kind: http\nurl: http://h\nsession_id: $.id\n",
            "bot.yaml:3: session_id: is read from the answer to set_up, and there is none",
        ),
        (
            "kind: sse\nurl: http://h\ntimeout_s: 0\n",
            "bot.yaml:3: timeout_s: must be great",
        ),
    ],
)
def test_a_target_file_that_breaks_a_rule_is_told_by_line(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(TargetSpecError) as caught:
        read_file(tmp_path, text)
    assert told in str(caught.value)


def test_a_missing_variable_is_told_with_the_file(tmp_path: Path) -> None:
    text = "kind: http\nurl: http://h\nheaders: {A: 'Bearer {{ env.NOT_SET_HERE }}'}\n"
    read = read_file(tmp_path, text)
    with pytest.raises(
        TargetSpecError, match=r"bot\.yaml: target http://h .*NOT_SET_HERE, which is not set"
    ):
        open_target(read)


def test_a_header_from_the_environment_may_hold_no_line_break() -> None:
    made = config("http", url="http://h", headers={"A": "{{ env.TOKEN }}"})
    with pytest.raises(TargetSpecError, match="TOKEN holds a line break"):
        open_target(made, environment={"TOKEN": "a\nb"})
