"""A pytest plugin: regression cases as tests, and a stress test as a fixture.

    pytest cases --simulate-target http://127.0.0.1:8000/chat

    @pytest.mark.simulate(scenario="refund.yaml", n=200, max_failure_rate=0.05)
    def test_refunds(simulation):
        assert not simulation.analysis.cells[0].rates.simulator_faults

It is loaded wherever simulate is installed, so nothing heavy is imported before a case, or a test
with the marker, runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from simulate.stress.cases.case_replay import CaseResult, CaseTrials

SUFFIXES = (".yaml", ".yml")
A_CASE = re.compile(r"^case:", re.MULTILINE)
SNIFFED = 4096
"""Characters at a file's beginning that tell whether it is a case."""

MARKER = "simulate"
GATE = ("max_failure_rate", "gate")
"""Arguments of the marker that a run does not depend on."""

TEXTS = (
    ("target", "SPEC", "the target of cases and stress tests"),
    ("model", "SPEC", "the model that plays users and judges"),
    ("share-human-data", "REASON", "why cases of people may be sent to a judge elsewhere"),
    ("authorised", "TEXT", "who allows that cases of users who attack reach a target outside"),
)
REPEAT = "say each case K times"
LEAST = "a case passes where at least so large a share of its trials do"

RUNS = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("simulate", "stress tests and regression cases of simulate")
    for name, metavar, told in TEXTS:
        group.addoption(f"--simulate-{name}", metavar=metavar, help=told)
    group.addoption("--simulate-repeat", metavar="K", type=int, default=1, help=REPEAT)
    group.addoption("--simulate-min-pass-rate", metavar="P", type=_share, default=1.0, help=LEAST)
    told = "let checks call the Python functions that they name"
    group.addoption("--simulate-allow-code", action="store_true", help=told)
    parser.addini("simulate_target", "the target of cases and stress tests, a SPEC")
    parser.addini("simulate_model", "the model that plays users and judges, a SPEC")
    parser.addini("simulate_cases", "folders of regression cases", type="paths", default=[])


def _share(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise argparse.ArgumentTypeError(f"{text} must lie between 0 and 1")
    return float(text)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; look into the folders of cases where pytest chooses where to look."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(scenario, target, n, model, seed, max_failure_rate, gate): a stress test, whose "
        "result is the fixture `simulation`; one run for all tests with the same arguments",
    )
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        config.args += [
            str(f)
            for f in config.getini("simulate_cases")
            if f.is_dir() and str(f) not in config.args
        ]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """Take a case file."""
    if file_path.suffix in SUFFIXES and _is_case(file_path, parent):
        made: CaseFile = CaseFile.from_parent(parent, path=file_path)
        return made
    return None


def _is_case(path: Path, parent: pytest.Collector) -> bool:
    """Tell whether a file is a case: it lies in a folder of cases, or was named and looks like one.

    A folder of YAML files for something else may be named too.
    """
    if any(folder in path.parents for folder in parent.config.getini("simulate_cases")):
        return True
    if not {path, path.parent} & _named(parent.config):
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return A_CASE.search(file.read(SNIFFED)) is not None
    except OSError:
        return False


def _named(config: pytest.Config) -> set[Path]:
    """Return the paths that were named; of those within another one, pytest itself keeps none."""
    here = config.invocation_params.dir
    paths = (here / each.partition("::")[0] for each in config.args)
    return {Path(os.path.abspath(path)) for path in paths}  # noqa: PTH100  # pytest follows no link


class CaseFile(pytest.File):
    """A case file, which holds one test."""

    def collect(self) -> Iterator[CaseItem]:
        """Return the test."""
        yield CaseItem.from_parent(self, name=self.path.stem)


