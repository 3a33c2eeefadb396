"""From text to numbers: diversity, language, readability, embeddings, near-duplicates."""
