import re
from pathlib import Path

import pytest

from simulate.targets import read_target

PAGE = Path(__file__).parents[2] / "docs" / "targets.md"
FILES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_shows_every_kind() -> None:
    kinds = {match for text in FILES for match in re.findall(r"^kind: (\w+)$", text, re.MULTILINE)}
    assert kinds == {"http", "websocket", "python", "command", "model"}


@pytest.mark.parametrize("text", FILES)
def test_each_file_of_the_page_can_be_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "bot.yaml").write_text(text, "utf-8")
    read_target("bot.yaml", beside=tmp_path)
