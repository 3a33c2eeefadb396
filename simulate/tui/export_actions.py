"""Ways out of the terminal UI: files, and the clipboard."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App
from textual.strip import Strip

from simulate.errors import InputError, SimulateError
from simulate.tui.dialogue_data import read_transcript
from simulate.tui.exporting import (
    dialogue_markdown,
    free_path,
    without_remote_fonts,
    write_jsonl,
)
from simulate.tui.queries import RunView
from simulate.tui.screens.export import ExportMenu

__all__ = ["WaysOut"]


class WaysOut(App[int]):
    """An application whose views, dialogues and selections can be written to files."""

    view: RunView | None
    dialogue: int | None
    marks: set[int]

    def say(self, text: str, *, severity: Any = "information") -> None:
        """Say something in a corner of the screen, as plain text."""
        self.notify(text, severity=severity, markup=False)

    def refused(self, error: SimulateError) -> None:
        """Say why something cannot be done."""
        self.say(str(error), severity="error")

    def ask(
        self,
        kind: str,
        question: Callable[[RunView], Any],
        answer: Callable[[Any], None],
        failed: Callable[[SimulateError], None] | None = None,
    ) -> None:
        """Ask the open run something that takes long."""
        raise NotImplementedError

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

    def dialogue_markdown(self) -> str:
        """Return the open dialogue as Markdown.

        Raises:
            InputError: none is open.
        """
        if self.view is None or self.dialogue is None:
            raise InputError("no dialogue is open: choose one first")
        transcript = read_transcript(self.view, self.dialogue)
        if transcript is None:
            raise InputError(f"the run has no dialogue {self.dialogue}")
        return dialogue_markdown(transcript, self.view.path.name)

    def _write(self, stem: str, suffix: str, text: str) -> None:
        path = free_path(Path.cwd(), stem, suffix)
        if self.is_web:
            self.deliver_text(io.StringIO(text), save_filename=path.name)
            return
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from None
        self.say(f"Written: {path}")

    def _write_selection(self, stem: str) -> None:
        ids = self.selection()
        path = free_path(Path.cwd(), f"{stem}-selection", ".jsonl")

        def write(view: RunView) -> int:
            try:
                with path.open("w", encoding="utf-8") as out:
                    return write_jsonl(view, ids, out)
            except OSError as error:
                raise InputError(f"{path}: cannot be written: {error.strerror}") from None

        self.say(f"Writing {len(ids):,} dialogues …")
        self.ask("jsonl", write, lambda count: self.say(f"Written: {path} ({count:,} dialogues)"))

    def copied(self, text: str, what: str) -> None:
        """Put a text on the clipboard and say so."""
        self.copy_to_clipboard(text)
        self.say(f"Copied: {what}")
