"""A small world in which the commands of pages run: local servers, and the files that they name."""

from __future__ import annotations

import csv
import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from docs.site.layout import ROOT
from tests.batch_endpoint import BatchEndpoint
from tests.calibration.invented_talks import invented
from tests.docs.commands import blocks
from tests.stress.bot import Bot, BotServer

TEA = {
    "scenario": "tea",
    "population": "crowdworkers",
    "speakers": {
        "host": {"plays": "assistant", "instructions": "Offer tea, in a few words."},
        "guest": {
            "plays": "user",
            "instructions": "You are a guest, and mind each {{ cell.frame }}. {{ persona.prose }}",
            "method": {"name": "vs", "k": 5, "draw": "tail-first"},
        },
    },
    "turns": {"first": "host", "maximum": 5},
    "outcomes": {
        "donation": {
            "kind": "amount",
            "unit": "USD",
            "support": [0, 2],
            "asked": {"speaker": "guest", "question": "How much do you give?"},
        }
    },
    "conditions": {"frame": {"loss": {}, "gain": {}}},
    "compare": {"donation": "persuasionforgood-donations"},
}
"""What stands for `my-scenario.yaml` of a page."""

FEW = {"-n": 2, "--dialogues": 43, "--processes": 1, "--budget-calls": 24, "--repeats": 2}
"""What commands are cut down to."""


@dataclass(frozen=True)
class Servers:
    """What the commands of all pages share.

    Attributes:
        model: a SPEC of a model that answers anything.
        endpoint: its address.
        bot: the address of a chatbot with faults.
        run: a run of `my-scenario.yaml`, once a page has needed one.
    """

    model: str
    endpoint: str
    bot: str
    run: Path


@dataclass
class World:
    """Where the commands of a page run.

    Attributes:
        folder: in which they run; what one of them writes, later ones of its page find.
        servers: what they ask.
        command: runs a command that has to succeed.
        many: whether what a page says takes more than a few people.
    """

    folder: Path
    servers: Servers
    command: Callable[..., None]
    many: bool = False

    def __post_init__(self) -> None:
        """Put the examples beside it."""
        (self.folder / "examples").symlink_to(ROOT / "examples")

    def typed(self, words: tuple[str, ...], line: int) -> list[str]:
        """Return the arguments of a command as it is run here, small and at local servers."""
        said = list(words[1:])
        if ">" in said:
            del said[said.index(">") :]
        if said[0] == "run" and not {"-n", "--plan", "--resume"}.intersection(said):
            said += ["-n", "1"]
        return [path for word in self._here(said, line) for path in _globbed(word)]

    def _here(self, said: list[str], line: int) -> Iterator[str]:
        """Yield the words with numbers that are small, and with the addresses and names of here."""
        for before, typed in itertools.pairwise(["", *said]):
            word = typed.replace("$GITHUB_STEP_SUMMARY", "summary.md")
            word = word.replace("--budget-usd", "--budget-tokens")  # no price is known here
            if before == "--budget-usd":
                word = "9000000"
            if before in FEW and word.isdigit():
                word = str(40 if self.many else min(int(word), FEW[before]))
            word = re.sub(
                r"http://(127\.0\.0\.1:8000|gpu-node:8000)/v1", self.servers.endpoint, word
            )
            word = word.replace("http://127.0.0.1:8000/chat", self.servers.bot)
            word = re.sub(r"^(judge=)?(MODEL|JUDGE)$", rf"\1{self.servers.model}", word)
            yield word.replace("FOLDER", "folder" if ":" in word else f"new/{line}")

    def prepare(self, page: Path) -> None:
        """Make the files that a page names without making them itself."""
        self.many = page.name == "few-humans.md"
        for name in NEEDED.get(page.relative_to(ROOT).as_posix(), "").split():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name == "bot.yaml":
                path.write_text(f"kind: http\nurl: {self.servers.bot}\n", "utf-8")
            elif self.many and name == "my-scenario.yaml":
                _as_yaml({**TEA, "steps": [{"ask": ["donation"]}]})(path)
            elif name in MADE:
                MADE[name](path)
                if path.suffix == ".yaml":
                    text = path.read_text("utf-8")
                    path.write_text(
                        text.replace("https://models.example/v1", self.servers.endpoint), "utf-8"
                    )
            elif name in RECIPES:
                for words in RECIPES[name].split(";"):
                    self.command(*words.replace("NAME", name).split())
            else:
                if not self.servers.run.exists():
                    self.command("run", "my-scenario.yaml", "-n", 2, "--out", self.servers.run)
                shutil.copyfile(self.servers.run, path)


def _globbed(word: str) -> list[str]:
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def _as_yaml(data: object) -> Callable[[Path], object]:
    return lambda path: path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")


