"""How turns and outcomes are laid out as lines: text and style, nothing of the screen."""

from __future__ import annotations

import math
import re

from rich.cells import cell_len

from simulate.runfile import CheckVerdict, OutcomeValue, Turn
from simulate.runfile.call_sums import CallSums
from simulate.terminal.bars import bar
from simulate.terminal.safe_text import beginning, counted, line, shortened
from simulate.tui.dialogue_data import Transcript, outcome_draw
from simulate.tui.widgets.cells import fitted, wrapped
from simulate.verbalized import RecordedDraw

Item = Turn | OutcomeValue | CheckVerdict | str
Piece = tuple[str, str]
"""Text and component class (empty for the base style)."""

SIGNS = {"pass": "✓ ", "fail": "✗ ", "abstain": "? ", "error": "! "}
ROOMY = 64
"""Width from which users' turns are set in from the left."""


class ChatLayout:
    """Lays out the items of a dialogue as lines.

    Args:
        transcript: the dialogue; None where there is none, and so only remarks.

    Attributes:
        matching: what a search looks for, or None.
    """

    def __init__(self, transcript: Transcript | None = None) -> None:
        self.transcript = transcript
        self.matching: re.Pattern[str] | None = None

    def item(self, item: Item, width: int, selected: bool, open_: bool) -> list[list[Piece]]:
        """Lay out one item.

        Args:
            item: a turn, an outcome, a verdict, or a remark.
            width: in cells.
            selected: whether the cursor is on it.
            open_: whether it shows its candidates and what it took.
        """
        if isinstance(item, str):
            return [[(" " + text, "failure")] for text in wrapped(item, width - 2)]
        assert self.transcript is not None  # noqa: S101
        match item:
            case Turn():
                return self._turn(self.transcript, item, width, open_, selected)
            case OutcomeValue():
                return self._outcome(self.transcript, item, width, open_, selected)
            case CheckVerdict():
                return self._check(self.transcript, item, width, open_, selected)

    def _turn(
        self, transcript: Transcript, turn: Turn, width: int, open_: bool, selected: bool
    ) -> list[list[Piece]]:
        plays, found_in = transcript.plays(turn), turn.distribution
        user = plays == "user"
        margin = width // 8 if width >= ROOMY else 0
        indent = " " * (margin if user else 0)
        edge = ("┃ " if selected else "│ ", "user" if user else "assistant")
        room = width - len(indent) - 3 - (0 if user else margin)
        head: list[Piece] = [
            (f"{indent} ", ""),
            (line(turn.speaker), "name user" if user else "name assistant"),
            (f"  turn {turn.index}", "meta"),
        ]
        head += [
            (f" · {line(p.what)}: {shortened(p.candidate.text, width)}", "meta") for p in turn.picks
        ]
        if found_in is not None and not (turn.picks and len(found_in) == 1):
            size = f"{found_in.effective_size():.1f}"
            head.append((f" · drawn from {len(found_in)}, effective size {size}", "meta"))
        if turn.parse == "repaired":
            head.append((" · repaired", "failure"))
        if turn.below is not None:
            head.append((f" · from the tail below {turn.below:g}", "meta"))
        if turn.draw is not None and (mark := turn.draw.candidate.tail_mark(turn.threshold)):
            head.append((mark, "failure"))
        if turn.latency_s is not None:
            head.append((f" · {turn.latency_s:.1f} s", "meta"))
        if turn.ends:
            head.append((" · ends the dialogue", "meta"))
        found = [self._clipped(head, width)]
        lead = [(f"{indent} ", ""), edge]
        for part in turn.parts:
            if isinstance(part, str):
                texts = wrapped(beginning(part), room)
                found += [[*lead, *self._marked(text)] for text in texts]
                continue
            style = "meta" if part.error is None else "failure"
            call = beginning(part.told.replace("\n", "⏎"))
            found += [[*lead, (text, style)] for text in wrapped(call, room)]
        if not open_:
            return found
        facts = [transcript.method(turn)] if plays != "target" else ["target"]
        if found_in is not None and (entropy := turn.entropy) is not None:
            of = "" if turn.picks else f" of {len(found_in)}"
            facts.append(f"entropy {entropy:.2f} nats")
            facts.append(f"effective size {math.exp(entropy):.1f}{of}")
        if turn.parse is not None:
            facts.append(turn.parse)
        found += self._facts(facts, transcript.took_for(turn), lead, room)
        for draw in turn.picks:
            below = turn.threshold_of(draw)
            found += self._candidates(draw, lead, width - len(indent) - 4, line(draw.what), below)
        found += self._candidates(turn.draw, lead, width - len(indent) - 4, below=turn.threshold)
        return found

    def _outcome(
        self,
        transcript: Transcript,
        item: OutcomeValue,
        width: int,
        open_: bool,
        selected: bool,
    ) -> list[list[Piece]]:
        edge = ("┃ " if selected else "│ ", "outcome")
        head: list[Piece] = [
            (" ", ""),
            ("outcome ", "meta"),
            (line(item.name), "name outcome"),
            (" is ", "meta"),
            (shortened(transcript.shown(item), width), "drawn"),
        ]
        if item.parse == "repaired":
            head.append((" · repaired", "failure"))
        found = [self._clipped(head, width)]
        if open_:
            lead = [(" ", ""), edge]
            facts: list[str] = [item.parse] if item.parse else []
            found += self._facts(facts, transcript.took_for(item), lead, width - 4)
            for draw in item.picks:
                found += self._candidates(draw, lead, width - 4, line(draw.what))
            found += self._candidates(outcome_draw(item), lead, width - 4)
        return found

    def _check(
        self,
        transcript: Transcript,
        said: CheckVerdict,
        width: int,
        open_: bool,
        selected: bool,
    ) -> list[list[Piece]]:
        style = "failure" if said.verdict in ("fail", "error") else "outcome"
        head: list[Piece] = [
            (" ", ""),
            ("check ", "meta"),
            ((SIGNS[said.verdict] if said.applied else "– ") + line(said.check), f"name {style}"),
            ("" if said.applied else " · did not apply", "meta"),
            ("" if said.attributed_to == "target" else " · of the simulated user", "meta"),
        ]
        if said.probability is not None:
            head.append((f" · fails with probability {said.probability:.2f}", "meta"))
        if said.turn is not None:
            head.append((f" · turn {said.turn}", "meta"))
        found = [self._clipped(head, width)]
        if not open_ and said.verdict == "pass":
            return found
        lead = [(" ", ""), ("┃ " if selected else "│ ", style)]
        texts = [said.reason, f"“{said.quote}”" if said.quote else ""]
        for text in filter(None, texts):
            found += [[*lead, *self._marked(part)] for part in wrapped(beginning(text), width - 4)]
        if open_:
            more = (
                [f"{said.disagreement:.0%} of the votes disagree"]
                if said.disagreement is not None
                else []
            )
            found += self._facts(more, transcript.took_for(said), lead, width - 4)
        return found

    def _facts(
        self, facts: list[str], took: CallSums, lead: list[Piece], room: int
    ) -> list[list[Piece]]:
        if took.calls:
            facts = [*facts, f"{took.prompt_tokens:,}+{took.completion_tokens:,} tokens"]
            if took.latency_s is not None:
                facts.append(f"{took.latency_s:.1f} s")
            if took.calls > 1:
                facts.append(f"{took.calls} calls")
            if took.retries:
                facts.append(f"{counted(took.retries, 'request')} sent again")
            if took.problems:
                facts.append(f"{took.problems} could not be used")
        if took.taken_from is not None:
            facts = [*facts, f"answer taken from dialogue {took.taken_from}"]
        # A fact is not torn apart: within it, spaces do not break while lines are made.
        whole = " · ".join(fact.replace(" ", "\u00a0") for fact in facts)
        parts = [part.replace("\u00a0", " ") for part in wrapped(whole, room)]
        return [[*lead, (part, "meta")] for part in parts if part]

    def _candidates(
        self,
        draw: RecordedDraw | None,
        lead: list[Piece],
        room: int,
        what: str = "",
        below: float | None = None,
    ) -> list[list[Piece]]:
        if draw is None:
            return []
        size = 8 if room >= 60 else 4 if room >= 44 else 0
        number = 5 + (size + 1 if size else 0)
        found: list[list[Piece]] = [
            [*lead, ("  " + fitted("stated", number) + fitted("weight", number) + what, "meta")]
        ]
        text_room = max(room - 2 - 2 * number, 6)
        weights = draw.distribution.weights.tolist()
        candidates = zip(draw.distribution.candidates, weights, strict=True)
        for index, (candidate, weight) in enumerate(candidates):
            drawn = index == draw.chosen
            style = "drawn" if drawn else "candidate"
            text = beginning(candidate.shown) + (" ⏹" if candidate.ends else "")
            text += candidate.tail_mark(below)
            for n, part in enumerate(wrapped(text, text_room)):
                if n:
                    found.append([*lead, (" " * (2 + 2 * number), ""), *self._marked(part, style)])
                    continue
                given = candidate.probability
                stated = "  – " if given is None else f"{min(given, 99):4.2f}"
                pieces = [
                    *lead,
                    ("▶ " if drawn else "  ", "drawn"),
                    (f"{stated} ", style),
                    (bar(given or 0, size) + " " if size else "", "stated"),
                    (f"{weight:4.2f} ", style),
                    (bar(weight, size) + " " if size else "", "weight"),
                    *self._marked(part, style),
                ]
                found.append(pieces)
        return found

    def _marked(self, text: str, style: str = "") -> list[Piece]:
        """Split a line of text so that what the search finds is marked."""
        if self.matching is None:
            return [(text, style)]
        pieces: list[Piece] = []
        at = 0
        for found in self.matching.finditer(text):
            if found.end() > found.start():
                pieces += [(text[at : found.start()], style), (found[0], f"{style} match")]
                at = found.end()
        return [*pieces, (text[at:], style)]

    def _clipped(self, pieces: list[Piece], width: int) -> list[Piece]:
        shown: list[Piece] = []
        left = width
        for text, style in pieces:
            size = cell_len(text)
            shown.append((fitted(text, left).rstrip() if size > left else text, style))
            left -= size
            if left <= 0:
                break
        return shown
