"""Each recipe of docs/targets is played against the server of its vendor."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulate.errors import TargetError
from simulate.targets import Target, read_target
from tests.targets.recipes.dify import Dify
from tests.targets.recipes.direct_line import BYE, DirectLine
from tests.targets.recipes.vendor import CRASH, FOLDER, Vendor, answer_to, vendors
from tests.targets.talking import opened

VENDORS = vendors()
FIRST = 'Do you sell “green” tea? 🍵\n{{ 7 * 7 }}, "quoted" \\ & data: [DONE] %2F'
SECOND = "And what did I ask first?"


@pytest.fixture(params=VENDORS, ids=[vendor.recipe for vendor in VENDORS])
def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """Run each vendor's server, with the environment that its recipe names."""
    with request.param() as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def with_recipe(
    vendor: Vendor, do: Callable[[Target], Coroutine[Any, Any, Any]], path: Path | None = None
) -> Any:
    return opened(read_target(str(path or FOLDER / f"{vendor.recipe}.yaml")), do)


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


@pytest.mark.parametrize("vendor", [DirectLine], ids=["direct-line"], indirect=True)
def test_the_end_that_the_bot_sets_to_a_conversation_is_heard(vendor: Vendor) -> None:
    async def ends(target: Target) -> list[bool]:
        opened = await target.open("one")
        return [(await opened.reply(message)).ends for message in (FIRST, BYE)]

    assert with_recipe(vendor, ends) == [False, True]


@pytest.mark.parametrize("vendor", [Dify], ids=["dify"], indirect=True)
def test_without_the_conversation_that_is_captured_a_bot_forgets(
    vendor: Vendor, tmp_path: Path
) -> None:
    text = (FOLDER / "dify.yaml").read_text("utf-8")
    naive = tmp_path / "naive.yaml"
    naive.write_text(re.sub(r".*conversation.*\n", "", text), "utf-8")
    _, second = with_recipe(
        vendor, lambda target: talk(target, vendor, "one", FIRST, SECOND), naive
    )
    assert second == answer_to([SECOND])


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
def test_the_environment_is_explained_at_the_top_of_a_recipe(path: Path) -> None:
    text = path.read_text("utf-8")
    comment, _, rest = text.partition("kind:")
    assert yaml.safe_load(text)["kind"]
    assert set(re.findall(r"env\.(\w+)", rest)) <= set(re.findall(r"\b[A-Z_]{6,}\b", comment))
