"""Whatever stands in a scenario, a population or a reply: it is read, or refused in time."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulate.errors import InputError, ModelSpecError, ParseError
from simulate.files import shipped
from simulate.files.yaml import read_yaml
from simulate.models import ScriptedModel
from simulate.population import load_population
from simulate.scenario import Outcome, Scenario, load_scenario
from simulate.verbalized import WORDINGS, parse_answer, parse_distribution
from simulate.verbalized.parse import parse_reply
from tests.yardstick import within

N = 60_000

BOMBS = {
    "a billion laughs": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)),
    "merges of merges": "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}" for i in range(1, 12)),
    "the same merge again and again": "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{i}: &a{i} {{{', '.join([f'<<: *a{i - 1}'] * 10)}}}" for i in range(1, 12)),
    "itself": "a: &a\n  b: *a\n",
    "deep brackets": "a: " + "[" * 200_000,
    "deep braces": "a: " + "{a: " * 50_000,
    "deep lines": "\n".join(" " * i + "a:" for i in range(2000)),
    "a number that is read digit by digit": "a: 1" + ":1" * 400_000,
    "a long number": "a: " + "9" * 1_000_000,
    "a long hexadecimal number": "a: 0x" + "f" * 1_000_000,
    "an object": "a: !!python/object/apply:os.system [ls]",
    "bytes": "a: !!binary aGk=",
    "a set": "a: !!set {x, y}",
    "a tag of one's own": "a: !evil x",
    "many values": "a: [" + "1," * 210_000 + "]",
    "a large file": "a: " + "x" * 5_000_000,
    "half a character": 'a: "\\ud800"',
    "no text": "a: \x00",
}
TOLD = dict.fromkeys(["a billion laughs", "itself"], "too large")


def in_time(work: Callable[[], object]) -> None:
    with within(200):
        work()


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_is_made_to_harm_is_refused_in_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(BOMBS[name], encoding="utf-8")

    def read() -> None:
        with pytest.raises(InputError, match=r"f\.yaml.*" + TOLD.get(name, "")):
            read_yaml(path)

    in_time(read)


@pytest.mark.parametrize("name", ["a billion laughs", "deep brackets", "an object", "a mapping"])
def test_canned_answers_are_read_as_carefully(tmp_path: Path, name: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text({**BOMBS, "a mapping": "a: b"}[name], encoding="utf-8")

    def read() -> None:
        with pytest.raises(ModelSpecError, match=r"f\.yaml"):
            ScriptedModel.from_file(path)

    in_time(read)


def test_a_date_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a: 2026-01-01\nb: 2026-01-01 10:00:00\n")
    assert read_yaml(path).data == {"a": "2026-01-01", "b": "2026-01-01 10:00:00"}


REPLIES = {
    "an open fence": "```" + "a" * N,
    "many fences": "```a" * (N // 4),
    "a field twice, last": "{" + ",".join(f'"a{i}":1' for i in range(N)) + ',"a59999":2}',
    "open braces": "{" * N,
    "nested lists": "[" * N + "]" * N,
    "escapes": '{"a":"' + '\\"' * N,
    "broken fields": "{" + ",".join(f"k{i}: 1" for i in range(7000)) + ",}",
    "broken objects": "[" + "{'a':1 " * 7000 + "}" * 7000 + "]",
    "empty objects": "{}" * (N // 2),
    "comments": "{" + "/*" * (N // 2) + "}",
    "quotes": '{"a": ' + '"' * N + "}",
    "a long number": '{"responses": [{"text": "a", "probability": ' + "9" * N + "}]}",
    "a long percentage": '{"responses": [{"text": "a", "probability": "' + "9" * N + '"}]}',
    "spaces": '{"responses"' + " " * N + ": x}",
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_that_is_made_to_harm_is_refused_in_time(name: str) -> None:
    text = REPLIES[name]

    def read() -> None:
        with pytest.raises(ParseError):
            parse_distribution(text, wording=WORDINGS["implicit"], k=5)

    in_time(read)


@pytest.mark.parametrize("answer", ["0" + " " * N + "x", "1" * N, "1,111" * N, "$" * N, "USD" * N])
def test_an_answer_that_is_made_to_harm_is_refused_in_time(answer: str) -> None:
    outcome = Outcome.model_validate(
        {"kind": "amount", "unit": "USD", "support": [0, 2], "matched": {"pattern": "x"}}
    )

    def read() -> None:
        with pytest.raises(ParseError):
            outcome.read(answer)

    in_time(read)


JSON_WORDS = r"""{ } [ ] " ' , : ``` responses probability text value 30% -1 1e999 NaN null true
    \u0041 \ud800 \ /* // <think> </think>"""
JSON_PARTS = st.sampled_from(
    [
        *JSON_WORDS.split(),
        "```json\n",
        '"responses": [',
        '{"text": "a", "probability": 0.5}',
        "\n",
        " ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(JSON_PARTS | st.text(max_size=4), max_size=30).map("".join))
def test_any_reply_is_read_or_refused(text: str) -> None:
    for wording in (WORDINGS["implicit"], WORDINGS["percentage"], WORDINGS["nll"], None):
        with suppress(ParseError):
            weights = parse_distribution(text, wording=wording, k=3).weights
            assert weights.sum() == pytest.approx(1)
    with suppress(ParseError):
        assert parse_reply(text)[0].text
    with suppress(ParseError):
        parse_answer(text, str)


SHIPPED = [shipped.folder("scenarios") / f"{n}.yaml" for n in shipped.names("scenarios")]
PEOPLE = [shipped.folder("personas") / f"{n}.yaml" for n in shipped.names("personas")]
YAML_WORDS = """{ } [ ] *a null ~ 1:1 .inf .nan -1 1e400 ' " | > # % ? {% ../x.yaml ((( 🐍"""
PIECES = st.sampled_from(
    [
        *YAML_WORDS.split(),
        *(": ", "- ", "&a ", "<<: *a", "!!binary ", "\t", "\n", "\n  ", "\x85", "\u202e"),
        *("{{ x }}", "{% for i in range(99999) %}", "maximum: 1000", "n: 0", "population: "),
        *("plays: target", "k: 99", "method: vs-multi", "pattern: (a+)+$"),
    ]
)


def mutated(text: str, changes: list[tuple[float, int, str]]) -> str:
    for place, cut, piece in changes:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + cut :]
    return text


CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), PIECES | st.text(max_size=3)),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(SHIPPED), CHANGES)
def test_a_changed_scenario_is_read_or_refused_with_its_line(
    tmp_path: Path, source: Path, changes: list[tuple[float, int, str]]
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(mutated(source.read_text("utf-8"), changes), "utf-8", errors="surrogatepass")
    with suppress(InputError):
        scenario = load_scenario(path)
        again = json.loads(json.dumps(scenario.model_dump(mode="json")))
        assert Scenario.model_validate(again) == scenario


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(PEOPLE), CHANGES)
def test_a_changed_population_is_read_or_refused(
    tmp_path: Path, source: Path, changes: list[tuple[float, int, str]]
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(mutated(source.read_text("utf-8"), changes), "utf-8", errors="surrogatepass")
    with suppress(InputError):
        assert len(load_population(path).sample(3, 0)) == 3
