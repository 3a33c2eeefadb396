"""Files of probability maps."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.reference.map_file import MOST_BYTES, read_map, write_map
from simulate.verbalized.probability_map import ProbabilityMap
from tests.verbalized.test_probability_map import HEATED


def test_a_map_is_written_once_and_read_again(tmp_path: Path) -> None:
    found, path = ProbabilityMap.model_validate(HEATED), tmp_path / "map.json"
    write_map(found, path)
    assert read_map(path) == found
    with pytest.raises(InputError, match=r"map\.json"):
        write_map(found, path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "it is not in UTF-8"),
        (b"[" * 100_000, "nested too deeply|not JSON"),
        (b" " * (MOST_BYTES + 1), "larger than 1,000,000 bytes"),
        (b"[]", "no probability map"),
    ],
)
def test_a_file_that_holds_no_map_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_map(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_map(tmp_path / "none.json")
