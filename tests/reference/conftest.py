from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of imported references, which is the test's own."""
    folder = tmp_path / "references"
    monkeypatch.setenv("SIMULATE_REFERENCES", str(folder))
    return folder