class CaseItem(pytest.Item):
    """A regression case as a test: it passes where its check holds."""

    def runtest(self) -> None:
        """Replay the case."""
        repeat: int = self.config.getoption("simulate_repeat")
        found = _replayed(self.config, self.path, repeat)
        properties = (("check", found.case.check), ("trials", repeat), ("passed", found.passed))
        self.user_properties += properties
        status = found.status(self.config.getoption("simulate_min_pass_rate"))
        if status == "skipped":
            pytest.skip(_shown(found.to_read.reason))
        if status != "passed":
            told = found.to_read.told()
            _fail(f"{found.sentence}\n{told}" if repeat > 1 else told)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say what the test is called."""
        return self.path, 0, f"case {self.name}"


def _replayed(config: pytest.Config, path: Path, repeat: int = 1) -> CaseTrials:
    """Replay a case file against the target that pytest was told; fail where that cannot be."""
    from simulate.errors import InputError, SimulateError
    from simulate.stress.cases.case import load_case
    from simulate.stress.cases.case_replay import replay_with
    from simulate.synchronous import run_to_end

    target, beside = _told(config, "target")
    try:
        if repeat < 1:
            raise InputError(f"--simulate-repeat is {repeat}, it must be ≥ 1")
        if target is None:
            raise InputError(
                "no target is given: say --simulate-target SPEC, or set simulate_target in "
                "pytest's configuration"
            )
        trials = replay_with(
            [load_case(path)],
            target,
            model=_told(config, "model")[0],
            models={"share_human_data": config.getoption("simulate_share_human_data")},
            repeat=repeat,
            allow_code=bool(config.getoption("simulate_allow_code")),
            beside=beside,
            authorised=config.getoption("simulate_authorised"),
        )
        [found] = run_to_end(trials)
    except SimulateError as error:
        _fail(f"case {path.stem} could not be replayed: {error}")
    return found


def _shown(text: str) -> str:
    from simulate.errors import plain_lines

    return plain_lines(text)


def _fail(told: str) -> NoReturn:
    """Fail the test with a report in plain words, and no trace of ours."""
    pytest.fail(_shown(told), pytrace=False)


def _told(config: pytest.Config, name: str) -> tuple[str | None, Path]:
    """Return an option, and the folder that a path in it starts from.

    The command line's paths start where it was typed, the configuration's where that lies.
    """
    given: str | None = config.getoption(f"simulate_{name}")
    if given:
        return given, config.invocation_params.dir
    kept: str = config.getini(f"simulate_{name}")
    return kept or None, config.inipath.parent if config.inipath else config.rootpath


@pytest.fixture
def stress_case(request: pytest.FixtureRequest) -> CaseResult:
    """Replay the case file whose path is the parameter (`indirect=True`); the `CaseResult`."""
    if not hasattr(request, "param"):
        _fail("stress_case needs a path: parametrize it with indirect=True")
    [result] = _replayed(request.config, _beside(request.node, str(request.param))).results
    return result


def _beside(item: pytest.Item, name: str) -> Path:
    """Return a path that starts from the test's folder, or else from the root folder."""
    near = item.path.parent / name
    return near if near.exists() else item.config.rootpath / name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each marked test the run that it asks for, and tests of one run one worker.

    A worker of its own for each run is what xdist makes of it with `--dist loadgroup`; with any
    other way, a worker runs what its tests need.
    """
    distributed = config.pluginmanager.hasplugin("xdist")
    for item in items:
        marker = item.get_closest_marker(MARKER)
        if marker is None or not isinstance(item, pytest.Function):
            continue
        if "simulation" not in item.fixturenames:
            item.fixturenames.append("simulation")
        if distributed and _is_plain(marker):
            group = hashlib.sha256(_key(marker).encode()).hexdigest()[:8]
            item.add_marker(pytest.mark.xdist_group(f"simulate-{group}"))


def _key(marker: pytest.Mark) -> str:
    """Return what names the run that a marker asks for; the gate is no part of it."""
    return repr([(k, v) for k, v in sorted(marker.kwargs.items()) if k not in GATE])


def _is_plain(marker: pytest.Mark) -> bool:
    """Tell whether an argument's repr is the same in each worker."""
    return all(isinstance(v, str | int | float | None) for v in marker.kwargs.values())


@pytest.fixture
def simulation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the result of the stress test that the marker `simulate` describes; see `stress`.

    One run serves all tests of this process with the same marker.
    """
    item: pytest.Item = request.node
    marker = item.get_closest_marker(MARKER)
    if marker is None or marker.args or "scenario" not in marker.kwargs:
        _fail(f"the fixture simulation needs @pytest.mark.{MARKER}(scenario=…), by keywords")
    runs = request.config.stash.setdefault(RUNS, {})
    key = _key(marker)
    if key not in runs:
        options = {k: v for k, v in marker.kwargs.items() if k not in GATE}
        options.setdefault("out", tmp_path_factory.mktemp("simulate") / "run.db")
        runs[key] = _stressed(item, options)
    if isinstance(runs[key], Exception):
        _fail(str(runs[key]))
    return runs[key]


def _stressed(item: pytest.Item, options: dict[str, Any]) -> Any:
    """Run a stress test; return its result, or the error that kept it from being run."""
    from simulate.errors import InputError, SimulateError

    if unknown := [name for name in options if name not in (known := _arguments())]:
        return InputError(
            f"@pytest.mark.{MARKER}: {', '.join(unknown)} is no argument of it; there are: "
            f"{', '.join([*known, *GATE])}"
        )
    scenario = options["scenario"]
    if isinstance(scenario, str) and scenario.endswith(SUFFIXES):
        options["scenario"] = _beside(item, scenario)
    for name in ("target", "model"):
        given, beside = _told(item.config, name)
        if options.get(name) is None and given is not None:
            is_file = name == "target" and given.endswith(SUFFIXES) and "://" not in given
            options[name] = str(beside / given) if is_file else given
    if item.config.getoption("simulate_allow_code"):
        options.setdefault("allow_code", True)
    from simulate.stress.api import stress_test_sync

    try:
        return stress_test_sync(**options)
    except SimulateError as error:
        return error


def _arguments() -> list[str]:
    """Return the names of the arguments that a stress test takes, its settings included."""
    from inspect import signature

    from simulate.engine import run
    from simulate.stress.api import stress_test

    names = dict.fromkeys([*signature(stress_test).parameters, *signature(run).parameters])
    ours = ("settings", "examiner", "listener", "stop")
    return [name for name in names if name not in ours]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fail a marked test whose failure rate is higher than the marker allows."""
    marker = item.get_closest_marker(MARKER)
    result = getattr(item, "funcargs", {}).get("simulation")
    if marker is None or result is None or marker.kwargs.get("max_failure_rate") is None:
        return
    from simulate.stress.gate import gates_of

    most, by = marker.kwargs["max_failure_rate"], marker.kwargs.get("gate", "interval")
    gates = gates_of(result.analysis, most, by)
    if gates.passed:
        return
    found = [f"{label}: {gate.sentence}" for label, gate in gates.rates if not gate.passed]
    found += gates.worse
    found += [
        f"  {cell.label}: check {rate.check} {rate.sentence}"
        for cell in result.analysis.cells
        for rate in cell.rates.checks
        if rate.drawn.failed.hits
    ]
    found.append(f"the dialogues: simulate view {result.path}")
    _fail("\n".join(found))
