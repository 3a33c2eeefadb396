"""What the built pages point at: all of it must be in the site, and nothing be loaded from outside.

The builder looks at links between pages only; here every address of the finished HTML counts.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """The ids of a page and what it points at, each with whether it is loaded with the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what one tag says."""
        values = {key: value or "" for key, value in attrs}
        self.ids |= {values.get("id", ""), values.get("name", "")}
        if tag == "a" and "href" in values:
            self.addresses.append((values["href"], False))
        elif tag in LOADED and LOADED[tag] in values and values.get("rel") != "canonical":
            self.addresses.append((values[LOADED[tag]], True))


def faults(site: Path) -> list[str]:
    """Return a line for each address that leads nowhere, and for each that loads from outside."""
    pages = {path: _Page(path.read_text("utf-8")) for path in site.rglob("*.html")}
    said = []
    for path, page in pages.items():
        for address, loaded in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                if loaded and parts.scheme != "data":
                    said.append(f"{path.relative_to(site)} loads {address} from outside")
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if there.is_dir():
                there /= "index.html"
            if path.name == "404.html" or (there.suffix != ".html" and there.is_file()):
                continue
            if there not in pages or (parts.fragment and parts.fragment not in pages[there].ids):
                said.append(f"{path.relative_to(site)} points at {address}, which is not there")
    return sorted(set(said))
