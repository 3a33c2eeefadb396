"""The tables of a calibration on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.calibration.assessment import Assessment
from simulate.calibration.bias import TraitBias
from simulate.calibration.result import OF, Calibration
from simulate.calibration.scores import BEFORE, ENERGY, EVERYWHERE
from simulate.errors import first_of
from simulate.population.protected import FEWEST_HUMANS
from simulate.report.tables import new_table, print_notes, proportion_words, right
from simulate.statistics.skill import FEWEST_PERSONS, Mean, Skill
from simulate.terminal.numbers import ends, number, signed
from simulate.terminal.safe_text import line

_number = partial(number, digits=3)
_short = partial(number, digits=2)


def print_calibration(found: Calibration, console: Console) -> None:
    """Print sentences first, then the tables of each part, and how to read them."""
    for part in found.parts:
        console.print(Text(found.said(part), style="bold"))
    console.print(Text(f"Of {OF}."))
    for part in found.parts:
        for table in _tables(part):
            console.print(table)
    print_notes(_notes(found), console)


def _tables(part: Assessment) -> Iterator[Table]:
    yield score_table(part)
    if part.reliability is not None:
        yield bin_table(part)
    if any(row.bias is not None for row in part.by_trait):
        yield trait_table(part)
    if part.given_outcome:
        yield given_table(part)
    if part.hazard:
        yield hazard_table(part)


def _title(part: Assessment, what: str) -> str:
    return line(f"{what}: {part.what} of {part.role}")


def score_table(part: Assessment) -> Table:
    """Return one line for each score and place, with the skill over each baseline."""
    baselines = list(dict.fromkeys(name for row in part.scores for name in row.skills))
    table = new_table(
        "score",
        *right("n", "mean"),
        *(Column(f"skill over {line(name)}", justify="right") for name in baselines),
        title=_title(part, "Scores"),
    )
    for row in part.scores:
        skills = [_skill(row.skills.get(name)) for name in baselines]
        name = row.score if row.where == EVERYWHERE else f"{row.score}, {row.where}"
        table.add_row(name, f"{row.mean.n:,}", _mean(row.mean), *skills)
    return table


def _mean(found: Mean | None) -> str:
    return "–" if found is None or not found.n else _number(found.value) + ends(found.interval)


def _skill(found: Skill | None) -> str:
    if found is None or not found.n or found.value != found.value:
        return "–"
    return f"{found.value:.0%}{ends(found.interval, lambda end: f'{end:.0%}')}"


def bin_table(part: Assessment) -> Table:
    """Return the bias by bins of stated probability."""
    found = part.reliability
    rows = () if found is None else found.bins
    table = new_table(*right("stated", "came true", "cases", "bias"), title=_title(part, "By bin"))
    for each in rows:
        share = proportion_words(each.observed)
        bias = signed(each.bias.value, 2) + ends(each.bias.interval, _short)
        table.add_row(_short(each.stated), share, f"{each.observed.n:,}", bias)
    return table


def trait_table(part: Assessment) -> Table:
    """Return the bias by traits known beforehand; groups without a number are left to a note."""
    table = new_table(
        "trait",
        "people with",
        *right("people", "stated", "came true", "bias"),
        title=_title(part, "By what was known before"),
    )
    for row in part.by_trait:
        if row.bias is not None:
            table.add_row(
                line(row.trait), line(row.level), f"{row.persons:,}", _short(row.stated),
                _short(row.observed), signed(row.bias.value, 2) + ends(row.bias.interval, _short),
            )  # fmt: skip
    return table


def given_table(part: Assessment) -> Table:
    """Return what had been given to what happened, beside what a calibrated forecaster shows."""
    table = new_table(
        "came true",
        *right("times", "it was given", "a calibrated forecaster"),
        title=_title(part, "Given what happened"),
    )
    for row in part.given_outcome:
        told = (_short(row.stated), _short(row.if_calibrated))
        table.add_row(line(row.level), f"{row.n:,}", *told)
    return table


def hazard_table(part: Assessment) -> Table:
    """Return by turn who leaves of those who are there."""
    table = new_table(
        *right("turn", "there", "people leave", "stated", "bias"), title=_title(part, "Leaving")
    )
    for row in part.hazard:
        human, stated = proportion_words(row.human), _mean(row.stated)
        bias = signed(row.bias.value) + ends(row.bias.interval)
        table.add_row(str(row.turn), f"{row.human.n:,}", human, stated, bias)
    return table


def _notes(found: Calibration) -> Iterator[str]:
    yield (
        f"scores: lower is better; walked through were {_people(found)}; baselines are fitted to "
        "everybody on the select split, walked through or not; all numbers are of the report "
        "split; 95 % intervals by person"
    )
    yield (
        "skill: the share of the baseline's score that is saved at the same positions; 0 is no "
        "better, below 0 is worse"
    )
    texts = [part for part in found.parts if part.texts]
    if texts:
        yield (
            f"{ENERGY}: of at most {texts[0].texts} texts, of each method as many at a position, "
            "taken at random where it lists more; fair to lists of independent draws, and "
            "flattering to lists that avoid repetition: read it beside the plain one"
        )
        for part in texts:
            yield (
                f"nearest text of {part.role}: at a distance of {_mean(part.nearest)}; it "
                "describes, and ranks nothing, as a longer list has a nearer one"
            )
    if any(row.where == BEFORE for part in found.parts for row in part.scores):
        yield f"{BEFORE}: of {EVERYWHERE}, those in which nobody had named an amount yet"
    for part in found.parts:
        if (seen := part.reliability) is not None:
            d = seen.decomposition
            yield (
                f"{part.what} of {part.role}, Murphy's decomposition of the Brier score: "
                f"miscalibration {_number(d.miscalibration)} (by chance "
                f"{_number(d.miscalibration_by_chance)}) − discrimination "
                f"{_number(d.discrimination)} + uncertainty {_number(d.uncertainty)}; entropy of "
                f"the forecasts {_short(seen.sharpness.value)} nats, of what people do "
                f"{_short(seen.human_entropy)}"
            )
        yield from part.left_out
        yield from _small_groups(part.by_trait)
        if part.failed:
            yield f"{part.what} of {part.role}: {part.failed:,} forecasts could not be read"
    if any(part.given_outcome for part in found.parts):
        yield (
            "given what happened nobody looks unbiased, a perfect forecaster neither: read it only "
            "beside the last column (forecaster's dilemma)"
        )
    if found.agreement:
        yield f"ceiling of what can be forecast of acts: {found.agreement}"
    yield found.contamination_told
    yield from found.notes
    yield from (each.told for each in found.fitted)


def _people(found: Calibration) -> str:
    return ", ".join(f"{n:,} people on the {split} split" for split, n in found.people.items())


def _small_groups(rows: Sequence[TraitBias]) -> Iterator[str]:
    small = [f"{row.trait} {row.level} ({row.persons:,})" for row in rows if row.bias is None]
    if small:
        yield (
            f"no number for groups of fewer than {FEWEST_PERSONS} people, or {FEWEST_HUMANS} by a "
            f"protected attribute: {line(first_of(small))}"
        )
