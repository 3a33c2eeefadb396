"""What a file names lies beside it; what a user names may lie anywhere."""

import asyncio
from pathlib import Path

import pytest

from simulate.engine import run
from simulate.errors import InputError, ScenarioError
from simulate.models import ChatRequest, open_model
from simulate.population import load_population
from simulate.scenario import load_scenario
from tests.endpoint import Serve

PEOPLE = "population: p\npersonas: [{id: a, prose: You are A.}]\n"
ELSEWHERE = "population: secret\npersonas: [{id: s, prose: You are S.}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of scenarios, with secrets outside it and links that lead there."""
    outside, inside = tmp_path / "outside", tmp_path / "scenarios"
    outside.mkdir()
    (inside / "below").mkdir(parents=True)
    (outside / "secret.yaml").write_text(ELSEWHERE)
    (outside / "secret.jinja").write_text("{{ k }} secrets")
    (inside / "people.yaml").write_text(PEOPLE)
    (inside / "below" / "people.yaml").write_text(PEOPLE)
    (inside / "below" / "mine.jinja").write_text("Give {{ k }}. {{ json_form }}")
    (inside / "link.yaml").symlink_to(outside / "secret.yaml")
    (inside / "link.jinja").symlink_to(outside / "secret.jinja")
    (inside / "away").symlink_to(outside)
    (inside / "circle.yaml").symlink_to(inside / "circle.yaml")
    (inside / "round").symlink_to(inside / "round")
    (inside / "good-link.yaml").symlink_to(inside / "people.yaml")
    return inside


def scenario(folder: Path, **fields: str) -> Path:
    text = "scenario: s\nturns: {maximum: 1, opening: Say it.}\n"
    if "extends" not in fields:
        method = fields.pop("method", "vs")
        text += f"speakers:\n  ada:\n    plays: user\n    method: {method}\n"
    text += "".join(f"{key}: {value}\n" for key, value in fields.items())
    (folder / "s.yaml").write_text(text)
    return folder / "s.yaml"


OUTSIDE = [
    "../outside/secret.yaml",
    "link.yaml",
    "away/secret.yaml",
    "circle.yaml",
    "round/x.yaml",
    "C:people.yaml",
    "\\\\server\\share\\people.yaml",
    "below\\..\\..\\outside\\secret.yaml",
    "/etc/passwd",
]


@pytest.mark.parametrize("name", ["people.yaml", "below/people.yaml", "good-link.yaml"])
def test_a_population_beside_the_scenario_is_found(folder: Path, name: str) -> None:
    assert load_scenario(scenario(folder, population=name)).population == name


@pytest.mark.parametrize("name", [*OUTSIDE, "../../../../etc/passwd", "below/../../outside/s.yaml"])
@pytest.mark.parametrize("field", ["population", "extends"])
def test_nothing_outside_the_scenarios_folder_is_read(folder: Path, field: str, name: str) -> None:
    with pytest.raises(InputError, match="lies outside the folder") as told:
        load_scenario(scenario(folder, **{field: name}))
    assert "secret" not in str(told.value).replace(name, "")


