"""A run of questions with right answers, over a local endpoint."""

from __future__ import annotations

import json
from pathlib import Path

from simulate import run_sync
from simulate.runfile import open_run
from tests.endpoint import Body, Serve

TABLE = "problem,answer,aliases\nCapital of Canada?,Ottawa,Bytown\nCapital of Chad?,N'Djamena,\n"


def reply(body: Body, _: int) -> str:
    """Know one capital, and hold another possible."""
    if body.get("response_format") is None:
        return "Ottawa."
    stated = [("the OTTAWA", 0.6), ("Bytown", 0.1), ("Not Ottawa", 0.3)]
    return json.dumps({"responses": [{"text": t, "probability": p} for t, p in stated]})


def test_every_candidate_is_right_or_wrong_by_the_answers_of_its_own_row(
    tmp_path: Path, serve: Serve
) -> None:
    table = tmp_path / "capitals.csv"
    table.write_text(TABLE)
    path = tmp_path / "r.db"
    spec = serve(reply).spec
    result = run_sync("facts", n=10, population=table, model=spec, out=path)
    assert (result.completed, result.failed) == (20, 0)
    with open_run(path) as file:
        found = {
            (d.persona.id, d.cell.label): [c.value for c in d.outcomes["right"].candidates or ()]
            or d.outcomes["right"].value
            for d in file.read()
        }
        assert [row.candidates is None for row in file.outcome_rows("right")][:2] == [True, False]
    assert found == {
        ("capitals-0001", "direct"): True,
        ("capitals-0001", "vs"): [True, True, False],
        ("capitals-0002", "direct"): False,
        ("capitals-0002", "vs"): [False, False, False],
    }
