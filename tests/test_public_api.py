import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import simulate

HEAVY = ("scipy.stats", "polars", "textual", "openai", "xllamacpp", "matplotlib", "aiohttp")


def test_the_public_names_are_these() -> None:
    assert sorted(simulate.__all__) == [
        "Attacks",
        "BranchResult",
        "Calibration",
        "Candidate",
        "ChatModel",
        "ChatReply",
        "ChatRequest",
        "Comparison",
        "Dialogue",
        "Leverage",
        "MergeResult",
        "MethodSpec",
        "ModelSettings",
        "Multiverse",
        "Persona",
        "Population",
        "PredictionPowered",
        "ReplyDistribution",
        "Reweighed",
        "RunReader",
        "RunResult",
        "Scenario",
        "ScriptedModel",
        "Session",
        "SimulateError",
        "StressResult",
        "Target",
        "TargetReply",
        "ToolCall",
        "Turn",
        "Wordings",
        "branch",
        "branch_sync",
        "calibrate",
        "calibrate_sync",
        "check_transcripts",
        "check_transcripts_sync",
        "compare",
        "explore",
        "explore_sync",
        "generate_attacks",
        "generate_attacks_sync",
        "load_population",
        "load_scenario",
        "merge",
        "multiverse",
        "multiverse_sync",
        "open_model",
        "open_run",
        "open_target",
        "ppi",
        "read_target",
        "reweigh",
        "run",
        "run_sync",
        "stress_test",
        "stress_test_sync",
        "verbalize",
        "verbalize_sync",
        "wordings",
        "wordings_sync",
    ]


@pytest.mark.parametrize("name", simulate.__all__)
def test_every_public_name_is_there_and_has_a_docstring(name: str) -> None:
    assert getattr(simulate, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = simulate.nothing  # type: ignore[attr-defined]


def test_no_module_has_the_name_of_a_public_function() -> None:
    rooms = {module.name for module in pkgutil.iter_modules(simulate.__path__)}
    assert not rooms & set(simulate.__all__)


def test_the_public_functions_are_functions_whatever_else_is_imported() -> None:
    code = (
        "import simulate, simulate.comparison.api, simulate.engine.simulation, simulate.stress.api;"
        "print([callable(getattr(simulate, name)) for name in ('compare', 'run', 'verbalize')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[True, True, True]"


def test_type_checkers_see_the_public_names_and_no_others() -> None:
    tree = ast.parse(Path(simulate.__file__).read_text("utf-8"))
    imported = {
        (node.module, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("simulate.")
        for alias in node.names
    }
    assert imported == {(f"simulate.{room}", name) for name, room in simulate._ROOMS.items()}


@pytest.mark.parametrize("module", ["simulate", "simulate.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
