"""The runs of a multiverse: ordinary run files in one folder, each resumable, within one budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulate.comparison.multiverse.grid import Declared
from simulate.engine import plan_of, run
from simulate.errors import InputError, RunFileError
from simulate.runfile import open_run
from simulate.scenario import Scenario


@dataclass(frozen=True)
class Playing:
    """How the runs of a multiverse are played.

    Attributes:
        folder: where the run files are.
        resume: whether run files that are there are gone on with.
        budget_usd: of all runs together.
        budget_tokens: likewise.
        options: all else that `simulate.run` is given.
    """

    folder: Path
    resume: bool = False
    budget_usd: float | None = None
    budget_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return the file of a run."""
        return self.folder / f"{name}.db"

    def check(self, runs: Sequence[tuple[str, Scenario]]) -> None:
        """Refuse a folder in which something is, unless it is to be gone on with.

        Raises:
            RunFileError: a run file is there already.
        """
        there = [path for name, _ in runs if (path := self.path(name)).exists()]
        if there and not self.resume:
            raise RunFileError(
                f"{there[0]} is there already: go on with --resume, or name another folder with "
                "--out"
            )

    async def play(self, declared: Declared, runs: Sequence[tuple[str, Scenario]]) -> str | None:
        """Play runs, one after the other, until one is stopped; return what stopped it, or None.

        Where a model is going to be called, or is named, those that have ended are gone on with,
        too: then the engine says where it is not the model that they were begun with.
        """
        ended = {
            name
            for name, scenario in runs
            if (path := self.path(name)).exists() and self._ended(path, declared, scenario)
        }
        if len(ended) == len(runs) and self.options.get("model") is None:
            return None
        for name, scenario in sorted(runs, key=lambda each: each[0] not in ended):
            path = self.path(name)
            left = {} if name in ended else self._left(path)
            if any(value is not None and value <= 0 for value in left.values()):
                return "the budget is reached; go on with a higher one"
            result = await run(
                scenario,
                n=declared.n,
                population=declared.people,
                speaker_populations=declared.others,
                seed=declared.plan.seed,
                out=path,
                resume=path.exists(),
                **left,
                **self.options,
            )
            if result.left:
                return result.why or "interrupted"
        return None

    def _ended(self, path: Path, declared: Declared, scenario: Scenario) -> bool:
        """Tell whether a run has ended as it is declared.

        Whatever else it is, the engine looks into when it goes on with it.
        """
        with open_run(path) as file:
            total = file.totals()
            if total.left or file.n != declared.n:
                return False
            there = file.meta.get("fingerprint")
        here = plan_of(
            scenario,
            n=declared.n,
            population=declared.people,
            speaker_populations=declared.others,
            seed=declared.plan.seed,
        )
        return bool(there == here.fingerprint)

    def _left(self, path: Path) -> dict[str, Any]:
        """Return what a run may spend, its own calls on file included."""
        tokens, usd = 0, 0.0
        if (self.budget_tokens, self.budget_usd) != (None, None) and self.folder.is_dir():
            for other in sorted(self.folder.glob("*.db")):
                if other == path:
                    continue
                with open_run(other) as file:
                    spent = file.totals().spent
                if self.budget_usd is not None and spent.calls and spent.cost_usd is None:
                    raise InputError(
                        f"--budget-usd: what {other} has cost is unknown; give --budget-tokens "
                        "instead"
                    )
                tokens += spent.prompt_tokens + spent.completion_tokens
                usd += spent.cost_usd or 0.0
        return {
            "budget_tokens": None if self.budget_tokens is None else self.budget_tokens - tokens,
            "budget_usd": None if self.budget_usd is None else self.budget_usd - usd,
        }


def failures(folder: Path, names: Sequence[str]) -> Mapping[str, int]:
    """Return how many dialogues of each run failed, of those that had any."""
    found = {}
    for name in names:
        path = folder / f"{name}.db"
        if path.exists():
            with open_run(path) as file:
                if failed := file.totals().failed:
                    found[name] = failed
    return found
