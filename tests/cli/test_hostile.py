"""Foreign text in every place: it stands there, and does nothing."""

import asyncio
import csv
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.table import Table

from simulate.models import ChatReply, Usage
from simulate.population import Population
from simulate.runfile import (
    Call,
    Header,
    OutcomeValue,
    PlannedDialogue,
    RunWriter,
    Turn,
    export_csv,
    export_jsonl,
    open_run,
)
from simulate.scenario import Scenario
from simulate.terminal.safe_console import SafeConsole
from simulate.verbalized import AS_STATED, Candidate, ReplyDistribution, recorded
from tests.conftest import Command

HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "\x9b31mred\x9bm \x90qsixel\x9c",
    "[bold red]loud[/] [link=http://evil.example]x[/link] [/nothing] :smile:",
    "\u202egnp.exe\u202c \u2066a\u2069 \u200fb",
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)><!--",
    "javascript:alert(1) {{ 7*7 }} {% raw %}",
    '=HYPERLINK("http://evil.example")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1\r\n=1+1",
    "'; DROP TABLE dialogue; --",
    "../../../etc/passwd\\..\\CON",
    "\0nul\b\b\b\r\x7f",
]
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
OWN_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def scenario(texts: list[str]) -> dict[str, Any]:
    return {
        "scenario": "talk",
        "title": texts[0],
        "description": " ".join(texts),
        "source": texts[1 % len(texts)],
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user", "method": "vs"}},
        "turns": {"maximum": 1},
        "outcomes": {
            "gift": {
                "kind": "amount",
                "unit": texts[-1],
                "support": [0, 2],
                "asked": {"speaker": "ada", "question": "?"},
            }
        },
    }


def written(path: Path, texts: list[str]) -> Path:
    """Write a run in which the texts stand wherever a file or a model puts text."""
    meta = {
        "run": "r1",
        "scenario": Scenario.model_validate(scenario(texts)).model_dump(mode="json"),
        "population": Population.model_validate(
            {"population": "p", "description": texts[0], "personas": [{"id": texts[0]}]}
        ).model_dump(mode="json"),
        "seed": 0,
        "n": len(texts),
        "versions": {"simulate-dialogues": texts[0]},
        "models": [{"bot": texts[0], "ada": texts[0]}],
        "created": texts[0],
    }
    ids = [f"{text}{i}" for i, text in enumerate(texts)]
    people = [(ids[i], {"said": text, text or "x": 1}, text) for i, text in enumerate(texts)]
    plan = [PlannedDialogue(i, f"k{i}", 0, pid, 0) for i, pid in enumerate(ids)]
    ask = ({"role": "user", "content": "Now."},)

    async def write() -> None:
        writer = RunWriter.create(path, Header(meta, [(0, "all", {})], people, plan))
        try:
            for i, text in enumerate(texts):
                reply = ChatReply(text, "stop", Usage(1, 0, 1))
                call = Call("ada", 0, text, ask, None, 5, reply, text)
                both = (Candidate(text, 0.5), Candidate("Hi.", 0.5))
                of = ReplyDistribution.from_probabilities(both)
                draw = recorded(of, AS_STATED, "reply", 0.1)
                await writer.start(i, {"bot": text, "ada": text})
                await writer.turn(i, Turn(0, "bot", text))
                await writer.turn(i, Turn(1, "ada", text, parse="clean", draws=(draw,)), [call])
                if i % 2:
                    await writer.fail(i, "user model", text, [call], outcome="gift")
                else:
                    await writer.outcome(i, OutcomeValue("gift", 0.5), completes=True)
            writer.learnt(texts[0], "temperature", texts[0])
        finally:
            await writer.aclose()

    asyncio.run(write())
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("hostile") / "a.db", HOSTILE)


def harmless(text: str) -> bool:
    """Tell whether nothing in a text of ours acts on a terminal, but for its own styles."""
    return ACTIVE.search(OWN_STYLE.sub("", text)) is None


