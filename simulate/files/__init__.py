"""Files as data: YAML, templates in their sandbox, patterns, and the files that ship."""
