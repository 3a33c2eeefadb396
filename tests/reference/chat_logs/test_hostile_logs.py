"""Whatever a log holds, it is read to its end, in bounded memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulate.reference.chat_logs import ChatLogs, turns_of
from simulate.reference.chat_logs.json_values import OddValueError
from simulate.reference.chat_logs.logged import Place
from simulate.reference.chat_logs.messages import message_of
from simulate.runfile.json_columns import dump, load

NAMES = """role content parts type text tool_calls function name arguments user tool tool_call {
    tool_result function_call id call_id turns speaker messages attributes span_id events key [
    resourceSpans scopeSpans spans value stringValue arrayValue gen_ai.prompt metadata root meta
    conversation_id timestamp gen_ai.input.messages persona \0"""
WORDS = st.sampled_from(NAMES.split())
DATA: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@given(DATA)
def test_any_value_is_a_message_that_a_run_file_can_hold_or_odd(value: Any) -> None:
    try:
        message = message_of(value)
    except OddValueError:
        return
    for call in message.calls:
        assert load(dump(call.to_dict())) == load(dump(call.to_dict()))
    assert not any("\0" in text for text in message.texts)


@given(DATA)
def test_any_value_is_taken_or_odd_whatever_format_it_looks_like(value: Any) -> None:
    place = Place("log.jsonl", 1)
    for kind in ChatLogs([])._kinds:
        if not kind.fits(value):
            continue
        try:
            found = [*kind.take(value, place), *kind.rest()]
        except OddValueError:
            continue
        for each in found:
            turns_of(each.messages, lambda role: role)
            dump(dict(each.attributes))


def test_a_long_file_takes_the_memory_of_a_line(tmp_path: Path) -> None:
    talk = {"messages": [{"role": "user", "content": "x" * 2000}] * 10}
    path = tmp_path / "log.jsonl"
    path.write_text((json.dumps(talk) + "\n") * 400)
    array = tmp_path / "log.json"
    array.write_text("[\n" + ",\n".join([json.dumps(talk, indent=0)] * 400) + "\n]")
    for each in (path, array):
        tracemalloc.start()
        assert sum(1 for _ in ChatLogs([each])) == 400
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < each.stat().st_size / 1.5
