"""`simulate.calibrate`: a walk, what is said of it, and when nothing is called calibrated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate import ScriptedModel
from simulate.calibration.api import calibrate_sync
from simulate.calibration.result import Calibration
from simulate.calibration.walk_maps import MapOf
from simulate.errors import InputError, RunFileError, RunStoppedError, StatisticsError
from simulate.models import ChatRequest
from simulate.reference.importing import Importing, import_data
from simulate.reference.split import split_of
from tests.calibration.invented_talks import ACTS, SENTENCE, invented, states

WORDS = {
    "greeting": "a greeting",
    "ask-org-info": "a question about the charity",
    "agree-donation": "a consent to give",
    "thank": "thanks",
}
DIALOGUES = 43
ASKED: dict[str, Any] = {
    "roles": ["persuadee"], "turns": 1, "dialogues": DIALOGUES, "asks": ["act"], "margin": 0.1
}  # fmt: skip


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> str:
    return invented(tmp_path_factory.mktemp("release"), DIALOGUES, turns=4)


def by_heart(request: ChatRequest) -> Mapping[str, Any]:
    """State what came next where the dialogue stands there as it was; else the same of each act."""
    told = re.findall(r"Sentence (\d+) of talk (\d+), about Save", request.messages[-2]["content"])
    known = ""
    if told:
        turn, dialogue = map(int, told[-1])
        known = WORDS[ACTS[1][min((turn + 1) // 2 + dialogue % 2, 3)]]
    return states(lambda level: 30.0 if level == known else 1.0)(request)


@pytest.fixture(scope="module")
def remembered(release: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, Path]:
    out = tmp_path_factory.mktemp("walk") / "walk.db"
    model = ScriptedModel(by_heart)
    found = calibrate_sync(
        reference=release, model=model, out=out, histories=["renamed"], fit=MapOf(), **ASKED
    )
    return found, out


def test_who_knows_the_dialogues_by_heart_is_not_called_calibrated(
    remembered: tuple[Calibration, Path],
) -> None:
    found, _ = remembered
    change = found.contamination["renamed histories"]
    assert change.interval is not None
    assert change.interval[0] > 0.3
    assert found.differing == ("renamed histories",)
    assert not any(map(found.calibrated, found.parts))
    assert "it differs, so nothing is called calibrated" in found.contamination_told


def test_the_score_is_that_of_the_people_of_the_report_split(
    remembered: tuple[Calibration, Path],
) -> None:
    (part,) = remembered[0].parts
    people = [d for d in range(DIALOGUES) if split_of(f"ee{d}") == "report"]
    # Three acts are asked for and “none of these”: 30/33 is stated of what came true.
    assert part.headline.mean.value == pytest.approx((3 / 33) ** 2 + 3 * (1 / 33) ** 2)
    assert part.n == part.persons == len(people)
    assert part.headline.skills["human marginal"].value > 0.9


def test_a_finished_walk_is_assessed_again_without_a_model(
    remembered: tuple[Calibration, Path], release: str
) -> None:
    found, out = remembered
    again = calibrate_sync(out, reference=release, margin=0.1)
    assert again.parts[0].headline == found.parts[0].headline
    assert again.fitted == ()


def test_a_map_is_of_the_select_split_and_judged_on_the_other(
    remembered: tuple[Calibration, Path],
) -> None:
    (made,) = remembered[0].fitted
    assert (made.what, made.fitted.split, made.fitted.role) == ("act", "select", "persuadee")
    assert made.fitted.persons == sum(split_of(f"ee{d}") == "select" for d in range(DIALOGUES))
    assert made.temperature is not None
    assert made.temperature < 1  # it knows more than it says
    assert made.judged is not None
    assert made.judged.helps


def test_lists_that_leave_out_an_act_are_counted(release: str, tmp_path: Path) -> None:
    def answer(request: ChatRequest) -> Mapping[str, Any]:
        listed = states()(request)["responses"]
        return {"responses": [{**each, "value": "a greeting"} for each in listed]}

    model, out = ScriptedModel(answer), tmp_path / "walk.db"
    found = calibrate_sync(reference=release, model=model, out=out, **ASKED)
    told = f"act of persuadee: {DIALOGUES} of {DIALOGUES} lists leave out acts"
    assert any(note.startswith(told) for note in found.notes)


def test_newer_data_are_compared_by_what_is_better_than_their_own_marginal(
    release: str, tmp_path: Path
) -> None:
    folder = tmp_path / "newer"
    folder.mkdir()
    spec = invented(folder, DIALOGUES, turns=4, sentence="Line {turn} of chat {dialogue}.")
    newer = import_data(
        "persuasionforgood", Importing(Path(spec.partition(":")[2])), out=tmp_path / "newer.json"
    )
    model, out = ScriptedModel(by_heart), tmp_path / "walk.db"
    found = calibrate_sync(reference=[release, str(newer)], model=model, out=out, **ASKED)
    assert found.references == ("persuasionforgood", "newer")
    assert found.differing == ("data of newer",)


def test_dialogues_in_other_words_are_asked_for_in_a_file_beside(
    release: str, tmp_path: Path
) -> None:
    def answer(request: ChatRequest) -> Any:
        asked = request.messages[-1]["content"]
        if "in other words" in asked:
            return "\n".join(f"{n}. Something else, number {n}." for n in range(1, 5))
        return by_heart(request)

    out = tmp_path / "walk.db"
    found = calibrate_sync(
        reference=release, model=ScriptedModel(answer), out=out, histories=["paraphrased"], **ASKED
    )
    assert found.differing == ("paraphrased histories",)
    assert (tmp_path / "walk.paraphrases.db").exists()


def test_a_model_that_cannot_say_dialogues_in_other_words_is_told_before_the_walk(
    release: str, tmp_path: Path
) -> None:
    out, model = tmp_path / "walk.db", ScriptedModel(lambda request: "I cannot.")
    with pytest.raises(StatisticsError, match="none came back whole in other words"):
        calibrate_sync(reference=release, model=model, out=out, histories=["paraphrased"], **ASKED)
    assert not out.exists()


def test_a_walk_of_too_few_people_is_refused_before_a_call(release: str, tmp_path: Path) -> None:
    seen: list[ChatRequest] = []
    model, out = ScriptedModel(states(seen=seen)), tmp_path / "walk.db"
    given = {**ASKED, "dialogues": 12}
    with pytest.raises(
        InputError, match=r"people of the report split are walked as persuadee, and 20"
    ):
        calibrate_sync(reference=release, model=model, out=out, **given)
    assert not seen


def test_a_walk_that_its_budget_stops_says_so_and_goes_on(release: str, tmp_path: Path) -> None:
    given = {**ASKED, "model": ScriptedModel(states()), "out": tmp_path / "walk.db"}
    with pytest.raises(RunStoppedError, match="resume the walk"):
        calibrate_sync(reference=release, budget_tokens=2000, concurrency=1, **given)
    found = calibrate_sync(reference=release, resume=True, **given)
    assert found.people == {"select": 23, "report": 20}


def test_a_walk_that_is_not_there_is_not_resumed(release: str, tmp_path: Path) -> None:
    given = {**ASKED, "model": ScriptedModel(states()), "resume": True}
    with pytest.raises(RunFileError):
        calibrate_sync(reference=release, out=tmp_path / "no.db", **given)
    with pytest.raises(InputError, match="to resume a walk, name its run file"):
        calibrate_sync(reference=release, **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reference": []}, "name human dialogues"),
        ({"roles": ["judge"]}, "--role judge: must be one of persuader, persuadee"),
        ({"asks": ["mood"]}, "forecast “mood”: must be one of act, text, outcome"),
        ({"histories": ["sung"]}, "history “sung”: must be one of original, renamed, paraphrased"),
        ({"dialogues": 0}, "dialogues is 0, it must be from 1"),
        ({"margin": 5}, "margin is 5, it must be between 0 and 1"),
        ({"embeddings": "embedded"}, "embeddings “embedded”: give offline"),
    ],
)
def test_what_cannot_be_meant_is_refused(release: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        calibrate_sync(**{"reference": release, "model": ScriptedModel(states()), **given})


class Lengths:
    """Embeds a text as its length and its last character."""

    name = "lengths"

    def embed(self, texts: Sequence[str]) -> Any:
        return np.array([[len(text), ord(text[-1])] for text in texts], dtype=np.float64)


def test_texts_are_scored_in_the_space_that_is_named(release: str, tmp_path: Path) -> None:
    model, out = ScriptedModel(states()), tmp_path / "walk.db"
    given = {**ASKED, "asks": ["text"]}
    found = calibrate_sync(reference=release, model=model, out=out, embeddings=Lengths(), **given)
    (texts,) = found.parts  # nobody may leave so early
    # Five texts of seven characters each, at one place: the distance to what was said is left.
    said = [len(s) - 7 for d in range(DIALOGUES) if split_of(f"ee{d}") == "report"
            for s in [SENTENCE.format(turn=1, dialogue=d)]]  # fmt: skip
    assert texts.headline.mean.value == pytest.approx(np.mean(said), abs=0.6)
    with pytest.raises(StatisticsError, match="texts of persuadee are not scored: name a space"):
        calibrate_sync(out, reference=release)


def test_methods_stand_beside_each_other(release: str, tmp_path: Path) -> None:
    model, out = ScriptedModel(states()), tmp_path / "walk.db"
    methods = ["vs", "population-query", "direct"]
    found = calibrate_sync(reference=release, model=model, out=out, methods=methods, **ASKED)
    (part,) = found.parts
    assert part.headline.skills["population-query"].value == pytest.approx(0)
    # Asked directly it is sure of the first act, which came true for a share of the people.
    ours = part.headline.mean.value
    shares = [row.n for row in part.given_outcome if row.level == "a consent to give"]
    right = shares[0] / part.n
    assert part.headline.skills["direct"].value == pytest.approx(1 - ours / (2 * (1 - right)))