def test_a_name_with_a_nul_in_it_is_an_error_like_any_other(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no population"):
        load_scenario(scenario(folder, population='"a\\0.yaml"'))


def test_a_file_of_the_folder_in_which_one_stands_is_not_taken_for_one_beside_the_scenario(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent / "outside")
    with pytest.raises(InputError, match="there is no population"):
        load_scenario(scenario(folder, population="secret.yaml"))


def test_a_prompt_below_the_scenario_is_taken_in(folder: Path) -> None:
    path = scenario(folder, method="{name: vs, prompt: below/mine.jinja}")
    assert load_scenario(path).speakers["ada"].method.prompt == "Give {{ k }}. {{ json_form }}"


@pytest.mark.parametrize("name", ["../outside/secret.jinja", "link.jinja", "away/secret.jinja"])
def test_no_prompt_outside_the_scenarios_folder_is_taken_in(folder: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="lies outside the scenario's folder"):
        load_scenario(scenario(folder, method=f"{{name: vs, prompt: {name}}}"))


def test_a_user_may_name_a_population_anywhere(folder: Path) -> None:
    assert load_population(folder / "link.yaml").population == "secret"
    assert load_population(folder / ".." / "outside" / "secret.yaml").population == "secret"


@pytest.mark.parametrize("spec", ["scripted:/etc/passwd", "embedded:../../weights.gguf"])
def test_a_scenario_names_no_model_file_outside(folder: Path, spec: str) -> None:
    path = folder / "s.yaml"
    path.write_text(
        f"scenario: s\nspeakers:\n  a:\n    plays: user\n    model: {spec}\n  b: {{plays: user}}\n"
    )
    with pytest.raises(ScenarioError, match=r"s\.yaml:5: .*may name only a file in the folder"):
        load_scenario(path)


@pytest.mark.parametrize("spec", ["m@localhost:8000/v1", "http://host/v1", "two words"])
def test_a_scenario_whose_model_is_no_spec_is_refused_when_it_is_read(
    folder: Path, spec: str
) -> None:
    path = folder / "s.yaml"
    path.write_text(
        f"scenario: s\nspeakers:\n  a:\n    plays: user\n    model: {spec}\n  b: {{plays: user}}\n"
    )
    with pytest.raises(ScenarioError, match=r"s\.yaml:5: .*NAME@http://host:port/v1"):
        load_scenario(path)


BOT = "kind: http\nurl: http://bot.example/chat\n"


def with_target(folder: Path, name: str, *, level: bool = False) -> Path:
    own = "" if level else f", target: {name}"
    text = f"scenario: s\nspeakers:\n  a: {{plays: user}}\n  b: {{plays: target{own}}}\n"
    if level:
        text += f"conditions:\n  c:\n    x: {{speakers: {{b: {{target: {name}}}}}}}\n"
    (folder / "s.yaml").write_text(text)
    return folder / "s.yaml"


@pytest.mark.parametrize("level", [False, True])
def test_a_target_file_beside_the_scenario_is_taken_in(folder: Path, level: bool) -> None:
    (folder / "below" / "bot.yaml").write_text(BOT)
    (cell,) = load_scenario(with_target(folder, "below/bot.yaml", level=level)).cells()
    assert cell.speakers["b"].target.url == "http://bot.example/chat"  # type: ignore[union-attr]


@pytest.mark.parametrize("level", [False, True])
@pytest.mark.parametrize("name", OUTSIDE[:-1])
def test_no_target_file_outside_the_scenarios_folder_is_read(
    folder: Path, name: str, level: bool
) -> None:
    (folder.parent / "outside" / "secret.yaml").write_text(BOT)
    with pytest.raises(ScenarioError, match="lies outside the scenario's folder"):
        load_scenario(with_target(folder, name, level=level))


def test_the_key_does_not_go_to_a_host_that_only_the_scenario_names(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, foreign = serve(), serve()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-0123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", users.url)
    path = tmp_path / "s.yaml"
    path.write_text(
        "scenario: s\nturns: {maximum: 1}\nspeakers:\n"
        f"  a: {{plays: user, model: '{foreign.spec}'}}\n  b: {{plays: user}}\n"
    )
    asyncio.run(run(path, n=1, model="m", out=tmp_path / "a.db"))
    assert {h.get("Authorization") for h in users.headers} == {"Bearer sk-mine-0123456789"}
    assert {h.get("Authorization") for h in foreign.headers} == {None}


def test_the_key_goes_to_the_users_own_host_whoever_names_it(serve: Serve) -> None:
    endpoint = serve()
    base = endpoint.url.replace("/v1", "/v2").replace("http", "HTTP")
    environment = {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": base}

    async def ask() -> None:
        model = open_model(endpoint.spec, by_file=True, environment=environment)
        await model.complete(ChatRequest([{"role": "user", "content": "Hi."}]))
        await model.aclose()

    asyncio.run(ask())
    assert endpoint.headers[0]["Authorization"] == "Bearer sk-x"
