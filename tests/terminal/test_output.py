import io
import json
import math
import os
import sys
import threading
from pathlib import Path

import pytest

from simulate.terminal.output import data_stream, print_json, standard_streams


def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """Put a stdout in place as Windows has it for a pipe; return what it writes to."""
    written = io.BytesIO()
    narrow = io.TextIOWrapper(written, encoding="cp1252", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", narrow)
    return written


def test_data_are_utf8_with_bare_line_ends_and_text_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = as_on_windows(monkeypatch)
    with standard_streams():
        print("a → b ü █▎ 日")
        print_json({"→": "\ud800"})
        print("x\ny", file=data_stream())
    text, value, *rest = written.getvalue().split(b"\n")
    assert text == b"a > b \xfc #  ?"
    assert json.loads(value.decode("utf-8")) == {"→": "\ud800"}
    assert rest == [b"x", b"y", b""]


def test_a_number_that_is_not_defined_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [math.nan, (1.5, -math.inf)], "b": {"c": math.inf}})
    assert capsys.readouterr().out == '{"a": [null, [1.5, null]], "b": {"c": null}}\n'


def test_a_stream_without_bytes_below_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = io.StringIO()
    monkeypatch.setattr(sys, "stdout", notebook)
    with standard_streams() as streams:
        print_json(["→"])
        assert streams.exit_code(0) == 0
    assert notebook.getvalue() == '["→"]\n'


def test_each_line_goes_out_at_once_where_python_was_told_not_to_buffer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written, write_through=True))
    with standard_streams():
        print("1 of 2", file=sys.stderr)
        assert written.getvalue() == b"1 of 2\n"


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="pipes always wait here")
def test_a_pipe_that_does_not_wait_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    found: list[bytes] = []

    def read() -> None:
        with os.fdopen(reader, "rb") as stream:
            found.append(stream.read())

    thread = threading.Thread(target=read)
    with os.fdopen(writer, "w") as narrow:
        monkeypatch.setattr(sys, "stdout", narrow)
        with standard_streams() as streams:
            thread.start()
            print("x" * 1_000_000)
            assert streams.exit_code(0) == 0
    thread.join()
    assert found == [b"x" * 1_000_000 + b"\n"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_loss_is_told_once_and_streams_are_put_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as device:
        monkeypatch.setattr(sys, "stdout", device)
        with standard_streams() as streams:
            for _ in range(3):
                print("lost", flush=True)
            assert streams.exit_code(0) == 2
        assert sys.stdout is device
    assert capsys.readouterr().err.count("No space left on device") == 1


def test_json_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    said = {"\x9b31m": "\x1b[31m\x7f\u202ea é →"}
    print_json(said)
    out = capsys.readouterr().out
    assert out == '{"\\u009b31m": "\\u001b[31m\\u007f\\u202ea é →"}\n'
    assert json.loads(out) == said
