"""What a finished run would have given under another rule, or in another population.

Nothing is asked of a model. Dialogues are weighed by how much likelier they would have been under
the rule (importance sampling; see `weights`), all of an outcome's own distribution counts, by its
stated weights (see `dialogues`), and personas are raked to a population (see `poststratification`).
Where too few dialogues carry the weight there is no number; see `simulate.statistics.importance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simulate.comparison.api import compared_outcome, no_export, one_run
from simulate.comparison.estimates import compare_samples
from simulate.comparison.mapped_outcomes import check_map, tuned_told
from simulate.comparison.reference_spec import load_reference
from simulate.comparison.reweighing.dialogues import WeighedDialogue, weighed_dialogues
from simulate.comparison.reweighing.event import Event, happens, read_event
from simulate.comparison.reweighing.poststratification import raking_to
from simulate.comparison.reweighing.result import WITHIN, Reweighed, ReweighedRow
from simulate.comparison.reweighing.rule import AS_STATED, TurnRule, turn_rule
from simulate.comparison.reweighing.target_population import TargetPopulation, target_population
from simulate.comparison.reweighing.weighed_sample import Recode, WeighedSample
from simulate.comparison.sample import Sample
from simulate.comparison.samples import choose_cells, declared_outcome, from_run
from simulate.comparison.settings import DRAWS, Settings
from simulate.engine.mapped_draws import mapped_speakers
from simulate.errors import StatisticsError, quote
from simulate.population import Population, load_population
from simulate.reference import Reference, Variable
from simulate.reference.map_file import read_map
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.importance import WeightedMean, weight_quality, weighted_mean
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.safe_text import counted
from simulate.verbalized.draw_settings import Draw
from simulate.verbalized.probability_map import LEAVING, REPLIES, ProbabilityMap

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell


def reweigh(
    run: str | Path | RunReader,
    *,
    draw: Draw | None = None,
    temper: float | None = None,
    below: float | None = None,
    probability_map: str | Path | ProbabilityMap | None = None,
    to: str | Path | Population | None = None,
    on: Sequence[str] = (),
    outcome: str | None = None,
    event: str | None = None,
    reference: str | Path | Reference | None = None,
    with_excluded: bool = False,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Reweighed:
    """Say what a run would have given under another draw rule or population, without a model call.

    Without any option, turns are weighed back to the stated probabilities; with a population alone,
    or a map of the outcome, they stay as they were drawn.

    Args:
        run: a run file, `RUN:CELL`, or an open `RunReader`.
        draw: the rule that picks a candidate of a user's turn: `probability`, `uniform` or `mode`.
        temper: draw from the stated probabilities raised to the power 1/temper; above 1 is flatter.
        below: draw only candidates whose probability is below it, in (0, 1].
        probability_map: a map, or its file, of how users reply or leave, or of the outcome.
        to: a population, its file or shipped name, to whose margins the personas are raked.
        on: attributes of personas that are raked, crossed with `*`, each with the numbers at which
            ranges begin after a colon: `sex`, `sex*party`, `age:30,50`; all by default that the
            population and the personas share.
        outcome: which outcome; by default the one that the scenario compares, or has alone.
        event: instead, what an outcome must be, such as `donation >= 2`.
        reference: what distances are to; by default what the scenario names.
        with_excluded: count the dialogues, too, that the scenario's `exclude` leaves out.
        draws: resamples of distances.
        confidence: of intervals.
        seed: of all random choices.

    Raises:
        StatisticsError: an option is out of its range, or in no cell a weight leads there.
        RunFileError: the run file cannot be read.
        PopulationError: the population cannot be used.
    """
    if on and to is None:
        raise StatisticsError(
            f"on {quote(on[0], 60)}: names what a population is raked by; give --to"
        )
    if event is not None and reference is not None:
        raise StatisticsError("an event has no distances to a reference: leave one of them out")
    mapped = probability_map
    if isinstance(mapped, str | Path):
        mapped = read_map(Path(mapped))
    rule = turn_rule(draw, temper, below, mapped)
    if rule is None and to is None and mapped is None:
        rule = AS_STATED
    settings = Settings(draws, confidence, seed, baselines="none")
    with ExitStack() as stack:
        source, cell = one_run(run, stack, "outcomes are re-weighed, and", with_excluded)
        source = no_export(source, "does not say how candidates were drawn")
        happening = None if event is None else read_event(event, source.scenario)
        if happening is not None and outcome not in (None, happening.outcome):
            raise StatisticsError(
                f"event {quote(str(event), 60)} is not of the outcome {outcome}; leave one out"
            )
        name = happening.outcome if happening else outcome or compared_outcome(source)
        assert name is not None  # noqa: S101  # `compared_outcome` names one, or raises
        if mapped is not None and mapped.what not in (REPLIES, LEAVING):
            check_map(mapped, source, name, choose_cells(source, cell))
        elif mapped is not None and rule is not None:
            rule = replace(rule, mapped=mapped_speakers(source.scenario, mapped))
        return _Reweighing(source, name, rule, mapped, happening, settings).result(
            cell, to, on, reference
        )


@dataclass(frozen=True)
class _Reweighing:
    """One outcome of a run under one rule."""

    run: RunReader
    outcome: str
    rule: TurnRule | None
    map: ProbabilityMap | None
    event: Event | None
    settings: Settings

    def result(
        self,
        asked: str | None,
        to: str | Path | Population | None,
        on: Sequence[str],
        reference: str | Path | Reference | None,
    ) -> Reweighed:
        run = self.run
        cells = choose_cells(run, asked)
        against = self._reference(reference)
        variable = against.variable if against else self._variable
        as_drawn = from_run(run, self.outcome, variable, cell=asked)
        rules: dict[str, TurnRule | None] = {"rule": self.rule}
        if self.rule is not None and self.rule.words != AS_STATED.words:
            rules["stated"] = AS_STATED
        of_outcome = self.map if self.map and self.map.what == self.outcome else None
        dialogues = weighed_dialogues(run, self.outcome, rules, of_outcome)
        target = None if to is None else self._target(to, on)
        rows = tuple(
            self._row(cell, dialogues[cell.index], drawn, variable, target)
            for cell, drawn in zip(cells, as_drawn, strict=True)
        )
        if all(row.quality.effective_n is None for row in rows):
            told = "; ".join(dict.fromkeys(f"{row.name}: {row.refused}" for row in rows))
            raise StatisticsError(f"{run.path}: {told}")
        if against is not None:
            rows = self._with_distances(rows, against)
        notes = [WITHIN] if target else []
        if target and against:
            notes.append("distances, and their intervals, take the raked weights as known")
        if self.map is not None:
            notes.append(tuned_told(self.map, by_run=False) if against else self.map.told)
        return Reweighed(
            outcome=self.event.words if self.event else self.outcome,
            variable=variable,
            event=self.event.words if self.event else None,
            rule=self.rule.words if self.rule else "as drawn",
            map=self.map.told if self.map else None,
            population=target.words if target else None,
            reference=against.name if against else None,
            rows=rows,
            notes=tuple(notes),
            confidence=self.settings.confidence,
        )

    @property
    def _variable(self) -> Variable:
        return Variable.of_outcome(self.outcome, declared_outcome(self.run, self.outcome))

    def _reference(self, given: str | Path | Reference | None) -> Reference | None:
        spec = given or self.run.scenario.compare.get(self.outcome)
        if spec is None or self.event is not None:
            return None
        if isinstance(spec, Reference):
            return spec
        return load_reference(str(spec), self.outcome, variable=self._variable)

    def _target(self, to: str | Path | Population, on: Sequence[str]) -> TargetPopulation:
        population = to if isinstance(to, Population) else load_population(to)
        people = [persona.attributes for persona in self.run.personas.values()]
        return target_population(population, people, on)

    def _misfit(self, cell: Cell) -> str | None:
        """Return why the map is not for how users of a cell reply; None where it is."""
        if self.rule is None or self.rule.map is None:
            return None
        models = self.run.meta.get("models") or [{} for _ in self.run.cells]
        of_cell = models[cell.index]
        fits = (
            self.rule.map.misfit(
                of_cell.get(name, "a model that is not on file"), cell.speakers[name].method.name
            )
            for name in self.rule.mapped
        )
        return next((why for why in fits if why is not None), None)

    def _row(
        self,
        cell: Cell,
        dialogues: Mapping[str, Sequence[WeighedDialogue]],
        drawn: Sample,
        variable: Variable,
        target: TargetPopulation | None,
    ) -> ReweighedRow:
        root, notes = self.run.root, list(drawn.notes)
        if any(each.row.decides for each in dialogues["rule"]):
            notes.append("only drawn values count, as dialogues are left out by them")
        weighed = WeighedSample.of(drawn, dialogues["rule"], variable, root)
        weighed = replace(weighed, without_weight=self._misfit(cell) or weighed.without_weight)
        if target is not None and weighed.sample.n:
            ids = [dialogues["rule"][place].row.persona for place in weighed.sample.places]
            try:
                raking = raking_to(target, [self.run.persona(pid).attributes for pid in ids])
            except StatisticsError as error:
                weighed = replace(weighed, without_weight=weighed.without_weight or str(error))
            else:
                weighed = weighed.raked(raking)
                if raking.outside:
                    notes.append(
                        f"{counted(raking.outside, 'dialogue')} of personas in no group of "
                        f"{target.name} count nothing"
                    )
        mean, shares = self._estimate(weighed, variable)
        stated = None
        if "stated" in dialogues:
            stated = WeighedSample.of(drawn, dialogues["stated"], variable, root)
        return ReweighedRow(
            sample=weighed.sample,
            mean=mean,
            shares=shares,
            drawn=self._as_drawn(drawn, variable),
            stated=None if stated is None else self._estimate(stated, variable)[0],
            unreached=weighed.unreached,
            notes=tuple(notes),
        )

    def _estimate(
        self, weighed: WeighedSample, variable: Variable
    ) -> tuple[WeightedMean, Mapping[str, tuple[float, Interval | None]]]:
        settings = self.settings
        return weighed.estimate(variable, self._event(variable), settings.confidence, settings.seed)

    def _event(self, variable: Variable) -> Recode | None:
        if self.event is None:
            return None
        return partial(happens, self.event, variable, self.run.scenario)

    def _as_drawn(self, drawn: Sample, variable: Variable) -> tuple[float | None, Interval | None]:
        """Return mean and interval of the turns as they were drawn."""
        event = self._event(variable)
        if event is None or not drawn.n:
            return drawn.mean_with_interval(variable, self.settings.confidence)
        rows = drawn.rows.recoded(event(drawn.rows.values))
        quality = replace(weight_quality(rows), refused=None)
        found = weighted_mean(rows, self.settings.confidence, share=True, quality=quality)
        return found.value, found.interval if quality.size >= FEWEST_PERSONAS else None

    def _with_distances(
        self, rows: Sequence[ReweighedRow], against: Reference
    ) -> tuple[ReweighedRow, ...]:
        """Return rows with their distances to the reference, but for those that are refused."""
        samples = [row.sample for row in rows if row.refused is None]
        if not samples:
            return tuple(rows)
        compared = compare_samples(samples, against, outcome=self.outcome, settings=self.settings)
        found = {row.name: row.distances for row in compared.samples}
        return tuple(
            row if row.refused else replace(row, distances=found[row.name]) for row in rows
        )
