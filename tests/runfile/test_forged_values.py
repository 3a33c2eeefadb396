"""Whatever a value of a run file is made into: one line that names it, in every command."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import RunFileError
from simulate.runfile import open_run
from simulate.runfile.schema_check import MOST_BYTES
from simulate.tui.analyses import ANALYSES
from simulate.tui.app import ViewApp
from tests.conftest import Command
from tests.runfile.forged import forge
from tests.tui.drive import in_loop
from tests.yardstick import within

HUGE = 2**63 - 1
TEXT = (5, b"\xff", None)
COUNT = ("x", 1.5, -1, HUGE, None)
AMOUNT = ("x", math.inf, -1.0, None)
JSON = ("", "5", "{}", "NaN", "[1e999]", '"\\ud800"', "[" * 3000, "1" * 5000, '{"a":1,"a":2}')
CANDIDATES = (
    '[["a",NaN,1,false]]',
    '[["a",0.5,1e999,false]]',
    '[["a",0.5,-1,false],["b",0.5,2,false]]',
    '[["a",0.5,0.2,false]]',
    '[["a",-0.5,1,false]]',
    '[["\\ud800",0.5,1,false]]',
    '[["a",0.5,"1",false]]',
)

CHANGED: dict[str, tuple[Any, ...]] = {
    "dialogue.key": TEXT[:2],
    "dialogue.cell": (*COUNT, 99),
    "dialogue.persona": (*TEXT, "nobody"),
    "dialogue.status": (*TEXT, "done"),
    "dialogue.turns": COUNT,
    "dialogue.calls": COUNT,
    "dialogue.completion_tokens": COUNT,
    "dialogue.entropy": (*AMOUNT, 1e300),
    "dialogue.cost_usd": AMOUNT[:3],
    "dialogue.started": (*AMOUNT[:3], 1e300),
    "turn.dialogue": ("x", -1, HUGE),
    "turn.position": ("x", 1.5, 10**12),
    "turn.speaker": (*TEXT, "nobody"),
    "turn.text": TEXT,
    "turn.parse": (5, "torn"),
    "turn.chosen": (99, -1, HUGE, "x"),
    "turn.u": (1.0, -0.5, math.inf, "x"),
    "turn.candidates": (*JSON, *CANDIDATES),
    "turn.ends": (2, "x", None),
    "outcome.value": ("[]", "{}", "NaN", "1e999", '"\\ud800"', '"words"', "true", "1" * 5000),
    "outcome.candidates": (*JSON, *CANDIDATES),
    "outcome.chosen": (99, -1, "x"),
    "persona.attributes": (*JSON[:2], *JSON[3:], "[]", '{"a":[1]}', '{"a":NaN}', 5, None),
    "persona.prose": TEXT,
    "cell.label": TEXT,
    "cell.levels": (*JSON, '{"method":"other"}', 5),
}
VALUES = [(column, value) for column, values in CHANGED.items() for value in values]

META = {
    "run": ("5", "null"),
    "seed": ('"x"', "1.5", "1e999"),
    "n": ("1000000000000", "-1", '"x"'),
    "scenario": ("5", "{}", "[" * 3000),
    "population": ("5", "[]"),
    "models": ("5", "[]", "[[1]]", '[{"a":5},{}]'),
    "versions": ("5", '{"a":1}'),
    "created": ("5", '"\\ud800"'),
}
FACTS = [(key, value) for key, values in META.items() for value in values]

COMMANDS = [
    ["export", "RUN", "--format", "jsonl"],
    ["export", "RUN", "--format", "csv"],
    ["summary", "RUN", "--json"],
    ["diversity", "RUN", "--json"],
    ["view", "RUN", "--json", "--screen", "dialogues"],
    ["view", "RUN", "--json", "--screen", "transcript"],
    ["view", "RUN", "--json", "--screen", "prompt"],
    ["view", "RUN", "--json", "--screen", "persona"],
    ["view", "RUN", "--json", "--screen", "failures"],
    ["view", "RUN", "--json", "--screen", "live"],
    *(["view", "RUN", "--json", "--screen", name] for name in ANALYSES),
]


def _no_number(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def checked(command: Command, words: list[str], path: Path) -> int:
    """Run a command on a run file; what it says is JSON, or one line about the file."""
    code, out, err = command(*[str(path) if w == "RUN" else w for w in words])
    assert code in (0, 2), err
    assert "a fault of simulate" not in err
    if code == 2:
        assert (err.count("\n"), path.name in err) == (1, True), err
    for line in out.splitlines() if "csv" not in words else ():
        json.loads(line, parse_constant=_no_number)
    return code


@pytest.mark.parametrize(
    ("column", "value"), VALUES, ids=[f"{c}-{i}" for i, (c, _) in enumerate(VALUES)]
)
def test_a_value_that_cannot_stand_where_it_does_is_one_line(
    own_run: Path, command: Command, column: str, value: Any
) -> None:
    table, name = column.split(".")
    forge(own_run, table, f"UPDATE OR IGNORE {table} SET {name} = ?", (value,))  # noqa: S608
    code, _, err = command("export", own_run)
    assert (code, err.count("\n"), "own.db: " in err) == (2, 1, True), err
    assert f"table {table}" in err or name in err
    checked(command, COMMANDS[VALUES.index((column, value)) % len(COMMANDS)], own_run)


@pytest.mark.parametrize(("key", "value"), FACTS)
def test_a_fact_about_the_run_that_is_none_is_one_line(
    own_run: Path, command: Command, key: str, value: str
) -> None:
    forge(own_run, "meta", "UPDATE meta SET value = ? WHERE key = ?", (value, key))
    code, _, err = command("export", own_run)
    assert (code, err.count("\n"), "own.db: " in err) == (2, 1, True), err
    checked(command, COMMANDS[FACTS.index((key, value)) % len(COMMANDS)], own_run)


INSERTED: dict[str, tuple[str, str]] = {
    "a verdict of nobody": ("verdict", "(0, 'a', 'fail', 'me', 0.5, 1, '', '', 0.5)"),
    "a verdict that is sure": ("verdict", "(0, 'a', 'fail', 'user', 9e999, 1, '', '', 0.5)"),
    "a verdict of no dialogue": ("verdict", "(99, 'a', 'fail', 'user', 0.5, 1, '', '', 0.5)"),
    "a draw of no turn": ("draw", "(0, 10000, '', 0, 'act', '[[\"a\",1,1,false]]', NULL, 0, 0.5)"),
    "a draw of no dialogue": ("draw", "(99, 0, '', 0, 'act', '[]', NULL, 0, 0.5)"),
    "messages of another shape": ("target_turn", "(0, 0, '[1]', '[]', 0.5)"),
    "a call of no tool": ("target_turn", "(0, 0, '[]', '[5]', 0.5)"),
    "a state that is none": ("target_state", "(0, 'NaN')"),
    "a state with half a character": ("target_state", "(0, '\"\\ud800\"')"),
    "a branch of no dialogue": ("branch", "(0, 77, 1, 0, 0)"),
    "an earlier failure of no dialogue": ("meta", "('failed_before', '[{}]')"),
    "a persona that is nobody": ("speaker_persona", "(0, 'persuader', 'nobody')"),
}


@pytest.mark.parametrize("name", INSERTED)
def test_a_row_that_refers_to_nothing_or_has_another_shape_is_one_line(
    own_run: Path, command: Command, name: str
) -> None:
    table, values = INSERTED[name]
    forge(own_run, table, f"INSERT INTO {table} VALUES {values}")  # noqa: S608
    code, _, err = command("export", own_run)
    assert (code, err.count("\n"), "own.db" in err) == (2, 1, True), err


@pytest.mark.parametrize(
    ("column", "value"),
    [("request", b"0"), ("schema", b"0"), ("tries", -1), ("turn", 10**12), ("raw", 5)],
)
def test_a_call_that_cannot_be_is_one_line(
    own_run: Path, command: Command, column: str, value: Any
) -> None:
    forge(own_run, "call", f"UPDATE call SET {column} = ?", (value,))  # noqa: S608
    assert checked(command, ["view", "RUN", "--json", "--screen", "prompt"], own_run) == 2


def test_a_text_of_boundless_length_is_not_read(own_run: Path) -> None:
    sql = "UPDATE turn SET text = CAST(zeroblob(?) AS TEXT) WHERE (dialogue, position) = (0, 0)"
    forge(own_run, "turn", sql, (MOST_BYTES + 1,))
    with open_run(own_run) as file, pytest.raises(RunFileError, match="too big"):
        list(file.read())


@in_loop
async def test_the_screen_says_so_when_it_meets_such_a_value(own_run: Path) -> None:
    forge(own_run, "turn", "UPDATE turn SET u = 2 WHERE dialogue = 5 AND u IS NOT NULL")
    app = ViewApp(own_run.parent, own_run, follows=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for dialogue in range(8):
            await app.open_dialogue(dialogue)
            await pilot.pause()
        said = [note.message for note in app._notifications]
    assert app.fault is None
    assert any("table turn, dialogue 5" in message for message in said)


def test_a_scenario_of_more_cells_than_can_be_is_refused_before_they_are_made(
    own_run: Path, command: Command
) -> None:
    levels: dict[str, Any] = {f"l{i}": {} for i in range(12)}
    sql = "UPDATE meta SET value = json_set(value, '$.conditions', json(?)) WHERE key = 'scenario'"
    forge(own_run, "meta", sql, (json.dumps({f"c{i}": levels for i in range(9)}),))
    with within(120):
        assert checked(command, ["view", "RUN", "--json", "--screen", "dialogues"], own_run) == 2
        assert checked(command, ["export", "RUN"], own_run) == 2
