"""Go on with a run whose target answered nobody, when its file is mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulate.engine.plan import Plan
from simulate.runfile import Header, RunReader, RunWriter
from simulate.runfile.json_columns import dump
from simulate.runfile.meta import UNANSWERED
from simulate.runfile.statements import META
from simulate.runfile.totals import anybody_answered
from simulate.scenario import Cell
from simulate.targets import TargetBase

SAID = ("scenario", "fingerprint", "models", "settings")
"""The facts about a run that say of its targets what they are."""


def may_be_mended(file: RunReader, plan: Plan) -> bool:
    """Tell whether a run may go on with other targets, since those that differ answered nobody.

    So it was stopped by its first dialogues. A shard stays with the plan that it is a part of.
    """
    cells = file.meta.get(UNANSWERED, {}).get("cells", ())
    if not cells or plan.shard is not None or len(file.cells) != len(plan.cells):
        return False
    pairs = [p for p in zip(file.cells, plan.cells, strict=True) if p[0].index not in cells]
    same = all(_targets(there) == _targets(here) for there, here in pairs)
    return same and not anybody_answered(file, cells)


async def note_mended(writer: RunWriter, header: Header) -> None:
    """Commit what the targets are now."""
    meta = header.meta
    await writer.commit([(META, (key, dump(meta[key]))) for key in SAID if key in meta])


def but_targets(meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a run file says of its run, without what it says of targets."""
    speakers = meta["scenario"]["speakers"]
    names = {name for name, each in speakers.items() if each.get("plays") == "target"}
    cells = {
        key: [{who: said for who, said in cell.items() if who not in names} for cell in meta[key]]
        for key in ("models", "settings")
        if key in meta
    }
    return {**meta, **cells, "scenario": _but_targets(meta["scenario"])}


def _but_targets(scenario: Any) -> Any:
    """Return a scenario without the targets of its speakers, those of single cells included."""
    if not isinstance(scenario, Mapping):
        return scenario
    return {
        key: {name: {**said, "target": None} for name, said in value.items()}
        if key == "speakers"
        else _but_targets(value)
        for key, value in scenario.items()
    }


def _targets(cell: Cell) -> list[Any]:
    given = [speaker.target for speaker in cell.speakers.values()]
    return [each.model_dump() if isinstance(each, TargetBase) else each for each in given]
