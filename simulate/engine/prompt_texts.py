"""The shipped prompts that the cells of a scenario use, as texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from simulate.engine.examiner import Examiner
from simulate.scenario import Cell, Scenario
from simulate.scenario.frame import frame_template
from simulate.scenario.layout import judge_template
from simulate.scenario.turn_order import WHO_NEXT, calling, turns_template
from simulate.verbalized.prompts import shipped
from simulate.verbalized.spec import template_of


def prompt_texts(
    scenario: Scenario, cells: Sequence[Cell], examiner: Examiner | None = None
) -> dict[str, str]:
    """Return the templates of the prompts that cells use, by name.

    The name of one that is not of the scenario's own version of the prompts says of which it is.

    Raises:
        InputError: a version of the prompts has none for a method.
    """
    found: dict[str, str] = {}
    for version in sorted({cell.prompt_version for cell in cells}):
        there = [cell for cell in cells if cell.prompt_version == version]
        asked = [outcome for outcome in scenario.outcomes.values() if outcome.asked]
        methods = [s.method for cell in there for s in cell.speakers.values()]
        methods += [cell.method_of(outcome) for cell in there for outcome in asked]
        names = {each.name for method in methods for each in method.asking}
        texts = {name: template_of(name, version) for name in sorted(names)}
        texts |= {"again": shipped("again", version), "judge": judge_template(version)}
        if examiner is not None:
            texts |= examiner.prompts(version)
        if scenario.turns.order != "round-robin":
            texts["turns"] = "\n".join((turns_template(), WHO_NEXT, calling("", "")))
        if version > 1:
            texts |= {"shared": shipped("shared", version), "frame": frame_template()}
        mark = "" if version == scenario.prompt_version else f" (version {version})"
        found |= {f"{name}{mark}": text for name, text in texts.items()}
    return found


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal digits: the version of a prompt, and more."""
    # What no file can hold is told by the run file, which names it.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
