"""Each planted fault of the bot, found over HTTP, shrunk, kept as a case, and mended."""

import asyncio
from pathlib import Path

import pytest

from simulate.engine import run
from simulate.runfile import open_run
from simulate.scenario import load_scenario
from simulate.stress.cases.case import load_case, write_case
from simulate.stress.cases.case_making import case_of
from simulate.stress.cases.case_replay import CaseResult
from simulate.stress.cases.shrinking import Shrunk, shrink
from simulate.stress.examiner import Checks
from simulate.targets import TargetConfig
from tests.stress.bot import FAULTS, Bot, BotServer
from tests.stress.customer import customer
from tests.stress.test_cases import replay_case

PLANTED = Path(__file__).parent / "planted.yaml"
FEWEST = {
    "no-refund-for-managers": 1,
    "keeps-its-prompt": 1,
    "understands-everybody": 1,
    "moves-on": 4,
}
"""How many messages it takes to see each fault, as the bot is written."""


def config(server: BotServer) -> TargetConfig:
    from pydantic import TypeAdapter

    adapter: TypeAdapter[TargetConfig] = TypeAdapter(TargetConfig)
    return adapter.validate_python(server.target("http"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run against the faulty bot."""
    path = tmp_path_factory.mktemp("planted") / "a.db"
    checks = Checks(load_scenario(PLANTED).checks)
    with BotServer(Bot()) as server:
        coroutine = run(
            PLANTED, n=60, model=customer(), target=config(server), out=path, examiner=checks
        )
        asyncio.run(coroutine)
    return path


def shrunk(path: Path, check: str) -> tuple[Shrunk, Path]:
    with open_run(path) as file, BotServer(Bot()) as server:
        failed = [
            d for d in file.read() if (check, "fail") in [(v.check, v.verdict) for v in d.verdicts]
        ]
        longest = max(failed, key=lambda d: len(d.turns)).id
        result = asyncio.run(shrink(file, longest, check, target=config(server)))
        return result, write_case(case_of(file, longest, result), path.parent / "cases")


def replayed(case: Path, mended: tuple[str, ...]) -> CaseResult:
    with BotServer(Bot(mended)) as server:
        return asyncio.run(replay_case(load_case(case), config(server)))


@pytest.mark.parametrize("check", FEWEST)
def test_a_fault_is_shrunk_to_the_fewest_messages_and_its_case_tells_when_it_is_mended(
    found: Path, check: str
) -> None:
    result, case = shrunk(found, check)
    assert len(result.messages) == FEWEST[check]
    assert len(result.before) > len(result.messages)
    assert result.calls <= 130
    assert replayed(case, ()).status == "failed"
    assert replayed(case, FAULTS).status == "passed"
