"""What can be done with the dialogue that is open, and the search that leads to the next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual import on
from textual.reactive import reactive
from textual.widgets import Input

from simulate.errors import InputError, SimulateError
from simulate.runfile import Turn
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.filter import Condition
from simulate.runfile.search import Found, parse_search, search
from simulate.terminal.safe_text import block, line
from simulate.tui.dialogue_data import calls_of
from simulate.tui.screens.page import Page
from simulate.tui.screens.persona_card import PersonaCard
from simulate.tui.screens.prompt import Prompt
from simulate.tui.widgets.line_table import LineTable
from simulate.tui.widgets.transcript_view import TranscriptView


class OneDialogue(Page):
    """The part of the page of dialogues that looks at one dialogue."""

    pane: reactive[str] = reactive("dialogues", init=False)
    ids: Sequence[int]
    _searched: Condition | None = None

    @property
    def table(self) -> LineTable[DialogueRow]:
        """The table of dialogues."""
        return self.query_one("#dialogues", LineTable)

    @property
    def transcript(self) -> TranscriptView:
        """The transcript."""
        return self.query_one(TranscriptView)

    def open_dialogue(self, dialogue: int, turn: int | None = None) -> None:
        """Open a dialogue and go to its transcript."""
        raise NotImplementedError

    def _titles(self) -> None:
        """Say what each pane shows."""

    def action_search(self) -> None:
        """Go to the search box."""
        box = self.query_one("#search", Input)
        box.display = True
        self.pane = "transcript"
        box.focus()

    def _end_search(self) -> None:
        self.query_one("#search").display = False
        self._searched = None
        self.transcript.mark(None)
        self.transcript.focus()

    @on(Input.Submitted, "#search")
    def _search_given(self, event: Input.Submitted) -> None:
        if not event.value:
            self._end_search()
            return
        try:
            self._searched = parse_search(event.value)
        except InputError as error:
            self.views.refused(error)
            return
        self.transcript.mark(re.compile(self._searched.value, re.IGNORECASE))
        self.transcript.focus()
        self._search_on(1, Found(self._here(), self.transcript.turn - 1))

    def _here(self) -> int:
        return -1 if self.views.dialogue is None else self.views.dialogue

    def action_search_next(self, step: int) -> None:
        """Go to the next turn that the search finds."""
        if self._searched is None:
            self.action_search()
            return
        self._search_on(step, Found(self._here(), self.transcript.turn))

    def _search_on(self, step: int, start: Found) -> None:
        condition, ids = self._searched, self.ids
        if condition is None:
            return

        def answer(found: Found | None) -> None:
            if found is None:
                self.views.say(f"Nothing found in {len(ids):,} dialogues: /{condition.value}/")
                return
            self.open_dialogue(found.dialogue, found.position)

        self.views.ask(
            "search", lambda own: search(own.reader, condition, ids, start, step), answer
        )

    def action_mark(self) -> None:
        """Mark the dialogue, or take its mark away."""
        number = self.views.dialogue
        if number is not None:
            self.views.marks ^= {number}
            self.table.forget()
            self._titles()

    def action_unmark(self) -> None:
        """Remove all marks."""
        self.views.marks.clear()
        self.table.forget()
        self._titles()

    def action_persona(self) -> None:
        """Show the card of this dialogue's persona."""
        view, transcript = self.views.view, self.transcript.transcript
        if view is None or transcript is None:
            self.views.say("No dialogue is open: choose one first.")
            return
        pid = transcript.row.persona
        try:
            others = view.reader.personas_of(transcript.row.id)
            who = (view.reader.persona(pid), view.dialogues_of(pid))
            card = PersonaCard(*who, view.outcomes, others)
        except SimulateError as error:
            self.views.refused(error)
            return
        self.app.push_screen(card)

    @on(TranscriptView.LookedBehind)
    def _look_behind(self, event: TranscriptView.LookedBehind) -> None:
        view, number = self.views.view, self.views.dialogue
        if view is None or number is None:
            return
        try:
            calls = calls_of(view, number, event.turn, event.outcome)
        except SimulateError as error:
            self.views.refused(error)
            return
        what = "unusable calls"
        if event.turn is not None:
            what = f"turn {event.turn}"
        elif event.outcome is not None:
            kind, _, name = event.outcome.rpartition(":")
            what = f"{kind or 'outcome'} {line(name)}"
        self.app.push_screen(Prompt(f"Dialogue {number} · {what} · prompt and raw text", calls))

    def action_copy(self) -> None:
        """Copy the turn under the cursor; elsewhere, the dialogue as Markdown."""
        item = self.transcript.current
        if self.pane == "transcript" and isinstance(item, Turn):
            self.views.copied(block(item.text), f"turn {item.index}")
            return
        try:
            text = self.views.dialogue_markdown()
        except SimulateError as error:
            self.views.refused(error)
            return
        self.views.copied(text, f"dialogue {self.views.dialogue} as Markdown")
