"""The documentation site: `uv run --group docs python -m docs.site` builds it into build/site."""
