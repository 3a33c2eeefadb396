"""Write YAML that a person can read and review, and that is read back as what it was."""

from __future__ import annotations

import re
from typing import Any

from simulate.files.yaml_scalars import quoting

ODD_BREAKS = re.compile("[\\r\\x85\\u2028\\u2029]")
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What makes a text look like another one to whoever reviews the file."""


def yaml_text(data: Any) -> str:
    """Return plain data as YAML; texts of several lines stand as they are where YAML can keep them.

    Args:
        data: dicts, lists, texts, numbers, truth values and None.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """The safe dumper, with no aliases."""

        def ignore_aliases(self, data: Any) -> bool:
            """Write what stands twice in the data twice."""
            return True

        def write_double_quoted(self, text: str, split: bool = True) -> None:
            """Write a text with escapes; all beyond ASCII where bidi marks are in it."""
            self.allow_unicode = BIDI.search(text) is None
            super().write_double_quoted(text, split)
            self.allow_unicode = True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = None
        if ODD_BREAKS.search(value) or BIDI.search(value):
            style = '"'  # elsewhere they are folded, or read as another line break
        elif "\n" in value:
            style = "|"
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    quoting(Dumper)
    return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))
