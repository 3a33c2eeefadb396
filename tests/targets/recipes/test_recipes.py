"""Each recipe of docs/targets is played against the server of its vendor."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import yaml

from simulate.errors import TargetError
from simulate.targets import Target, open_target, read_target
from tests.targets.recipes.vendor import CRASH, FOLDER, Vendor, answer_to, vendors

VENDORS = vendors()
FIRST, SECOND = "Do you sell “green” tea? 🍵", "And what did I ask first?"


@pytest.fixture(params=VENDORS, ids=[vendor.recipe for vendor in VENDORS])
def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Run each vendor's server, with the environment that its recipe names."""
    with request.param() as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def with_recipe(vendor: Vendor, do: Callable[[Target], Coroutine[Any, Any, Any]]) -> Any:
    async def opened() -> Any:
        target = open_target(read_target(str(FOLDER / f"{vendor.recipe}.yaml")))
        try:
            return await do(target)
        finally:
            await target.aclose()

    return asyncio.run(opened())


async def talk(target: Target, vendor: Vendor, session: str, *messages: str) -> list[str]:
    opened = await target.open(session)
    try:
        if vendor.greeting:
            assert (await opened.greeting()).text == vendor.greeting
        return [(await opened.reply(message)).text for message in messages]
    finally:
        await opened.aclose()


def lines(*texts: str) -> list[str]:
    return [line for text in texts for line in text.splitlines() if line]


def test_two_turns_come_as_the_bot_said_them_and_it_remembers(vendor: Vendor) -> None:
    first, second = with_recipe(vendor, lambda target: talk(target, vendor, "one", FIRST, SECOND))
    assert lines(first) == lines(answer_to([FIRST]), *vendor.told)
    said = lines(answer_to([FIRST, SECOND]))
    assert lines(second) in (said, [*said, *vendor.told])


def test_two_sessions_at_once_hear_their_own_conversations(vendor: Vendor) -> None:
    async def both(target: Target) -> Any:
        return await asyncio.gather(
            *(talk(target, vendor, name, f"I am {name}.", SECOND) for name in ("Ann", "Bob"))
        )

    for name, (_, second) in zip(("Ann", "Bob"), with_recipe(vendor, both), strict=True):
        assert answer_to([f"I am {name}.", SECOND]) in second


def test_the_error_of_the_vendor_is_quoted_in_one_line(vendor: Vendor) -> None:
    with pytest.raises(TargetError) as caught:
        with_recipe(vendor, lambda target: talk(target, vendor, "one", CRASH))
    text = str(caught.value)
    assert vendor.error in text
    assert "\n" not in text
    assert vendor.key not in text


def test_a_wrong_key_is_refused_in_one_line(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name, value in vendor.environment().items() if value == vendor.key]
    for name in names:
        monkeypatch.setenv(name, "some-other-key")
    if names:
        with pytest.raises(TargetError, match=r"^target .* HTTP 40[0-3] "):
            with_recipe(vendor, lambda target: talk(target, vendor, "one", FIRST))


def test_each_recipe_has_a_vendor_and_stands_in_the_table_of_the_page() -> None:
    page = (FOLDER.parent / "targets.md").read_text("utf-8")
    rows = re.findall(r"\[([\w-]+)\.yaml\]\(targets/\1\.yaml\) \| (\d+) \|", page)
    texts = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.yaml")}
    assert set(texts) == {vendor.recipe for vendor in VENDORS}
    assert dict(rows) == {
        name: str(len([line for line in text.splitlines() if line and line[0] != "#"]))
        for name, text in texts.items()
    }


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_environment_is_explained_at_the_top_of_a_recipe(path: Any) -> None:
    text = path.read_text("utf-8")
    comment, _, rest = text.partition("kind:")
    assert yaml.safe_load(text)["kind"]
    assert set(re.findall(r"env\.(\w+)", rest)) <= set(re.findall(r"\b[A-Z_]{6,}\b", comment))
