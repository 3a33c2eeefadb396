"""The effective size turn by turn: known answers, and the paired t-test in another's hands."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from scipy import stats

from simulate import run_sync
from simulate.comparison.entropy_by_turn import AtReply, EntropyByTurn, entropy_by_turn
from simulate.models import ChatRequest, ScriptedModel
from simulate.report.entropy_table import entropy_notes, entropy_table
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.conftest import AsJson, Command
from tests.runfile.small_run import PERSUADER, make_large_run, make_small_run

SHARES = ([0.25, 0.25, 0.25, 0.25, 0], [0.5, 0.5, 0, 0, 0], [0.5, 0.5, 0, 0, 0], [1, 0, 0, 0, 0])


def narrowing(request: ChatRequest) -> str | dict[str, object]:
    """Leave 4, 2, 2 and 1 replies to draw from at the four turns of the user."""
    last = request.messages[-1]["content"].casefold()
    turn = min(sum(m["role"] == "assistant" for m in request.messages), 3)
    if "how much" in last:
        return {"value": 1} if "responses" not in json.dumps(request.schema) else _list([0.2] * 5)
    return PERSUADER[turn] if not request.schema else _list(SHARES[turn], "Reply")


def _list(shares: Sequence[float], text: str = "") -> dict[str, object]:
    key = "text" if text else "value"
    each = [f"{text} {i}" if text else i / 4 for i in range(len(shares))]
    return {"responses": [{key: t, "probability": p} for t, p in zip(each, shares, strict=True)]}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_run(tmp_path_factory.mktemp("narrow") / "narrow.db", 3, narrowing)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_run(tmp_path_factory.mktemp("large") / "large.db", 120)


def test_a_talk_that_leaves_four_two_two_and_one_reply_has_a_ratio_of_four(narrow: Path) -> None:
    with open_run(narrow) as run:
        _, vs = entropy_by_turn(run)
    assert (vs.first, vs.middle, vs.last, vs.ratio) == pytest.approx((4, 2, 1, 4))
    assert [at.effective_size for at in vs.by_reply] == pytest.approx([4, 2, 2, 1])
    assert vs.interval is None


def test_what_draws_from_no_distribution_has_no_number(narrow: Path) -> None:
    with open_run(narrow) as run:
        direct, _ = entropy_by_turn(run)
    assert (direct.method, direct.dialogues, direct.ratio) == ("direct", 0, None)


def test_the_ratio_and_its_interval_are_those_of_the_paired_t_test_of_entropies(
    large: Path,
) -> None:
    first, last = [], []
    with open_run(large) as run:
        _, vs = entropy_by_turn(run)
        for dialogue in run.read():
            drawn = [t.distribution.entropy() for t in dialogue.turns if t.distribution is not None]
            if dialogue.status == "completed" and drawn:
                first.append(drawn[0])
                last.append(drawn[-1])
    expected = stats.ttest_rel(first, last).confidence_interval()
    assert vs.dialogues == vs.personas == len(first)
    assert vs.ratio == pytest.approx(np.exp(np.mean(first) - np.mean(last)))
    assert vs.interval == pytest.approx(np.exp([expected.low, expected.high]))
    assert vs.first is not None
    assert vs.last is not None
    assert vs.first / vs.last == pytest.approx(vs.ratio)


def test_turns_that_were_asked_for_from_the_tail_are_left_out(narrow: Path, tmp_path: Path) -> None:
    path = tmp_path / "tail.db"
    copyfile(narrow, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO tail_turn SELECT id, 1, 0.1 FROM dialogue")
    with open_run(path) as run:
        _, vs = entropy_by_turn(run)
    assert (vs.first, vs.middle, vs.last) == pytest.approx((2, 2, 1))


def test_candidates_of_the_same_text_are_one_reply(narrow: Path, tmp_path: Path) -> None:
    path = tmp_path / "alike.db"
    copyfile(narrow, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE turn SET candidates = replace(candidates, 'Reply 1', 'Reply 0'),"
            " text = replace(text, 'Reply 1', 'Reply 0') WHERE candidates IS NOT NULL"
        )
    with open_run(path) as run:
        _, vs = entropy_by_turn(run)
    # Half, a quarter, a quarter at first; where two replies were left, they are one.
    assert vs.first == pytest.approx(np.exp(stats.entropy([0.5, 0.25, 0.25])))
    assert vs.last == pytest.approx(1)
    assert [at.effective_size for at in vs.by_reply][1:] == pytest.approx([1, 1, 1])


def test_the_one_reply_of_a_part_of_a_mixture_is_no_distribution(
    tmp_path: Path,
) -> None:
    parts = {"lists": {"weight": 1, "method": "vs"}, "one": {"weight": 1, "method": "direct"}}
    method = {"name": "mixture", "parts": parts, "per": "turn"}
    speakers = {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": method}}
    scenario = Scenario.model_validate(
        {"scenario": "mixed", "speakers": speakers, "turns": {"maximum": 3}}
    )
    path = tmp_path / "mixed.db"
    run_sync(scenario, n=20, model=ScriptedModel(lambda r: _two() if r.schema else "Hm."), out=path)
    with open_run(path) as run:
        (mixed,) = entropy_by_turn(run)
    assert 0 < mixed.dialogues < 20
    assert (mixed.first, mixed.last, mixed.ratio) == pytest.approx((2, 2, 1))


def _two() -> dict[str, object]:
    return _list([0.5, 0.5, 0, 0, 0], "Reply")


def test_the_command_prints_them_for_dialogues(
    narrow: Path, as_json: AsJson, command: Command
) -> None:
    rows = as_json("diversity", narrow)["entropy_by_turn"]
    assert [(row["cell"], row["ratio"]) for row in rows] == [("direct", None), ("vs", 4.0)]
    _, out, _ = command("diversity", narrow)
    assert "×4.00" in out
    assert "—: direct: no turn of a completed dialogue was drawn" in " ".join(out.split())
    assert "█▃▃▁" in out


def test_what_is_measured_on_one_request_is_refused_for_dialogues(
    narrow: Path, command: Command
) -> None:
    code, _, err = command("diversity", narrow, "--outcome", "donation")
    assert code == 2
    assert "measured on the replies to one request" in err


def test_it_is_told_where_later_turns_are_of_fewer_dialogues() -> None:
    def notes(*dialogues: int) -> str:
        places = tuple(AtReply(i, n, 2.0) for i, n in enumerate(dialogues, start=1))
        row = EntropyByTurn("vs", "user", "vs", stated=True, by_reply=places)
        return "\n".join(entropy_notes([row]))

    assert "by turn: over the dialogues that last so long" in notes(9, 9, 4)
    assert "by turn" not in notes(9, 9, 9)


def test_the_numbers_are_whole_where_the_names_of_cells_are_long() -> None:
    numbers: dict[str, Any] = {
        "dialogues": 2,
        "first": 4.25,
        "middle": 4.25,
        "last": 4.5,
        "ratio": 0.94,
    }
    rows = [
        EntropyByTurn(
            f"a-long-name-of-a-method+another-{i}",
            speaker,
            "vs",
            stated=True,
            by_reply=(AtReply(1, 2, 4.25), AtReply(2, 2, 4.5)),
            **numbers,
        )
        for i in range(2)
        for speaker in ("tenant", "landlord")
    ]
    text = StringIO()
    Console(width=80, file=text).print(entropy_table(rows))
    assert [text.getvalue().count(shown) for shown in (" 4.25 ", " 4.50 ", "×.94")] == [8, 4, 4]
    assert all(title in text.getvalue() for title in ("dialogues", "middle", "first"))
