"""Lay out the pages of the site: docs/, and the files of the repository that pages link.

In the repository a page links a file where it stands, so that links work on the forge too. In the
site a file outside docs/ becomes a page of its own, below `files/`.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from docs.site import cli_reference, python_reference, yaml_reference

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SHOWN = ("png", "svg", "css", "js")
FIRST = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")
MADE = {
    DOCS / "reference" / "cli.md": cli_reference.page,
    DOCS / "reference" / "yaml.md": yaml_reference.page,
    DOCS / "reference" / "python.md": python_reference.page,
}
"""Pages that are made from the source, and what makes them."""

_LINK = re.compile(r"(?<=\]\()([^)\s:#]+)(#[^)\s]*)?(?=\))")
_BARE = re.compile(r"\[[^\]\s]+\.md\](?=\(([^)\s:#]+\.md))")
"""A link that is named like its file, as the forge shows it."""
_FOR_TESTS = re.compile(r'^(```\w+) title="Not run by the tests: [^"]*"', re.MULTILINE)
_FENCED = re.compile(r"^(```.*?^```)", re.DOTALL | re.MULTILINE)
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".json": "json", ".jinja": "jinja", ".R": "r"}


def page_of(file: Path) -> Path:
    """Return where in the site a file of the repository stands, relative to the site's root."""
    inside = file.is_relative_to(DOCS)
    path = file.relative_to(DOCS) if inside else "files" / file.relative_to(ROOT)
    if file.is_dir():
        return path / "index.md"
    if path.name == "README.md":
        return path.with_name("index.md")
    return path if inside or path.suffix == ".md" else path.with_name(f"{path.name}.md")


def _title(file: Path) -> str:
    """Return the heading of a page; its name where it has none."""
    found = re.search(r"^# (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return found[1] if found else file.name


def linked(text: str, file: Path) -> tuple[str, set[Path]]:
    """Return a page of the repository with links as the site has them, and the files it links.

    Raises ValueError for a link to what is not there.
    """
    found: set[Path] = set()

    def in_site(match: re.Match[str]) -> str:
        target = ((file if file.is_dir() else file.parent) / match[1]).resolve()
        if target not in MADE:
            if not target.exists():
                raise ValueError(f"{file.relative_to(ROOT)} links {match[1]}, which is not there")
            found.add(target)
        way = os.path.relpath(page_of(target), page_of(file).parent)
        return Path(way).as_posix() + (match[2] or "")

    def named(match: re.Match[str]) -> str:
        target = file.parent / match[1]
        return f"[{_title(target)}]" if target.is_file() else match[0]

    parts = _FENCED.split(text)
    for at, part in enumerate(parts):
        if part.startswith("```"):
            parts[at] = _FOR_TESTS.sub(r"\1", part)
        else:
            parts[at] = _LINK.sub(in_site, _BARE.sub(named, part))
    return "".join(parts), found


def _as_page(file: Path) -> str:
    """Return a source file as a page that shows it, a folder as one that lists its files."""
    name = file.relative_to(ROOT).as_posix()
    if file.is_dir():
        inside = sorted(p.relative_to(file).as_posix() for p in file.rglob("*") if p.is_file())
        return f"# {name}\n\n" + "\n".join(f"- [{each}]({each})" for each in inside) + "\n"
    text = file.read_text("utf-8").rstrip()
    fence = "````" if "```" in text else "```"
    return f"# {name}\n\n{fence}{_LANGUAGES.get(file.suffix, 'text')}\n{text}\n{fence}\n"


def lay_out(to: Path) -> None:
    """Write all pages, and what they show, into a folder, which is emptied first."""
    shutil.rmtree(to, ignore_errors=True)
    waiting = {path for kind in ("md", *SHOWN) for path in DOCS.rglob(f"*.{kind}")}
    waiting.update(ROOT / name for name in FIRST)
    done: set[Path] = set()
    while waiting:
        file = waiting.pop()
        done.add(file)
        place = to / page_of(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.is_relative_to(DOCS) and file.suffix[1:] in SHOWN:
            shutil.copyfile(file, place)
            continue
        said = file.read_text("utf-8") if file.suffix == ".md" else _as_page(file)
        text, found = linked(said, file)
        waiting |= found - done
        place.write_text(text, "utf-8")
    for made, page in MADE.items():
        (to / page_of(made)).write_text(page(), "utf-8")
