"""What an SVG of matplotlib shows, without where: it is the same with any fonts and versions."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

NAMES = re.compile(r"(#[0-9a-f]{6})\b")


def structure(svg: str) -> str:
    """Return size, texts with their sizes, and how many marks of which colours an SVG has.

    Where something stands depends on what letters measure; what is there, does not.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # made by the test itself
    lines = [f"width {root.get('width')}"]
    marks: Counter[str] = Counter()
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        style = element.get("style") or ""
        if tag == "text":
            size = re.search(r"([\d.]+)px", style)
            bold = " bold" if "bold" in style or "700" in style else ""
            colour = NAMES.search(style)
            told = f" {colour[1]}" if colour else ""
            lines.append(f"{size[1] if size else '?'}{bold}{told}: {''.join(element.itertext())}")
        elif tag in ("path", "use") and style:
            colours = " ".join(dict.fromkeys(NAMES.findall(style)))
            dashed = " dashed" if "stroke-dasharray" in style else ""
            marks[f"{tag} {colours}{dashed}"] += 1
    return (
        "\n".join([*lines, *(f"{count} × {mark}" for mark, count in sorted(marks.items()))]) + "\n"
    )
