"""Which speakers are somebody of their own."""

from __future__ import annotations

from collections.abc import Mapping

from simulate.scenario.speaker import Speaker
from simulate.scenario.speaker_population import SAME_PERSON, SpeakerPopulation


def first_user(speakers: Mapping[str, Speaker]) -> str | None:
    """Return the first speaker that plays user, whose persona is the dialogue's; None without."""
    return next((name for name, each in speakers.items() if each.plays == "user"), None)


def own_populations(speakers: Mapping[str, Speaker]) -> dict[str, SpeakerPopulation]:
    """Return the speakers that have a persona of their own, and who they are drawn from.

    That is each further user, unless it is to be the same person as the first, and each assistant
    that says so.
    """
    found, first = {}, first_user(speakers)
    for name, speaker in speakers.items():
        said = speaker.population
        if name == first or said == SAME_PERSON:
            continue
        if said is None and speaker.plays != "user":
            continue
        found[name] = (
            said if isinstance(said, SpeakerPopulation) else SpeakerPopulation(source=said)
        )
    return found


def check_speaker_populations(speakers: Mapping[str, Speaker]) -> None:
    """Refuse what cannot be meant by `population` of a speaker.

    Raises:
        ValueError: the message begins with the field.
    """
    first = first_user(speakers)
    if first is not None and speakers[first].population is not None:
        raise ValueError(
            f"speakers.{first}.population: the persona of the first user is from the "
            "scenario's population, and all chance hangs on it; name it there"
        )
    before: list[str] = []
    for name, own in own_populations(speakers).items():
        where = f"speakers.{name}.population"
        if own.beside is not None and own.beside != first:
            if own.beside not in before:
                raise ValueError(
                    f"{where}.with: must be the first user ({first}), or a speaker with a persona "
                    f"of its own that is listed before {name}, got {own.beside}"
                )
            crossed = [each for each, rule in own.match.items() if rule.rule == "crossed"]
            if crossed:
                raise ValueError(
                    f"{where}.match.{crossed[0]}: levels are crossed with those of the first user; "
                    "leave `with` out, or take same or different"
                )
        if own.beside is not None and not own.match:
            raise ValueError(f"{where}.with: nothing is matched; say what, as `match`")
        before.append(name)
