"""What the terminal UI writes to files: a view, a dialogue, a selection of dialogues."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.strip import Strip

from simulate.errors import InputError, SimulateError
from simulate.files.writing import text_written_aside
from simulate.runfile import export_jsonl
from simulate.runfile.run_view import RunView
from simulate.tui.run_app import RunApp
from simulate.tui.screens.export_menu import ExportMenu

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")


class ExportActions(RunApp):
    """An application whose views, dialogues and selections can be written to files."""

    def selection(self) -> list[int]:
        """Return the dialogues to write."""
        raise NotImplementedError

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Return the screen as an SVG that fetches nothing."""
        svg = super().export_screenshot(title=title or self.TITLE, simplify=simplify)
        return without_remote_fonts(svg)

    def export_text(self) -> str:
        """Return the screen as plain text."""
        update = self.screen._compositor.render_update(
            full=True, screen_stack=self._background_screens
        )
        rows: Sequence[Iterable[Strip]] = getattr(update, "strips", ())
        return "".join("".join(s.text for s in row).rstrip() + "\n" for row in rows)

    def action_export(self) -> None:
        """Choose what to write to a file."""
        self.push_screen(ExportMenu(len(self.marks)), self._export)

    def _export(self, what: str | None) -> None:
        """Write what was chosen."""
        if what is None:
            return
        stem = self.view.path.stem if self.view is not None else "simulate"
        try:
            if what == "svg":
                self._write(stem, ".svg", self.export_screenshot())
            elif what == "text":
                self._write(stem, ".txt", self.export_text())
            elif what == "markdown":
                self._write(f"{stem}-dialogue-{self.dialogue}", ".md", self.dialogue_markdown())
            elif what == "jsonl":
                self._write_selection(stem)
        except SimulateError as error:
            self.refused(error)

    def _write(self, stem: str, suffix: str, text: str) -> None:
        path = free_path(Path.cwd(), stem, suffix)
        if self.is_web:
            self.deliver_text(io.StringIO(text), save_filename=path.name)
            return
        with text_written_aside(path, force=False) as file:
            file.write(text)
        self.say(f"Written: {path}")

    def _write_selection(self, stem: str) -> None:
        ids = self.selection()
        path = free_path(Path.cwd(), f"{stem}-selection", ".jsonl")

        def write(view: RunView) -> int:
            with text_written_aside(path, force=False) as out:
                return export_jsonl(view.reader, out, ids)

        self.say(f"Writing {len(ids):,} dialogues …")
        self.ask("jsonl", write, lambda count: self.say(f"Written: {path} ({count:,} dialogues)"))


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """Return a name in a folder that no file has yet.

    Raises:
        InputError: all names are taken.
    """
    stem = re.sub(r"[^\w.-]+", "-", stem)
    for number in range(1, 10_000):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        if not os.path.lexists(path):
            return path
    raise InputError(f"{folder}: no free name for {stem}{suffix}; remove some of them")


def without_remote_fonts(svg: str) -> str:
    """Leave out the fonts that an SVG would fetch, so that looking at it calls nobody."""
    return _FONT_FACE.sub("", svg)
