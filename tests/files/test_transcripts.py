"""Files of dialogues that cannot be read are one line, which says why and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.files.transcripts import read_transcripts


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere.jsonl", "nowhere.jsonl: cannot be read: No such file or directory"),
        ("a.jsonl", "a.jsonl: cannot be read: it is not in UTF-8 (byte 0); save it so"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe{\x00")
    with pytest.raises(InputError) as caught:
        list(read_transcripts(tmp_path / name))
    assert str(caught.value) == str(tmp_path / why)
