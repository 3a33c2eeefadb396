"""Every number of a supplement is what a direct query of the run file gives."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.engine import make_plan, run, run_sync
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.report.document import Facts, Items, Paragraph, Table, Verbatim
from simulate.report.supplement import Document, supplement, to_html, to_markdown
from simulate.report.supplement.gathered import Gathered
from simulate.report.supplement.people import people
from simulate.report.supplement.reproduction import SOFTWARE, appendix
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.conftest import Command
from tests.runfile.canned import finished_run

NASTY = "<script>alert(1)</script> [x](http://evil.example) | \x1b[2J\u202e # \n- a"

PEOPLE = {
    "population": "tenants",
    "source": f"a survey {NASTY}",
    "attributes": {
        "age": {"kind": "integer", "counts": {20: 1, 40: 3}},
        "home": {"kind": "category", "counts": {"flat": 1, "house": 1}},
        "rent": {"kind": "ordinal", "counts": {1: 2, 2: 1, 3: 1}},
        "owns": {"kind": "category", "counts": {True: 1, False: 3}},
    },
    "correlations": [{"between": ["age", "rent"], "rank": 0.3}],
    "prose": "You are {{ age }} and live in a {{ home }}.",
}
TALK = {
    "scenario": "rent",
    "title": f"Rent {NASTY}",
    "description": "A landlord asks for more rent.",
    "source": NASTY,
    "speakers": {
        "landlord": {"plays": "assistant", "instructions": f"Ask for more. {NASTY}"},
        "tenant": {
            "plays": "user",
            "instructions": "{{ persona.prose }} You pay too much already.",
            "temperature": 0.7,
        },
    },
    "turns": {"maximum": 1},
    "conditions": {
        "method": {
            "direct": {"speakers": {"tenant": {"method": "direct"}}},
            "vs": {"speakers": {"tenant": {"method": {"name": "vs", "k": 2}}}},
        }
    },
    "outcomes": {
        "pays": {
            "kind": "amount",
            "unit": "EUR",
            "support": [0, 10],
            "asked": {"speaker": "tenant", "question": f"How much? {NASTY}"},
        },
        "mood": {
            "kind": "choice",
            "levels": ["good", "so | so", "bad"],
            "judged": {"question": "What is the mood?"},
        },
    },
    "defaults": {"replicates": 2},
}


def _answers() -> Any:
    calls = itertools.count()

    def answer(request: ChatRequest) -> str:
        number = next(calls)
        last = request.messages[-1]["content"]
        if "What is the mood?" in last:
            return json.dumps({"value": "bad"})
        if "How much?" in last:
            if number % 7 == 0:
                return f"I will not say. {NASTY}"
            given = [{"value": 2, "probability": 0.5}, {"value": 4, "probability": 0.5}]
            return json.dumps({"responses": given})
        if "responses" in str(request.messages):
            listed = [{"text": t, "probability": 0.5} for t in (f"No. {NASTY}", "Yes.")]
            text = json.dumps({"responses": listed})
            return text.replace("]}", ",]}") if number % 3 else text
        return f"I need more. {NASTY}"

    return answer


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("supplement") / "rent.db"
    model = ScriptedModel(_answers())
    scenario, people = Scenario.model_validate(TALK), Population.model_validate(PEOPLE)
    asyncio.run(run(scenario, population=people, n=8, model=model, seed=3, out=path))
    return path


@pytest.fixture(scope="module")
def document(finished: Path) -> Document:
    with open_run(finished) as file:
        return supplement(file, guide_llm=True)


def queried(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def said(document: Document, title: str) -> dict[str, str]:
    """Return the terms of a section, each with what is said of it."""
    blocks = next(each.blocks for each in document.sections if each.title.startswith(title))
    return {term: text for b in blocks if isinstance(b, Facts) for term, text in b.rows}


def rows(document: Document, title: str) -> list[dict[str, str]]:
    """Return the rows of all tables of a section, by the titles of their columns."""
    blocks = next(each.blocks for each in document.sections if each.title.startswith(title))
    tables = [block for block in blocks if isinstance(block, Table)]
    return [dict(zip(t.head, row, strict=True)) for t in tables for row in t.rows]


def verbatim(document: Document, title: str) -> list[str]:
    """Return the texts that are shown word for word under a title."""
    blocks = [block for section in document.sections for block in section.blocks]
    shown = [b for b in blocks if isinstance(b, Verbatim) and b.title.startswith(title)]
    return [text for each in shown for _, text in each.parts]


def test_dialogues_and_dates_are_those_on_file(finished: Path, document: Document) -> None:
    found = said(document, "What was run")
    (completed,) = queried(finished, "SELECT count(*) FROM dialogue WHERE status = 'completed'")[0]
    (failed,) = queried(finished, "SELECT count(*) FROM dialogue WHERE status = 'failed'")[0]
    counts = {"completed": completed, "failed": failed}
    assert found["dialogues"] == ", ".join(f"{n} {what}" for what, n in counts.items() if n)
    sql = "SELECT datetime(min(started), 'unixepoch'), datetime(max(finished), 'unixepoch')"
    first, last = queried(finished, f"{sql} FROM dialogue")[0]
    assert found["first dialogue began"] == f"{first} UTC"
    assert found["last dialogue ended"] == f"{last} UTC"


def test_sizes_of_cells_are_those_on_file(finished: Path, document: Document) -> None:
    sql = """SELECT c.label, count(*), count(DISTINCT persona), max(replicate) + 1,
        sum(status = 'completed'), sum(status = 'failed'),
        sum(status IN ('planned', 'running')) FROM dialogue d JOIN cell c ON c.id = d.cell
        GROUP BY c.id ORDER BY c.id"""
    cells = [tuple(row.values()) for row in rows(document, "Design") if "cell" in row]
    assert cells == [tuple(map(str, row)) for row in queried(finished, sql)]


def test_retries_and_repairs_are_those_on_file(finished: Path, document: Document) -> None:
    sql = (
        """SELECT count(*), sum(problem IS NOT NULL), sum(attempt > 0), sum(tries - 1) FROM call"""
    )
    calls, unusable, again, resent = queried(finished, sql)[0]
    assert unusable > 0
    found = said(document, "Failures")
    assert found["texts not usable"] == f"{unusable} of {calls}"
    assert found["calls that asked once more for the same thing"] == str(again)
    assert found["requests sent again"] == str(resent)
    sql = "SELECT sum(parse = 'repaired'), count(parse) FROM turn"
    repaired, read = queried(finished, sql)[0]
    assert repaired > 0
    assert found["turns read with a repair"] == f"{repaired} of {read}"
    reasons = [row for row in rows(document, "Failures") if "calls" in row]
    assert sum(int(row["calls"]) for row in reasons) == unusable


def test_calls_tokens_and_cost_are_those_on_file(finished: Path, document: Document) -> None:
    sql = """SELECT count(*), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens)
        FROM call"""
    shown = [tuple(row.values())[1:5] for row in rows(document, "Calls, tokens")]
    expected = tuple(f"{n:,}" for n in queried(finished, sql)[0])
    assert shown == [expected, expected]
    (calls,) = queried(finished, "SELECT sum(calls) FROM dialogue")[0]
    assert f"{calls:,} model calls" in document.lead[0].text  # type: ignore[union-attr]


def test_outcomes_are_those_on_file(finished: Path, document: Document) -> None:
    sql = """SELECT c.label, count(value), avg(number) FROM outcome o
        JOIN dialogue d ON d.id = o.dialogue JOIN cell c ON c.id = d.cell
        WHERE name = 'pays' AND status = 'completed' GROUP BY c.id ORDER BY c.id"""
    shown = [row for row in rows(document, "pays (EUR)") if "drawn" in row]
    for (label, n, drawn), row in zip(queried(finished, sql), shown, strict=True):
        assert (row["cell"], row["n"], row["drawn"]) == (label, str(n), f"{drawn:.3f}")
        assert row["mean"].split()[0] == "3.000"
    bad = [row for row in rows(document, "mood") if "bad" in row]
    assert all(row["bad"].startswith("1.000 [") for row in bad)


def test_margins_are_those_of_the_personas_on_file(finished: Path, document: Document) -> None:
    counted = dict(
        queried(
            finished,
            """SELECT attributes ->> 'home', count(*) FROM persona
            WHERE position >= 0 GROUP BY 1""",
        )
    )
    total = sum(counted.values())
    shown = [row for row in rows(document, "Population") if row.get("attribute") == "home"]
    assert {row["value"] for row in shown} == {"flat", "house"}
    for row in shown:
        assert row["stated"] == "50.0 %"
        assert row["achieved"] == f"{100 * counted.get(row['value'], 0) / total:.1f} %"
    (mean,) = queried(finished, "SELECT avg(attributes ->> 'age') FROM persona")[0]
    (of_ages,) = (row for row in rows(document, "Popul") if row.get("attribute") == "age")
    assert (of_ages["value"], of_ages["stated"]) == ("mean", "35.000")
    assert of_ages["achieved"] == f"{mean:.3f}"


def test_prompts_stand_there_as_they_were_sent(finished: Path, document: Document) -> None:
    with open_run(finished) as file:
        first = next(call for call in file.calls(0) if call.speaker == "landlord")
        turn = next(call for call in file.calls(1) if call.speaker == "tenant")
    sent = verbatim(document, "First turn as it was sent")
    for call in (first, turn):
        assert {message["content"] for message in call.prompt} <= set(sent)
    speakers: Any = TALK["speakers"]
    assert speakers["landlord"]["instructions"] in verbatim(document, "Instructions, template")
    outcomes: Any = TALK["outcomes"]
    assert outcomes["pays"]["asked"]["question"] in verbatim(document, "pays")


def test_shipped_prompts_have_the_hashes_that_the_run_recorded(document: Document) -> None:
    hashes = {
        row["prompt"]: row["SHA-256 of its text"]
        for row in rows(document, "Versions")
        if "prompt" in row
    }
    for name, digest in hashes.items():
        (text,) = verbatim(document, f"Prompt {name} ")
        assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_the_scenario_at_the_end_makes_the_same_run(finished: Path, document: Document) -> None:
    (text,) = verbatim(document, "Scenario (YAML)")
    (people,) = verbatim(document, "Population tenants (YAML)")
    scenario = Scenario.model_validate(yaml.safe_load(text))
    population = Population.model_validate(yaml.safe_load(people))
    again = make_plan(scenario, population, 8, 3)
    assert again.fingerprint == said(document, "Plan")["hash of what was played"]
    assert [(d.key,) for d in again.dialogues] == queried(
        finished, "SELECT key FROM dialogue ORDER BY id"
    )


def test_the_command_plays_the_same_part_and_shares_the_same_answers(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"n": 4, "shard": "1/2", "share_prefix": True, "seed": 3}
    model, out = ScriptedModel(_answers()), tmp_path / "a.db"
    people = Population.model_validate(PEOPLE)
    run_sync(Scenario.model_validate(TALK), population=people, model=model, out=out, **settings)
    with open_run(out) as file:
        (commands,) = verbatim(supplement(file), "Commands")
    assert "-n 4 --shard 1/2 --share-prefix --seed 3 --out again.db" in commands


def test_the_hash_is_that_of_the_run_file(finished: Path, document: Document) -> None:
    digest = hashlib.sha256(finished.read_bytes()).hexdigest()
    assert said(document, "How to reproduce")["SHA-256 of the run file"] == digest


def test_limits_are_said_only_where_they_hold(document: Document) -> None:
    section = next(each for each in document.sections if each.title == "Limits")
    told = " ".join(i for b in section.blocks if isinstance(b, Items) for i in b.items)
    assert told.startswith("No person was observed")
    for holds in (
        "canned answers",
        "No human data were compared",
        "Judged by a model, with no human judge beside it in this file: outcome mood.",
        "4 personas: too few for an interval",
        "No plan was frozen",
    ):
        assert holds in told
    for holds_not in ("was run once in a cell", "not finished", "changed amid the run", "tiny"):
        assert holds_not not in told


def test_what_the_author_must_fill_in_is_named(document: Document) -> None:
    checklist = [
        row
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and block.head[0] == "item"
        for row in block.rows
    ]
    assert len(checklist) == 14 + 8
    numbers = [row[0].split()[0] for row in checklist[:14]]
    assert " ".join(numbers) == "A.1 A.2 B.1 B.2 B.3 B.4 B.5 C.1 C.2 D.1 E.1 E.2 F.1 G.1"
    for item, answer, blank in checklist:
        assert answer != "(blank)" or blank.startswith("To be filled in: "), item


def test_both_forms_say_the_same(document: Document) -> None:
    page, text = to_html(document), to_markdown(document)
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                for word in block.text.split():
                    if word.isalnum():
                        assert word in page
                        assert word in text
    assert text.count("\n## ") == sum(each.level == 2 for each in document.sections)
    assert page.count("<h2 ") == text.count("\n## ")
    assert page.count("<details") == sum(
        isinstance(block, Verbatim) for each in document.sections for block in each.blocks
    )


def test_two_speakers_of_one_population_have_its_source_told_once(tmp_path: Path) -> None:
    with open_run(finished_run(tmp_path)) as file:
        known = Gathered(file)
        shown = Document("", (), (*people(known), appendix(known)))
    titles = [f"Population of {who}: crowdworkers" for who in ("persuadee", "persuader")]
    assert [section.title for section in shown.sections[:2]] == titles
    assert "source" in said(shown, titles[0])
    assert "source" not in said(shown, titles[1])
    assert len(verbatim(shown, "Population crowdworkers (YAML)")) == 1


def test_the_software_is_cited_as_its_file_says() -> None:
    cited = yaml.safe_load(Path("CITATION.cff").read_text())
    said = SOFTWARE.format(version=cited["version"])
    for what in (cited["authors"][0]["name"], cited["title"], cited["version"], cited["license"]):
        assert what in said


def test_a_report_is_never_written_over_in_silence(
    finished: Path, tmp_path: Path, command: Command
) -> None:
    page, text = tmp_path / "a.html", tmp_path / "a.md"
    words = ("report", finished, "--html", page, "--markdown", text)
    assert command(*words)[0] == 0
    written = text.read_text()
    text.write_text(f"{written}\nfilled in by hand")
    code, out, err = command(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is there already" in err
    assert text.read_text().endswith("filled in by hand")
    assert command(*words, "--force")[0] == 0
    assert text.read_text() == written
    code, _, err = command("report", finished, "--html", finished, "--force")
    assert (code, "is what is read" in err) == (2, True)


def test_a_population_that_cannot_be_read_is_one_line(
    finished: Path, tmp_path: Path, command: Command
) -> None:
    damaged = tmp_path / "damaged.db"
    shutil.copy(finished, damaged)
    connection = sqlite3.connect(damaged)
    sql = "UPDATE meta SET value = json_set(value, '$.attributes.age.kind', 'colour')"
    connection.execute(f"{sql} WHERE key = 'population'")
    connection.commit()
    connection.close()
    code, out, err = command("report", damaged)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "its population cannot be read" in err


def test_without_a_file_it_is_markdown_on_stdout(finished: Path, command: Command) -> None:
    code, out, _ = command("report", finished)
    assert code == 0
    assert out.startswith("# Rent ")
    code, out, _ = command("report", finished, "--json")
    assert json.loads(out)["sections"][0]["title"] == "What was run"