def reference_file(folder: Path) -> Path:
    path = folder / "people.csv"
    values = "\n".join(f"{v}" for v in [0, 0.5, 1, 2, 1, 0.5] * 5)
    path.write_text(f"gift\n{values}\n")
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "RUN", "--reference", "REF", "--outcome", "gift", "--column", "gift"],
        ["view", "RUN", "--screen", "failures", "--screenshot", "OUT.txt"],
        ["view", "RUN", "--screen", "dialogues", "--screenshot", "OUT.txt"],
        ["view", "RUN", "--dialogue", "0", "--screen", "transcript", "--screenshot", "OUT.txt"],
        ["view", "RUN", "--filter", "'; DROP TABLE dialogue; --"],
        ["view", "RUN", "--filter", 'text:"\'; DROP TABLE dialogue; --"', "--json"],
        ["report", "RUN"],
        ["export", "RUN\x1b[2J"],
        ["check", "HOSTILE"],
        ["persona", "sample", "PEOPLE", "-n", "20"],
    ],
)
def test_nothing_on_the_terminal_acts(
    hostile: Path, tmp_path: Path, command: Command, words: list[str]
) -> None:
    (tmp_path / "HOSTILE.yaml").write_text(json.dumps({"scenario": HOSTILE[0], HOSTILE[2]: 1}))
    people = {
        "population": "p",
        "personas": [{"id": t, "prose": t} for t in HOSTILE if "\0" not in t],
    }
    (tmp_path / "PEOPLE.yaml").write_text(json.dumps(people))
    places = {
        "RUN": str(hostile),
        "REF": str(reference_file(tmp_path)),
        "OUT": str(tmp_path / "o"),
        "HOSTILE": str(tmp_path / "HOSTILE.yaml"),
        "PEOPLE": str(tmp_path / "PEOPLE.yaml"),
    }
    for name, place in places.items():
        words = [place + w.removeprefix(name) if w.startswith(name) else w for w in words]
    text = "".join(command(*words)[1:])
    if "--json" not in words:
        assert harmless(text), ACTIVE.findall(OWN_STYLE.sub("", text))
    for path in tmp_path.glob("o*"):
        assert harmless(path.read_text("utf-8"))
    with open_run(hostile) as file:
        assert len(list(file.planned())) == len(HOSTILE)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_console_shows_markup_and_control_characters_as_they_are_written(text: str) -> None:
    console = SafeConsole(file=io.StringIO(), force_terminal=True, width=400)
    table = Table(text, title=text)
    table.add_row(text)
    console.print(table)
    console.print(text)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert harmless(shown)
    for mark in ("[bold red]", "[/nothing]", ":smile:"):
        assert (mark in text) == (mark in OWN_STYLE.sub("", shown))


class _Page(html.parser.HTMLParser):
    """Collects what a page could load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        self.loads += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]
        self.loads += [k for k, _ in attrs if k.startswith("on")]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found.get("content") or ""


def test_the_report_loads_and_runs_nothing(hostile: Path, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "a.html"
    words = ["compare", str(hostile), "--reference", str(reference_file(tmp_path))]
    command(*words, "--outcome", "gift", "--column", "gift", "--html", str(out))
    page = _Page()
    page.feed(out.read_text("utf-8"))
    assert "alert(1)" in out.read_text("utf-8")
    assert page.tags.isdisjoint({"script", "iframe", "object", "embed", "svg", "form", "base"})
    loads = [link for link in page.loads if not re.fullmatch(r"#s\d+", link)]
    assert {link.partition(":")[0] for link in loads} <= {"data"}
    assert page.policy.startswith("default-src 'none'; img-src data:;")


@pytest.mark.parametrize("name", ["../x/y", "$\\frac{$", "CON"])
def test_figures_are_written_where_they_should_be(
    tmp_path: Path, command: Command, name: str
) -> None:
    table, folder = tmp_path / "t.csv", tmp_path / "figures"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[name], *([v] for v in [0, 0.5, 1, 2] * 5)])
    words = ["compare", str(table), "--column", name, "--reference", str(table)]
    command(*words, "--figures", str(folder))
    here = {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")}
    assert here <= {"t.csv", "figures"}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(texts | st.sampled_from([t for t in HOSTILE if "\0" not in t]), min_size=1, max_size=4)
)
def test_whatever_is_said_comes_back_from_jsonl_and_is_no_formula_in_csv(
    tmp_path: Path, said: list[str]
) -> None:
    path = tmp_path / "x.db"
    for left in tmp_path.glob("x.db*"):
        left.unlink()
    written(path, said)
    lines, table = io.StringIO(), io.StringIO(newline="")
    with open_run(path) as file:
        export_jsonl(file, lines)
        export_csv(file, table)
    dialogues = [json.loads(line) for line in lines.getvalue().split("\n") if line]
    for i, (dialogue, text) in enumerate(zip(dialogues, said, strict=True)):
        assert dialogue["persona"]["id"] == f"{text}{i}"
        assert dialogue["persona"]["attributes"]["said"] == (1 if text == "said" else text)
        assert [t["text"] for t in dialogue["turns"]] == [text, text]
        assert dialogue["turns"][1]["candidates"][0]["text"] == text
        assert (dialogue["error"] or "").removeprefix("user model: ") == (text if i % 2 else "")
    rows = list(csv.reader(io.StringIO(table.getvalue(), newline="")))
    assert len(rows) == 1 + len(said)
    for row in rows:
        for cell in row:
            assert not cell.lstrip(" ").startswith(
                ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠")
            )
