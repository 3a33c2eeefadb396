"""What went wrong, what was repaired or asked for again, and what all of it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simulate.report.document import Items, Paragraph, Section, Table, facts, section
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.runfile.branches import branches_told
from simulate.runfile.corrections import without_quotes
from simulate.runfile.draw_statistics import tail_told
from simulate.runfile.talk_endings import endings_told, speaker_lines_told
from simulate.terminal.numbers import number

MOST_REASONS = 40


def failures(known: Gathered) -> Section:
    """Return failed dialogues, texts that were not usable, repairs and requests sent again."""
    of = known.corrections
    failed = _counted(((f.fault, f.error), f.dialogues) for f in known.run.failures())
    again = _counted(((f.fault, f.error), 1) for f in known.run.failed_before())
    unusable = _counted((("", why), count) for why, count in of.unusable.items())
    return section(
        "Failures, repairs and retries",
        Paragraph(
            f"{known.totals.failed:,} of {known.totals.dialogues:,} dialogues failed. A failed "
            "dialogue has no outcomes; it is counted in each table, and is no value."
        ),
        _reasons(("fault of", "reason, without what it quotes", "dialogues"), failed),
        _reasons(("failed first, and was played again: fault of", "reason", "dialogues"), again),
        facts(
            ("texts not usable", f"{sum(of.unusable.values()):,} of {of.calls:,}"),
            ("calls that asked once more for the same thing", f"{of.asked_again:,}"),
            ("requests sent again", f"{of.sent_again:,}"),
            ("texts cut off at the limit of their length", f"{of.cut_off:,}"),
            ("turns read with a repair", f"{of.turns[1]:,} of {of.turns[0]:,}"),
            ("outcomes read with a repair", f"{of.outcomes[1]:,} of {of.outcomes[0]:,}"),
        ),
        _reasons(("", "why a text could not be used, without what it quotes", "calls"), unusable),
        Paragraph(
            "A repair mends the form of an answer, such as a bracket that is missing, and never "
            "its content; whatever cannot be read is asked for again, and a text that is not "
            "usable never becomes a reply. Values outside of an outcome's range are refused, not "
            "clipped.",
            "note",
        ),
        *_talks(known),
    )


def _counted(found: Iterable[tuple[tuple[str, str], int]]) -> Counter[tuple[str, str]]:
    """Return how often each reason occurs, the most frequent first; many are cut to some."""
    counts: Counter[tuple[str, str]] = Counter()
    for (fault, reason), count in found:
        counts[fault, without_quotes(reason)] += count
    shown = Counter(dict(counts.most_common(MOST_REASONS)))
    if rest := counts.total() - shown.total():
        shown["", "other reasons"] = rest
    return shown


def _reasons(head: tuple[str, str, str], counts: Counter[tuple[str, str]]) -> Table | None:
    """Return a table of reasons; without the first column where nothing stands in it."""
    kept = slice(0 if head[0] else 1, 3)
    rows = [(*reason, f"{count:,}")[kept] for reason, count in counts.most_common()]
    return new_table(head[kept], rows, "llr"[kept]) if rows else None


def _talks(known: Gathered) -> list[Items]:
    told = [f"how talks ended, {line}" for line in endings_told(known.run)]
    told += [*speaker_lines_told(known.run), *tail_told(known.run)]
    return [Items(tuple(told))] if told else []


def costs(known: Gathered) -> Section:
    """Return calls, tokens and costs, by model."""
    rows = []
    for each in known.by_model:
        counts = (each.calls, each.prompt_tokens, each.cached_tokens, each.completion_tokens)
        hours = "–" if each.latency_s is None else f"{each.latency_s / 3600:,.2f}"
        rows.append((each.model, *(f"{n:,}" for n in counts), cost_words(each.cost_usd), hours))
    total = known.totals
    counts = (total.calls, total.prompt_tokens, total.cached_tokens, total.completion_tokens)
    rows.append(("all", *(f"{n:,}" for n in counts), cost_words(total.cost_usd), ""))
    head = ("model", "calls", "tokens read", "of them cached", "tokens written", "cost (USD)")
    return section(
        "Calls, tokens and cost",
        new_table((*head, "hours of answering"), rows, "lrrrrrr"),
        Paragraph(
            "Hours of answering are summed over calls, of which many may have been made at once. "
            "Cost is by published prices of tokens; unknown where a model has none.",
            "note",
        ),
        *(Paragraph(told, "note") for told in branches_told(known.run)),
    )


def cost_words(usd: float | None) -> str:
    """Return a cost as a number; unknown for none."""
    return "unknown" if usd is None else number(usd, 4)
