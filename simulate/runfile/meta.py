"""What a run file says of its run as a whole: the table `meta`, key to JSON value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from simulate.files.validation import first_problem
from simulate.limits import LARGEST_COUNT, MOST_DIALOGUES
from simulate.runfile.corruption import StoredValueError, reading
from simulate.runfile.json_columns import load
from simulate.runfile.query import Queryable
from simulate.runfile.unwritten import UNWRITTEN

PROBED = "probed"
"""The key that says what targets answered before the run, at each invocation."""
UNANSWERED = "unanswered"
"""The key that says of which error the first dialogues with a target ended, before anybody was
answered; the run stopped then."""

Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


class _Budget(BaseModel):
    model_config = ConfigDict(strict=True)

    usd: float | None = Field(ge=0, allow_inf_nan=False)
    tokens: Count | None


class _FrozenText(BaseModel):
    model_config = ConfigDict(strict=True)

    sha256: str
    text: str


class _Shared(BaseModel):
    model_config = ConfigDict(strict=True)

    reason: str
    data: list[str]
    endpoints: list[str]


class _Authorised(BaseModel):
    model_config = ConfigDict(strict=True)

    text: str
    targets: list[str]


class _Shard(BaseModel):
    model_config = ConfigDict(strict=True)

    of: int = Field(ge=1, le=MOST_DIALOGUES)
    index: int = Field(ge=1)


class _Merged(BaseModel):
    model_config = ConfigDict(strict=True)

    of: int = Field(ge=1, le=MOST_DIALOGUES)
    shards: dict[str, str]
    continued: bool = False


class _Unanswered(BaseModel):
    model_config = ConfigDict(strict=True)

    cells: list[Count]


class _Given(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    files: list[Annotated[tuple[str, str, Count], Strict(False)]]
    left_out: list[Annotated[tuple[str, str, Count, Count], Strict(False)]]
    checks: dict[str, str]


class _Meta(BaseModel):
    """The keys that are read. An older file lacks some; a later version may write more."""

    model_config = ConfigDict(strict=True)

    run: str
    scenario: dict[str, Any]
    population: dict[str, Any] | None = None
    populations: dict[str, dict[str, Any]] = {}
    partners: dict[str, dict[str, Any]] = {}
    """How further speakers are drawn; of one without an entry in `populations`, from the first
    user's population."""
    created: str = ""
    versions: dict[str, str] = {}
    seed: int = 0
    n: Count = 0
    fingerprint: str = ""
    prompts: dict[str, str] = {}
    models: list[dict[str, str]] = []
    settings: list[dict[str, dict[str, Any]]] = []
    assignment: dict[str, Any] | None = None
    """How people were assigned to cells, where not everybody meets all."""
    frozen: _FrozenText | None = None
    """The frozen plan that the run is held to, as it stood in its file."""
    shared: _Shared | None = None
    """What people gave and endpoints elsewhere were sent; see `simulate.models.human_data`."""
    authorised: _Authorised | None = None
    """Who allows that users attack, and which targets outside; see `simulate.engine.authorised`."""
    given: _Given | None = None
    """What was given to a run whose dialogues are out of logs; see `given_dialogues.Given`."""
    map: dict[str, Any] | None = None
    """The probability map that replies were drawn through, as its file has it."""
    budget: _Budget | None = None
    shard: _Shard | None = None
    """Which part of a plan the file holds, where it does not hold all of it."""
    unwritten: list[Count] = []
    """How many dialogues of each cell are planned, and not on file yet."""
    merged: _Merged | None = None
    """Which shards it was put together from: index to the run's id; and whether another than
    `simulate merge` has written to it since."""
    explored: dict[str, dict[str, Annotated[tuple[Count, dict[str, Count]], Strict(False)]]] = {}
    """Dialogue to turn to the rollouts that are counted: how many of each candidate come before
    (the pilot), and how many are counted of which candidate."""
    unanswered: _Unanswered | None = None
    """Where the first dialogues with a target all ended in the same error of it."""
    probed: list[dict[str, Any]] = []
    failed_before: list[Annotated[tuple[Count, str, str, str], Strict(False)]] = []
    """See `FailedDialogue`."""


def read_meta(run: Queryable) -> dict[str, Any]:
    """Read the table `meta`.

    Raises:
        StoredValueError: a key is missing, or its value is not what it stands for.
    """
    found: dict[str, Any] = {}
    for key, value in run.rows("SELECT key, value FROM meta"):
        with reading("meta", key=key):
            if key in found:
                raise ValueError("the key stands there twice")
            found[key] = load(value)
    try:
        _Meta.model_validate(found)
    except ValidationError as error:
        raise StoredValueError(f"table meta: {first_problem(error)}") from None
    cells = int(next(run.rows("SELECT count(*) FROM cell"))[0])
    for key in ("models", "settings", UNWRITTEN):
        if key in found and len(found[key]) != cells:
            raise StoredValueError(
                f"table meta, key {key}: it is of {len(found[key]):,} cells, and the table cell "
                f"has {cells:,}"
            )
    dialogues = int(next(run.rows("SELECT count(*) FROM dialogue"))[0])
    dialogues += sum(found.get(UNWRITTEN, ()))
    if found.get("n", 0) > dialogues and "shard" not in found:
        raise StoredValueError(
            f"table meta, key n: it is {found['n']:,}, and the plan has {dialogues:,} dialogues"
        )
    return found


def shared_data_told(meta: Mapping[str, Any]) -> str | None:
    """Return who was sent what of people's data, and why; None where nobody was."""
    if (shared := meta.get("shared")) is None:
        return None
    whom, what = ", ".join(shared["endpoints"]), ", ".join(shared["data"])
    return f"{what}: sent to {whom}, for this reason: {shared['reason']}"


def attackers(meta: Mapping[str, Any]) -> list[str]:
    """Return the names of the populations whose users attack."""
    people = (meta.get("population") or {}, *populations_of_speakers(meta).values())
    # The shipped one had no header before.
    found = (p for p in people if p.get("adversarial") or p.get("population") == "adversarial")
    return list(dict.fromkeys(each["population"] for each in found))


def attack_told(meta: Mapping[str, Any]) -> str | None:
    """Return that users attack, what rates are of, and who allows it; None if they do not."""
    if not attackers(meta):
        return None
    told = (
        "The users attack, for an authorised test of one's own system: all rates are of such "
        "attempts. Stated probabilities are the model's, no prevalence of attackers."
    )
    said = (meta.get("authorised") or {}).get("text")
    return f"{told} Authorised: {said}" if said else told


def populations_of_speakers(meta: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the population of each speaker beside the first user that has a persona of its own."""
    own = meta.get("populations") or {}
    speakers = dict.fromkeys([*(meta.get("partners") or {}), *own])
    return {name: own.get(name) or meta["population"] for name in speakers}
