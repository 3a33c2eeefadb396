"""What was run, what answered, with which versions, and when."""

from __future__ import annotations

from datetime import datetime

from simulate.report.document import Block, Items, Paragraph, Section, facts, section
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import JUDGE, Gathered
from simulate.runfile.answered_by import changes_told
from simulate.runfile.cell_sizes import dates
from simulate.runfile.meta import attack_told, shared_data_told
from simulate.scenario.partners import who_told
from simulate.terminal.safe_text import counted

NO_PERSON = (
    "No person was observed: what speakers say and answer in this run comes from models or other "
    "programs, or stands in the scenario."
)
AS_SERVED = (
    "model, as requested",
    "who and where",
    "name, as served",
    "fingerprint",
    "calls",
    "which calls",
)


def lead(known: Gathered) -> tuple[Block, ...]:
    """Return what stands below the title: the run in two sentences."""
    scenario, totals = known.scenario, known.totals
    people = len(known.run.personas)
    size = (
        f"{known.dialogues_told}, in {counted(len(known.cells), 'cell')} with "
        f"{counted(people, 'persona')}; {counted(totals.calls, 'model call')}, seed "
        f"{known.run.seed}."
    )
    made = f"Supplement of run {known.run.run_id}, made from its run file {known.run.path.name}."
    return (Paragraph(f"{scenario.description} {size}".strip()), Paragraph(f"{made} {NO_PERSON}"))


def what_was_run(known: Gathered) -> Section:
    """Return what the scenario says of itself."""
    scenario = known.scenario
    who = who_told(scenario)
    speakers = (
        f"{name} (plays {each.plays}{f'; {who[name]}' if name in who else ''})"
        for name, each in scenario.speakers.items()
    )
    first, last = dates(known.run)
    mapped = known.run.probability_map
    return section(
        "What was run",
        facts(
            ("scenario", f"{scenario.scenario}: {scenario.title}".removesuffix(": ")),
            ("description", scenario.description),
            ("source", scenario.source),
            ("speakers", ", ".join(speakers)),
            ("cells", ", ".join(cell.label for cell in known.cells)),
            ("outcomes", ", ".join(scenario.outcomes) or "none"),
            ("checks", ", ".join(scenario.checks)),
            ("external systems", ", ".join(known.targets)),
            ("data of people that left the machine", shared_data_told(known.meta)),
            ("users who attack", attack_told(known.meta)),
            ("probability map of the draws", None if mapped is None else mapped.told),
            ("part of the plan", None if known.run.shard is None else known.run.shard.told),
            ("dialogues", _statuses(known)),
            ("first dialogue began", _date(first)),
            ("last dialogue ended", _date(last)),
        ),
    )


def _statuses(known: Gathered) -> str:
    totals = known.totals
    counts = {
        "completed": totals.completed,
        "failed": totals.failed,
        "running": totals.running,
        "not begun": totals.planned,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _date(when: datetime | None) -> str | None:
    return None if when is None else f"{when:%Y-%m-%d %H:%M:%S} UTC"


def models(known: Gathered) -> Section:
    """Return which models were asked for, and what answered."""
    calls = {each.model: f"{each.calls:,}" for each in known.by_model}
    rows = []
    for model, roles in known.models.items():
        spoke = "; ".join(
            f"{'judge of ' + ', '.join(known.judges) if role == JUDGE else role}: "
            f"{known.label(cells)}"
            for role, cells in roles.items()
        )
        answering = known.answered.get(model, ())
        rows += [
            (
                model,
                spoke,
                by.served or "not said",
                by.fingerprint or "not said",
                "not recorded" if by.calls is None else f"{by.calls:,}",
                "" if by.first_call is None else f"{by.first_call:,} to {by.last_call:,}",
            )
            for by in answering
        ] or [(model, spoke, "not said", "not said", calls.get(model, "0"), "")]
    changes = changes_told(known.run)
    blocks: list[Block] = [
        new_table(AS_SERVED, rows, "llllrl"),
        Paragraph(
            "As served: the name and system_fingerprint with which an endpoint answered; not "
            "said: it gave none, as a model in this process does. Calls are numbered from 1 over "
            "the run.",
            "note",
        ),
    ]
    if changes:
        blocks.append(Items(tuple(f"{each}." for each in changes)))
    elif known.answered:
        blocks.append(Paragraph("No model changed its name or fingerprint amid the run."))
    if said := known.run.endpoints_told():
        blocks.append(Items(tuple(said)))
    return section("Model as served", *blocks)


def versions(known: Gathered) -> Section:
    """Return the versions of software and prompts, and the seed."""
    meta = known.meta
    packages = meta.get("versions") or {}
    first = [("simulate-dialogues", packages.get("simulate-dialogues", "not recorded"))]
    others = [each for each in packages.items() if each[0] != "simulate-dialogues"]
    prompts = [(name, digest) for name, digest in (meta.get("prompts") or {}).items()]
    return section(
        "Versions and seed",
        new_table(("software", "version"), [*first, *others]),
        facts(
            ("seed of the run", str(known.run.seed)),
            ("run file begun", meta.get("created")),
            ("version of the shipped prompts", str(known.scenario.prompt_version)),
        ),
        Paragraph(
            "Every random choice is a function of this seed and of what is chosen, for whom, in "
            "which replicate and turn; not of the cell, so that cells are compared under common "
            "random numbers. Each model call was offered a seed of its own, which is on file; an "
            "endpoint may ignore it.",
        ),
        new_table(("prompt", "SHA-256 of its text"), prompts) if prompts else None,
    )