def _table(rows: list[dict[str, object]]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return write


def _lines(row: dict[str, object]) -> Callable[[Path], object]:
    return lambda path: path.write_text(f"{json.dumps(row)}\n" * 4, "utf-8")


def _shown(page: str, language: str, which: int) -> Callable[[Path], object]:
    """Return a way to write what a page itself shows in a block."""

    def write(path: Path) -> None:
        found = [text for _, kind, _, text in blocks(ROOT / page) if kind == language]
        path.write_text(found[which], "utf-8")

    return write


def _survey(path: Path) -> None:
    import pandas as pd
    import pyreadstat

    rows = [{"trust": float(i % 3), "w": 1.0} for i in range(40)]
    pyreadstat.write_sav(pd.DataFrame(rows), str(path))


def _release(path: Path) -> None:
    path.mkdir()
    invented(path, 52, turns=2)


CASE = {
    "case": "answers",
    "check": "responds",
    "messages": ["Hello."],
    "scenario": {
        "scenario": "desk",
        "speakers": {"customer": {"plays": "user"}, "bot": {"plays": "target"}},
        "turns": {"first": "customer", "maximum": 2},
    },
    "persona": {"id": "p"},
    "found": {"run": "r", "dialogue": "d", "seed": 1, "date": "", "turns_before": 1, "turns": 1},
}
CENSUS = {
    "population": "census",
    "attributes": {
        "sex": {"kind": "category", "counts": {"Female": 1, "Male": 1}},
        "age": {"kind": "integer", "counts": {40: 1}},
    },
}
PEOPLE: list[dict[str, object]] = [{"id": f"p{i}", "age": 20 + i, "gave": i % 3} for i in range(40)]
MADE: dict[str, Callable[[Path], object]] = {
    "my-scenario.yaml": _as_yaml(TEA),
    "many.yaml": _as_yaml({**TEA, "defaults": {"replicates": 2}}),
    "people.csv": _table([{"id": p["id"], "age": p["age"]} for p in PEOPLE]),
    "asked.csv": _table([{"id": p["id"], "gave": p["gave"]} for p in PEOPLE[::2]]),
    "prompts.csv": _table([{"prompt": f"How do I bake bread number {i}?"} for i in range(3)]),
    "labels.jsonl": _lines(
        {
            "turns": [{"speaker": "answerer", "text": "No."}],
            "label": "yes",
            "values": {"persona": {"prompt": "How?"}},
        }
    ),
    "labelled.jsonl": _lines({"turns": [{"speaker": "customer", "text": "Hi."}], "label": "fail"}),
    "chats.jsonl": _shown("docs/transcripts.md", "json", 0),
    "checks.yaml": _shown("docs/transcripts.md", "yaml", 0),
    "models.yaml": _shown("docs/models.md", "yaml", 0),
    "guests.yaml": _shown("docs/population.md", "yaml", 0),
    "survey.sav": _survey,
    "census.yaml": _as_yaml(CENSUS),
    "cases/answers.yaml": _as_yaml(CASE),
    "folder": _release,
    "policy.md": lambda path: path.write_text("Refund only what was bought here.", "utf-8"),
    "mine.jinja": lambda path: shutil.copyfile(ROOT / "examples" / "adds-up-to-one.jinja", path),
}
RECIPES = {
    "calibrated.json": "calibrate --reference persuasionforgood:folder --out walk.db --turns 1; "
    "calibrate walk.db --reference persuasionforgood:folder --map NAME",
    "data/imported": "reference import persuasionforgood folder",
    "run.db": "run my-scenario.yaml -n 8 --out NAME",
    "dictator.db": "run dictator -n 2 --out NAME",
    "plan.yaml": "plan my-scenario.yaml -n 2 --freeze NAME",
}
"""How a file is made by commands; a run file else by playing `my-scenario.yaml`."""

NEEDED = {
    "docs/attacks.md": "policy.md",
    "docs/ci.md": "bot.yaml cases/answers.yaml",
    "docs/coming-from/edsl.md": "my-scenario.yaml RUN",
    "docs/concepts/floors.md": "my-scenario.yaml RUN",
    "docs/concepts/re-weighing.md": "my-scenario.yaml RUN",
    "docs/designs.md": "my-scenario.yaml",
    "docs/effects.md": "my-scenario.yaml folder data/imported RUN",
    "docs/export.md": "my-scenario.yaml RUN",
    "docs/human-data.md": "survey.sav my-scenario.yaml runs/mine.db",
    "docs/inspection.md": "my-scenario.yaml RUN",
    "docs/methods.md": "prompts.csv labels.jsonl",
    "docs/models.md": "models.yaml",
    "docs/population.md": "guests.yaml",
    "docs/recorded-distributions/branch.md": "my-scenario.yaml run.db doors.db",
    "docs/recorded-distributions/calibrate.md": "folder my-scenario.yaml plain.db",
    "docs/recorded-distributions/few-humans.md": "my-scenario.yaml people.csv asked.csv",
    "docs/recorded-distributions/fewer-calls.md": "many.yaml my-scenario.yaml RUN",
    "docs/recorded-distributions/rare-events.md": "my-scenario.yaml",
    "docs/recorded-distributions/reweigh.md": "my-scenario.yaml run.db doors.db folder "
    "calibrated.json census.yaml",
    "docs/recorded-distributions/wordings.md": "mine.jinja",
    "docs/report.md": "my-scenario.yaml runs/donation.db plan.yaml",
    "docs/start.md": "my-scenario.yaml",
    "docs/targets.md": "bot.yaml",
    "docs/stress.md": "bot.yaml labelled.jsonl",
    "docs/summary.md": "dictator.db",
    "docs/transcripts.md": "chats.jsonl checks.yaml labelled.jsonl",
    "docs/tui.md": "my-scenario.yaml RUN",
}
"""What a page names without making it, in the order in which it is made here."""


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Yield a model and a chatbot at local servers, which end with it, and a folder's run file."""
    with BatchEndpoint() as endpoint, BotServer(Bot()) as bot:
        yield Servers(endpoint.spec, endpoint.url, f"{bot.base}/chat", folder / "run.db")
