"""Human data that are read where they lie, as `IMPORTER:PATH`."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate import compare, run_sync
from simulate.errors import ReferenceDataError
from simulate.models import ScriptedModel
from simulate.reference import open_reference
from simulate.reference.importers.persuasionforgood import SURVEY
from simulate.reference.released import is_release, people_named
from tests.made_runs import MakeRun

ANSWERS = {
    "age": "30",
    "sex": "Female",
    "edu": "Postgraduate",
    "income": "3",
    "ideology": "Liberal",
}


def release(folder: Path, given: dict[str, float]) -> str:
    """Write dialogues with what each persuadee gave, and return the spec that names them."""
    columns = [f"{column}.x" for column in SURVEY]
    answers = ",".join(ANSWERS.get(column, "3.0") for column in SURVEY)
    info, said = [f"B2,B3,B4,B6,{','.join(columns)}"], [",Unit,Turn,B4,B2"]
    for dialogue, donation in given.items():
        info += [
            f"{dialogue},er,0,0.0,{answers}",
            f"{dialogue},of-{dialogue},1,{donation},{answers}",
        ]
        said += [f"0,Hello.,0,0,{dialogue}", f"1,Hi.,0,1,{dialogue}"]
    folder.joinpath("full_info.csv").write_text("\n".join(info) + "\n")
    folder.joinpath("full_dialog.csv").write_text("\n".join(said) + "\n")
    return f"persuasionforgood:{folder}"


def test_real_people_are_a_population_whose_ids_their_reference_knows(tmp_path: Path) -> None:
    spec = release(tmp_path, {"d1": 0.5, "d2": 2.0})
    people = people_named(spec)
    assert {p.id for p in people.sample(2, 0)} == {"d1", "d2"}
    assert people.sample(1, 0)[0].prose.startswith("You are 30, a liberal woman")
    assert open_reference(spec).reference("donation").persons == {"d1": 0.5, "d2": 2.0}


def test_each_simulated_outcome_is_set_beside_that_of_its_human(
    tmp_path: Path, make_run: MakeRun
) -> None:
    spec = release(tmp_path, {"d1": 0.5, "d2": 2.0})
    run = make_run({"vs": [1.0, 1.0]}, population=people_named(spec))
    (row,) = (row for row in compare(run, reference=spec).samples if row.name == "vs")
    assert row.paired is not None
    assert row.paired.n == 2
    assert row.paired.mae == pytest.approx((0.5 + 1.0) / 2)


def test_a_run_takes_real_people_by_their_release(tmp_path: Path) -> None:
    spec = release(tmp_path, {"d1": 0.5, "d2": 2.0})
    model = ScriptedModel(lambda _: "50")
    result = run_sync(
        "dictator", n=2, population=spec, model=model, methods=["direct"], out=tmp_path / "run.db"
    )
    with result.open() as run:
        assert {persona.id for persona in run.personas.values()} == {"d1", "d2"}


@pytest.mark.parametrize(
    "spec", ["donation", "people.csv:gave", r"C:\people.csv", "unknown:folder"]
)
def test_other_names_are_no_release(spec: str) -> None:
    assert not is_release(spec)


def test_data_without_people_are_refused_as_a_population(tmp_path: Path) -> None:
    table = tmp_path / "gave.csv"
    table.write_text("gave\n1\n2\n")
    with pytest.raises(ReferenceDataError, match="say nothing of their people"):
        people_named(f"table:{table}")


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ReferenceDataError, match=r"nowhere.full_info\.csv: cannot be read"):
        people_named("persuasionforgood:nowhere")
