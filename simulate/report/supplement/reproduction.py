"""How to get the same run again, by what hashes it is known, and what to cite."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from simulate.files import shipped
from simulate.report.document import (
    Block,
    Items,
    Paragraph,
    Section,
    Verbatim,
    facts,
    section,
)
from simulate.report.supplement.gathered import EMBEDDED, Gathered, kind_of
from simulate.report.supplement.stated import as_yaml

SOFTWARE = (
    "The simulate developers: simulate: dialogue and persona simulation with verbalized sampling, "
    "version {version}, Apache-2.0."
)
METHOD = (
    "Zhang, J., Yu, S., Chong, D., Sicilia, A., Tomz, M. R., Manning, C. D., Shi, W. (2025): "
    "Verbalized Sampling: How to Mitigate Mode Collapse and Unlock LLM Diversity. "
    "arXiv:2510.01171."
)
NOT_HASHED = "not taken, as the run goes on or was not closed: part of it is in a file beside it"


def reproduction(known: Gathered) -> Section:
    """Return commands, hashes and what they are worth."""
    return section(
        "How to reproduce",
        Verbatim("Commands", (("", "\n".join(_commands(known))),), folded=False),
        facts(
            ("run file", known.run.path.name),
            ("SHA-256 of the run file", known.file_hash or NOT_HASHED),
            ("hash of what was played", known.meta.get("fingerprint")),
        ),
        Paragraph(_worth(known)),
    )


def _commands(known: Gathered) -> Iterator[str]:
    run, scenario = known.run, known.scenario
    yield "# scenario.yaml: the scenario at the end of this report"
    words = ["simulate", "stress" if known.targets else "run", "scenario.yaml"]
    for target in known.targets:
        words += ["--target", target]
    if run.frozen is not None:
        yield "# plan.yaml: the frozen plan, word for word as it stands under Plan"
        words += ["--plan", "plan.yaml"]
    if known.populations:
        people = known.populations[0][1]
        name = people.population
        if name not in shipped.names("personas"):
            where = "at the end of this report" if people.attributes else "which is not shown here"
            yield f"# people.yaml: the population {name}, {where}"
            name = "people.yaml"
        words += ["--population", name]
    models = {model for model in known.models if model}
    if len(models) == 1:
        words += ["--model", models.pop()]
    else:
        roles = {(role, model) for model, spoke in known.models.items() for role in spoke}
        for role, model in sorted(roles):
            if role in scenario.speakers and all(
                cell.speakers[role].model is None for cell in known.cells
            ):
                words += ["--speaker-model", f"{role}={model}"]
    if run.n is not None:
        words += ["-n", str(run.n)]
    if run.shard is not None:
        words += ["--shard", str(run.shard)]
    if run.shares_answers:
        words.append("--share-prefix")
    yield shlex.join([*words, "--seed", str(run.seed), "--out", "again.db"])
    yield shlex.join(["simulate", "summary", run.path.name])
    yield shlex.join(["simulate", "export", run.path.name, "--out", "dialogues.jsonl"])


def _worth(known: Gathered) -> str:
    same = (
        "The same model answers give byte-identical dialogues with the same seed, at any number "
        "of dialogues at once."
    )
    if all(kind_of(model) == EMBEDDED for model in known.models):
        return f"{same} The embedded model gives the same answers with the same versions."
    return (
        f"{same} An endpoint need not give the same answers again, also with the same seed and a "
        "temperature of 0; then this file is what can be reproduced: all prompts, answers, "
        "probabilities and draws are in it."
    )


def citation(known: Gathered) -> Section:
    """Return what to cite."""
    version = (known.meta.get("versions") or {}).get("simulate-dialogues", "unknown")
    cited = [SOFTWARE.format(version=version)]
    methods = [s.method for cell in known.cells for s in cell.speakers.values()]
    methods += [
        c.method_of(o) for c in known.cells for o in known.scenario.outcomes.values() if o.asked
    ]
    if any(method.states for method in methods):
        cited.append(METHOD)
    cited += [
        f"Population {people.population}: {people.source}"
        for people in known.different_populations
        if people.source
    ]
    if known.scenario.source:
        cited.append(f"Scenario: {known.scenario.source}")
    return section("To be cited", Items(tuple(dict.fromkeys(cited))))


def appendix(known: Gathered) -> Section:
    """Return the scenario and the populations as they were resolved."""
    said = known.scenario.written()
    blocks: list[Block] = [Verbatim("Scenario (YAML)", (("", as_yaml(said)),))]
    for people in known.different_populations:
        if people.personas:
            blocks.append(
                Paragraph(
                    f"Population {people.population} is a table of {len(people.personas):,} "
                    "people, who are not shown here one by one; the run file holds it."
                )
            )
            continue
        text = as_yaml(people.model_dump(exclude_defaults=True))
        blocks.append(Verbatim(f"Population {people.population} (YAML)", (("", text),)))
    return section("Scenario and population as they were resolved", *blocks)
