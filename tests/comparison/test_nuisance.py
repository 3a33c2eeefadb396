"""Where a nuisance moves the mean more than the methods do, nothing is claimed of the methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate import compare, open_run, run_sync
from simulate.comparison.api import compare_effects
from simulate.comparison.nuisance import Claims, claims_of
from simulate.comparison.summary import summaries
from simulate.engine import make_plan
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import uniform
from simulate.reference import Variable
from simulate.report.designs import design_dict
from simulate.runfile import export_jsonl
from simulate.scenario import Scenario
from tests.conftest import Command

REFERENCE = "persuasionforgood-donations/donation"


def level(**variables: float) -> dict[str, Any]:
    return {"variables": variables}


DESIGN: dict[str, Any] = {
    "scenario": "game",
    "speakers": {"giver": {"plays": "user"}},
    "turns": {
        "maximum": 1,
        "opening": "{{ variables.method + variables.told + variables.frame }}",
    },
    "variables": {"method": 0.0, "told": 0.0, "frame": 0.0},
    "conditions": {
        "method": {"direct": level(method=0.0), "vs": level(method=0.1)},
        "told": {"nothing": level(told=0.0), "told": level(told=0.3)},
    },
    "nuisance": ["told"],
    "outcomes": {"given": {"kind": "amount", "unit": "USD", "support": [0, 2], "answered": {}}},
    "compare": {"given": REFERENCE},
}
FRAMES = {"act": level(frame=0.0), "report": level(frame=0.2), "none": level(frame=0.05)}


def answer(request: ChatRequest) -> str:
    """Give what the cell adds, and what the person gives of its own."""
    added = float(request.messages[0]["content"])
    return json.dumps({"value": round(round(uniform(request.seed or 0, "gift"), 1) + added, 2)})


def played(path: Path, n: int = 40, **changes: Any) -> Path:
    scenario = Scenario.model_validate({**DESIGN, **changes})
    run_sync(scenario, n=n, model=ScriptedModel(answer), out=path)
    return path


def claims(path: Path) -> Claims | None:
    with open_run(path) as run:
        return claims_of(run, "given", Variable.of_outcome("given", run.scenario.outcomes["given"]))


def told(value: float) -> dict[str, Any]:
    return {**DESIGN["conditions"], "told": {"nothing": level(told=0.0), "told": level(told=value)}}


def test_the_largest_effects_are_those_that_were_put_in(tmp_path: Path) -> None:
    conditions = {**DESIGN["conditions"], "frame": FRAMES}
    found = claims(played(tmp_path / "a.db", conditions=conditions, nuisance=["told", "frame"]))
    assert found is not None
    assert found.nuisance is not None
    assert (found.nuisance.condition, found.nuisance.a, found.nuisance.b) == (
        "told",
        "told",
        "nothing",
    )
    assert found.nuisance.value == pytest.approx(0.3)
    assert found.nuisance.interval == pytest.approx((0.3, 0.3))
    assert found.others[0].value == pytest.approx(0.1)
    assert found.about == ("method",)


def test_of_several_levels_the_two_that_are_farthest_apart_count(tmp_path: Path) -> None:
    conditions = {"method": DESIGN["conditions"]["method"], "frame": FRAMES}
    found = claims(played(tmp_path / "a.db", conditions=conditions, nuisance=["frame"]))
    assert found is not None
    assert found.nuisance is not None
    assert (found.nuisance.a, found.nuisance.b) == ("report", "act")
    assert found.nuisance.value == pytest.approx(0.2)
    assert not found.made


def test_a_larger_nuisance_leaves_no_contrast_of_methods_and_one_sentence_with_both_numbers(
    tmp_path: Path,
) -> None:
    path = played(tmp_path / "a.db")
    comparison = compare(path, draws=200)
    found = comparison.to_dict()
    (claim,) = found["claims"]
    assert not claim["made"]
    assert claim["sentence"].startswith(
        "No difference between levels of method is claimed, since a nuisance moves the mean of "
        "given by more: told (told − nothing) moves it by .300 USD [.300, .300], method "
        "(vs − direct) moves it by .100 USD"
    )
    assert found["sentence"].startswith(claim["sentence"])
    pairs = {(each["a"], each["b"]) for each in found["contrasts"]}
    assert pairs == {("direct+nothing", "direct+told"), ("vs+nothing", "vs+told")}
    with open_run(path) as run:
        effects = design_dict(run, comparison)["effects"]["effects"]
        assert {effect["name"] for effect in effects} == {"told: told − nothing"}
        (summary,) = summaries(run)
        assert {(each.a, each.b) for each in summary.contrasts} == pairs
        assert summary.to_dict()["claims"]["sentence"] == claim["sentence"]
        assert list(summary.variance.conditions) == ["told"]


def test_a_smaller_nuisance_leaves_all_contrasts_and_is_told(tmp_path: Path) -> None:
    path = played(tmp_path / "a.db", conditions=told(0.05))
    found = compare(path, draws=200)
    assert len(found.contrasts) == 6
    assert not any("is claimed" in sentence for sentence in found.sentences)
    assert any(note.startswith("No nuisance moves the mean of given") for note in found.notes)
    assert found.claims[0].to_dict()["made"]


def test_with_few_personas_nothing_is_claimed_because_it_is_not_known(tmp_path: Path) -> None:
    path = played(tmp_path / "a.db", n=5, conditions=told(0.0))
    (claim,) = compare(path, draws=200).claims
    assert not claim.made
    assert claim.sentence.endswith(
        "is not known from 5 personas with a value in every cell; that takes 30."
    )
    with open_run(path) as run:
        assert all(
            each.a.split("+")[0] == each.b.split("+")[0] for each in summaries(run)[0].contrasts
        )


def test_only_what_moves_the_mean_by_less_than_a_nuisance_is_left_unclaimed(tmp_path: Path) -> None:
    other = {"act": level(frame=0.0), "report": level(frame=0.6)}
    conditions = {**DESIGN["conditions"], "frame": other}
    path = played(tmp_path / "a.db", conditions=conditions)
    with open_run(path) as run:
        (summary,) = summaries(run)
    assert summary.claims is not None
    assert summary.claims.unclaimed == ("method",)
    assert summary.claims.sentence.startswith("No difference between levels of method is claimed")
    pairs = [(each.a.split("+"), each.b.split("+")) for each in summary.contrasts]
    assert pairs
    assert all(a[0] == b[0] for a, b in pairs)
    assert any(a[2] != b[2] for a, b in pairs)


def test_of_words_without_an_order_the_share_that_is_moved_most_counts(tmp_path: Path) -> None:
    def word(request: ChatRequest) -> str:
        added = float(request.messages[0]["content"])
        u = uniform(request.seed or 0, "word")
        return json.dumps({"value": "tea" if u < 0.2 + 2 * added else "mud" if u < 0.9 else "it"})

    outcome = {"kind": "choice", "levels": ["it", "mud", "tea"], "answered": {}}
    scenario = Scenario.model_validate({**DESIGN, "outcomes": {"given": outcome}, "compare": {}})
    run_sync(scenario, n=60, model=ScriptedModel(word), out=tmp_path / "a.db")
    found = claims(tmp_path / "a.db")
    assert found is not None
    assert found.nuisance is not None
    assert (found.nuisance.a, found.nuisance.share_of) == ("told", "tea")
    assert found.unclaimed == ("method",)
    assert "moves the share of given by more: told (told − nothing) moves that of “tea” by" in (
        found.sentence
    )
    with open_run(tmp_path / "a.db") as run:
        (summary,) = summaries(run)
    assert {(each.a, each.b) for each in summary.contrasts} == {
        ("direct+nothing", "direct+told"),
        ("vs+nothing", "vs+told"),
    }


def test_levels_of_two_runs_are_no_more_claimed_than_those_of_one(tmp_path: Path) -> None:
    paths = [played(tmp_path / f"{name}.db") for name in ("a", "b")]
    cells = ("direct+nothing", "vs+nothing")
    found = compare([f"{p}:{c}" for p, c in zip(paths, cells, strict=True)], draws=200)
    assert not found.contrasts


def test_two_runs_are_compared_with_each_other_whatever_the_nuisance_in_each(
    tmp_path: Path,
) -> None:
    paths = [played(tmp_path / f"{name}.db") for name in ("a", "b")]
    found = compare([f"{path}:direct+nothing" for path in paths], draws=200)
    assert [(each.a, each.b) for each in found.contrasts] == [
        ("a: direct+nothing", "b: direct+nothing")
    ]
    assert [claim.sentence[:3] for claim in found.claims] == ["a: ", "b: "]


def test_of_an_export_as_much_is_claimed_as_of_its_run(tmp_path: Path) -> None:
    path, export = played(tmp_path / "a.db"), tmp_path / "a.jsonl"
    with open_run(path) as run, export.open("w") as out:
        export_jsonl(run, out)
    ours, theirs = (
        compare(each, REFERENCE, outcome="given", draws=200).to_dict() for each in (path, export)
    )
    assert [each["unclaimed"] for each in theirs["claims"]] == [("method",)]
    assert theirs["claims"] == ours["claims"]
    assert [(c["a"], c["b"]) for c in theirs["contrasts"]] == [
        (c["a"], c["b"]) for c in ours["contrasts"]
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"nuisance": []},
        {"conditions": {"told": DESIGN["conditions"]["told"]}},
        {"conditions": {"method": DESIGN["conditions"]["method"]}, "nuisance": []},
    ],
)
def test_a_run_without_a_nuisance_or_without_anything_else_has_no_claims(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    assert claims(played(tmp_path / "a.db", 2, **changes)) is None


def test_a_nuisance_that_is_no_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="nuisance: there is no condition “tone”; there are"):
        Scenario.model_validate({**DESIGN, "nuisance": ["tone"]})


def test_a_nuisance_reaches_no_prompt_and_goes_with_its_condition() -> None:
    scenario = Scenario.model_validate(DESIGN)
    plain = scenario.model_copy(update={"nuisance": []})
    plans = [make_plan(each, None, 1, 0) for each in (scenario, plain)]
    assert plans[0].fingerprint == plans[1].fingerprint
    alone = {"method": scenario.conditions["method"]}
    assert scenario.with_conditions(alone).nuisance == []


def test_the_commands_print_the_sentence_in_place_of_the_claims(
    command: Command, tmp_path: Path
) -> None:
    path = played(tmp_path / "a.db")
    page = tmp_path / "a.html"
    for words in (("compare", path, "--draws", "200", "--html", page), ("summary", path)):
        code, out, err = command(*words)
        assert code == 0, err
        text = " ".join(out.split())
        assert "No difference between levels of method is claimed" in text
        assert "direct+nothing − vs+nothing" not in text
        assert "method: vs − direct" not in text
        assert "over the levels of method" not in text
    assert "No difference between levels of method is claimed" in page.read_text("utf-8")


def test_an_effect_of_the_methods_is_not_compared_with_people_either(tmp_path: Path) -> None:
    path = played(tmp_path / "a.db")
    effects = ("vs-direct", "told-nothing", "vs+told-direct+told")
    found = compare_effects(path, REFERENCE, effects=effects, outcome="given", draws=200)
    assert [effect.name for effect in found.effects] == ["told − nothing"]
    assert any(note.startswith("No difference between levels of method") for note in found.notes)


def test_between_persons_each_group_counts_with_the_cells_that_it_meets(tmp_path: Path) -> None:
    found = claims(played(tmp_path / "a.db", design={"between": ["method"]}))
    assert found is not None
    assert found.personas == 40
    assert found.nuisance is not None
    assert found.nuisance.value == pytest.approx(0.3)
    assert found.nuisance.interval == pytest.approx((0.3, 0.3))
    (method,) = found.others
    assert method.interval[1] - method.interval[0] > 0.1  # of different people
    assert not found.made


def test_a_comparison_of_different_people_has_no_paired_contrast_and_says_so(
    tmp_path: Path,
) -> None:
    contrasts = {"m": {"cells": ["vs", "direct"], "meaning": "which is closer"}}
    design = {"between": ["method"]}
    conditions = {"method": DESIGN["conditions"]["method"]}
    fields: dict[str, Any] = {
        "conditions": conditions,
        "design": design,
        "contrasts": contrasts,
        "nuisance": [],
    }
    path = played(tmp_path / "a.db", **fields)
    comparison = compare(path, draws=200)
    assert (
        "contrast m (vs − direct) is not made here, where two cells are compared of the same "
        "personas; `simulate summary` compares the means" in comparison.notes
    )
