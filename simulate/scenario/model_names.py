"""Models as a scenario names them: it is only data, perhaps a stranger's, and holds no secret."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from simulate.errors import ModelSpecError
from simulate.files.paths import leads_elsewhere
from simulate.models import ModelSettings, ModelSpec, holds_secret
from simulate.models.named import checked_name


def harmless(spec: str) -> str:
    """Return a model SPEC that a scenario may hold.

    Raises:
        ValueError: it holds a secret, names a file elsewhere, or is none.
    """
    if holds_secret(spec):
        raise ValueError(
            "a model here must have no password or key in its URL: the scenario is stored in every "
            "run file and handed on; give the SPEC by SIMULATE_MODEL, or the key by OPENAI_API_KEY"
        )
    try:
        file = ModelSpec.parse(spec).file or ""
    except ModelSpecError as error:
        raise ValueError(str(error)) from None
    if leads_elsewhere(file):
        raise ValueError(
            "a model here may name only a file in the folder of the run, or below it; name it on "
            "the command line"
        )
    return spec


def _sends_no_secret(settings: ModelSettings) -> ModelSettings:
    named = sorted(settings.variables)
    if named or settings.ca_bundle is not None:
        what = f"the environment variable {named[0]}" if named else "a file of this machine"
        raise ValueError(
            f"names {what}, and a scenario is only data, perhaps a stranger's: put this model into "
            "a models file (docs/models.md)"
        )
    return settings


ModelName = Annotated[str, AfterValidator(harmless)]
OfferedName = Annotated[str, AfterValidator(checked_name)]
OfferedModel = Annotated[ModelSettings, AfterValidator(_sends_no_secret)]
"""A model that a scenario gives a name; see `simulate.models.named`."""
