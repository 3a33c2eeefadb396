"""Registries: built-in names, names that packages add, and what is told of broken ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import InputError
from simulate.reference.importing import IMPORTERS
from simulate.reference.registry import REFERENCES
from simulate.registry import Registry, UnknownNameError
from simulate.scenario.checks import CHECKS
from simulate.scenario.outcome_kind import OUTCOME_KINDS, OutcomeKind
from simulate.scenario.outcomes import Outcome
from simulate.statistics.distances import DISTANCES
from simulate.targets import TARGETS, open_target, read_target
from simulate.targets.registry import not_by_file
from simulate.verbalized import METHODS

GROUP = "simulate.outcome_kinds"


def install(folder: Path, package: str, *entries: str, code: str = "", group: str = GROUP) -> None:
    """Put a package with entry points into a folder, as an installer does."""
    module = package.replace("-", "_")
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = "\n".join([f"[{group}]", *entries])
    (info / "entry_points.txt").write_text(lines + "\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    for registry in (OUTCOME_KINDS, TARGETS):
        monkeypatch.setattr(registry, "_found", {})
    return tmp_path


def test_a_built_in_thing_is_found_by_its_modules_name() -> None:
    assert OUTCOME_KINDS.names() == ("amount", "choice", "count", "ordinal", "text", "yesno")
    assert all(isinstance(OUTCOME_KINDS[name], OutcomeKind) for name in OUTCOME_KINDS)


@pytest.mark.parametrize(
    ("registry", "fewest"),
    [
        (METHODS, 8),
        (DISTANCES, 9),
        (OUTCOME_KINDS, 5),
        (TARGETS, 5),
        (CHECKS, 14),
        (REFERENCES, 8),
        (IMPORTERS, 3),
    ],
)
def test_everything_built_in_is_what_a_package_would_have_to_offer(
    registry: Registry[Any], fewest: int
) -> None:
    assert len(registry.built_in) >= fewest
    assert all(registry.fits(registry[name]) for name in registry.built_in)


def test_listing_names_imports_none_of_the_modules() -> None:
    code = (
        "import sys\n"
        "from simulate.scenario.outcome_kind import OUTCOME_KINDS\n"
        "OUTCOME_KINDS.names()\n"
        "print([m for m in sys.modules if m.startswith('simulate.scenario.kinds.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["amont", "__init__", "os", "../amount", "simulate.cli", ""])
def test_a_name_that_stands_for_nothing_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownNameError, match=r"no outcome kind .* there are: amount, choice"):
        OUTCOME_KINDS[name]


def test_a_name_that_is_nearly_right_is_guessed() -> None:
    with pytest.raises(UnknownNameError, match="did you mean “ordinal”"):
        OUTCOME_KINDS["ordnal"]


def test_a_package_adds_a_kind_that_a_scenario_can_name(folder: Path) -> None:
    code = "from simulate.scenario.kinds.amount import Amount\nKIND = Amount()\n"
    install(folder, "added-kind", "money = added_kind:KIND", code=code)
    declared = {"kind": "money", "support": [0, 1], "matched": {"pattern": r"\d"}}
    assert Outcome.model_validate(declared).read("0.5") == "0.5"
    [plugin] = OUTCOME_KINDS.plugins()
    assert (plugin.name, plugin.package, plugin.problem) == ("money", "added-kind 1.0", None)


def test_a_package_cannot_replace_what_is_built_in(folder: Path) -> None:
    install(folder, "shadowing", "amount = shadowing:KIND", code="KIND = None\n")
    assert isinstance(OUTCOME_KINDS["amount"], OutcomeKind)
    assert OUTCOME_KINDS.names().count("amount") == 1
    assert "is built in" in str(OUTCOME_KINDS.plugins()[0].problem)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise RuntimeError('boom')", "cannot be loaded: RuntimeError: “boom”; update"),
        ("import nothing_of_this_name", "cannot be loaded: ModuleNotFoundError"),
        ("KIND = 3", "is of the type int, and must be an OutcomeKind"),
        ("", "cannot be loaded: AttributeError"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: “3”"),
        ("class Gone(BaseException): ...\nraise Gone('away')", "cannot be loaded: Gone: “away”"),
        ("raise GeneratorExit", "cannot be loaded: GeneratorExit"),
    ],
)
def test_a_broken_package_is_told_by_name_in_one_line(folder: Path, code: str, told: str) -> None:
    package = f"broken{abs(hash(code))}"
    install(folder, package, f"odd = {package}:KIND", code=code)
    with pytest.raises(UnknownNameError) as caught:
        OUTCOME_KINDS["odd"]
    assert f"the outcome kind odd of the package {package} 1.0" in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    [plugin] = OUTCOME_KINDS.plugins()
    assert plugin.problem == str(caught.value)


def test_a_plugin_does_not_keep_the_user_from_interrupting(folder: Path) -> None:
    install(folder, "slow-kind", "slow = slow_kind:KIND", code="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        OUTCOME_KINDS["slow"]


@pytest.mark.parametrize("name", ["", "two words", "a\x1b[31m", "a/b", "größe"])
def test_a_name_that_no_file_could_write_is_left_out_and_told_in_one_line(
    folder: Path, name: str
) -> None:
    install(folder, "odd-kind", f"{name} = odd_kind:KIND")
    assert OUTCOME_KINDS.names() == tuple(OUTCOME_KINDS.built_in)
    assert name not in OUTCOME_KINDS
    with pytest.raises(UnknownNameError, match="there is no outcome kind"):
        OUTCOME_KINDS[name]
    [plugin] = OUTCOME_KINDS.plugins()
    assert plugin.problem == (
        "a name of outcome kinds has letters, digits and .-_ only; it is left out"
    )
    assert plugin.name.isprintable()


def test_a_name_that_two_packages_offer_is_refused_with_both(folder: Path) -> None:
    for package in ("one", "two"):
        install(folder, f"kind-{package}", "twice = kind_one:KIND", code="KIND = None\n")
    with pytest.raises(UnknownNameError, match=r"kind-one 1\.0 and kind-two 1\.0; uninstall one"):
        OUTCOME_KINDS["twice"]


FAULTY = """
from typing import Literal
from simulate.targets import TargetBase

class Faulty(TargetBase):
    kind: Literal["faulty"]

    @classmethod
    def fields_of(cls, spec):
        return {}

    def spec(self):
        return "faulty:"

    def open(self, opening):
        return {}["nothing"]
"""


def test_a_target_of_a_package_runs_code_unless_it_says_otherwise(folder: Path) -> None:
    entry = "faulty = faulty_one:Faulty"
    install(folder, "faulty-one", entry, code=FAULTY, group="simulate.targets")
    assert read_target("faulty:").runs_code
    assert not_by_file("faulty:") == "runs code on this machine"


def test_what_a_packages_code_raises_is_told_in_one_line_with_the_package(folder: Path) -> None:
    entry = "faulty = faulty_two:Faulty"
    install(folder, "faulty-two", entry, code=FAULTY, group="simulate.targets")
    with pytest.raises(InputError, match=r"faulty of the package faulty-two 1\.0 fails: KeyError"):
        open_target(read_target("faulty:"))
