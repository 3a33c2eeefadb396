"""What a model writes of somebody who acts is nothing that was said in a chat."""

import pytest

from simulate.errors import ParseError
from simulate.verbalized.parse import parse_reply
from simulate.verbalized.stage_directions import without_directions
from tests.yardstick import within

SURE = [
    "*smiles* Sure.",
    "(pauses) Sure.",
    "[sighs] Sure.",
    "_nods slowly_ Sure.",
    "Sure. *shrugs*",
    "Sure. (laughing)",
    "*sigh* Sure.",
    "*nods and smiles warmly* Sure.",
    "*slowly shakes her head* Sure.",
    "(clears throat) Sure.",
    "(a long pause) Sure.",
    "[Pause] Sure.",
    "*thinks for a moment* Sure.",
    "*leans back in his chair*\n\nSure.",
    "*checks phone*, Sure.",
    "*smiles* *waves* Sure.",
    "(Hesitates.) Sure.",
    "*cries* Sure. *takes a deep breath*.",
    "*waves* “Sure.”",
]

SAID = [
    "*really* good",
    "*Always* be kind.",
    "He always *smiles*",
    "**smiles** all around",
    "*smiles* are free",
    "*types of charity* differ",
    "*kids in need* deserve it",
    "*cheers*",
    "*hugs*",
    "I had a dog (laughing) once",
    "Ok (lol)",
    "(lol) ok",
    "(smile)",
    "(I laugh a lot) ok",
    "(crying for help) is what they do",
    "ok (thinking about it)",
    "* one\n* two",
    "a * b * c",
    "snake_case_name",
    "[1] a source",
    "[link](https://a.b)",
    "¯\\_(ツ)_/¯",
    ":( :) (: (; ^_^ *_* <3",
    "- [ ] nods\n- [x] smiles",
    "f(nods) = 1",
]


@pytest.mark.parametrize("text", SURE)
def test_a_direction_is_taken_off(text: str) -> None:
    candidate, parse = parse_reply(text)
    assert (candidate.text, parse) == ("Sure.", "repaired")


def test_what_stands_around_a_direction_stays_as_it_was_written() -> None:
    text = "Well. *shrugs* I  might.\n\n(sighs)\n\nNo."
    assert without_directions(text) == "Well. I  might.\n\nNo."


@pytest.mark.parametrize("text", SAID)
def test_emphasis_asides_emoticons_lists_and_code_stay(text: str) -> None:
    candidate, parse = parse_reply(text)
    assert (candidate.text, parse) == (text, "clean")


@pytest.mark.parametrize("text", ["*shrugs*", "(silence)", "[nods]."])
def test_a_direction_alone_says_nothing(text: str) -> None:
    with pytest.raises(ParseError, match="empty"):
        parse_reply(text)


@pytest.mark.parametrize("noise", ["*a", "(a", "*smiles* ", "* ", "_", "(smiles)", "[a ]", ". ("])
def test_noise_is_read_in_linear_time(noise: str) -> None:
    with within(80):
        without_directions(noise * (200_000 // len(noise)))
