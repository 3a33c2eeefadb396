"""A dialogue as Markdown, and model calls as plain text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from simulate.models import Usage
from simulate.runfile import Call
from simulate.terminal.markdown import details, plain_text
from simulate.terminal.safe_text import block, line
from simulate.tui.dialogue_data import Transcript, outcome_draw
from simulate.verbalized import RecordedDraw

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+|~-])")


def _escaped(text: str) -> str:
    """Make foreign text plain in Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)


def _candidates(
    draw: RecordedDraw | None, what: str = "candidate", below: float | None = None
) -> list[str]:
    if draw is None:
        return []
    lines = [f"| drawn | stated | weight | {_escaped(line(what))} |", "|---|---:|---:|---|"]
    weights = draw.distribution.weights.tolist()
    for index, (candidate, weight) in enumerate(
        zip(draw.distribution.candidates, weights, strict=True)
    ):
        stated = "–" if candidate.probability is None else f"{candidate.probability:.2f}"
        drawn = "▶" if index == draw.chosen else ""
        text = _escaped(line(candidate.shown) + candidate.tail_mark(below))
        lines.append(f"| {drawn} | {stated} | {weight:.2f} | {text} |")
    return [*lines, ""]


def dialogue_markdown(transcript: Transcript, run: str) -> str:
    """Write a dialogue as Markdown, with the candidates behind every user turn.

    What was said is folded where the user attacks.

    Args:
        transcript: the dialogue.
        run: the name of its run.
    """
    row = transcript.row
    lines = [
        f"# Dialogue {row.id} of {_escaped(run)}",
        "",
        f"- key: `{row.key}`",
        f"- cell: {_escaped(row.cell)}",
        f"- persona: {_escaped(line(row.persona))}, replicate {row.replicate}",
        f"- status: {_escaped(transcript.status)}"
        + (f": {_escaped(line(f'{row.fault}: {row.error}'))}" if row.error else ""),
        f"- tokens: {row.prompt_tokens:,} read, {row.completion_tokens:,} written",
        "",
    ]
    head, lines = lines, []
    for turn in transcript.turns:
        lines += [f"**{_escaped(line(turn.speaker))}** (turn {turn.index})", ""]
        for part in turn.parts:
            if isinstance(part, str):
                lines += [f"> {_escaped(each)}" for each in block(part).split("\n")]
            else:
                lines.append(_escaped(line(part.told)))
            lines.append("")
        if (found := turn.distribution) is not None and (entropy := turn.entropy) is not None:
            of = "" if turn.picks else f" of {len(found)}"
            lines += [
                f"{transcript.method(turn)}, entropy {entropy:.2f} nats, effective size "
                f"{math.exp(entropy):.1f}{of}, {turn.parse}",
                "",
            ]
        for pick in turn.picks:
            lines += _candidates(pick, pick.what, turn.threshold_of(pick))
        lines += _candidates(turn.draw, below=turn.threshold)
    for outcome in transcript.outcomes:
        lines += [
            f"**Outcome {_escaped(outcome.name)}**: {_escaped(line(transcript.shown(outcome)))}",
            "",
        ]
        for pick in outcome.picks:
            lines += _candidates(pick, pick.what)
        lines += _candidates(outcome_draw(outcome))
    for said in transcript.checks:
        why = f": {_escaped(line(said.reason))}" if said.reason else ""
        lines += [f"**Check {_escaped(said.check)}** {said.verdict}{why}", ""]
    if transcript.attack is not None:
        head += [plain_text(transcript.attack, None), ""]
        lines = [details("What a user who attacks said", "\n".join(lines))]
    return "\n".join([*head, *lines]).rstrip() + "\n"


def calls_text(calls: Sequence[Call]) -> str:
    """Write calls with their exact prompts and raw texts, harmless but otherwise as they were."""
    parts: list[str] = []
    for number, call in enumerate(calls, 1):
        reply = call.reply
        latency = "" if reply is None else f", {reply.latency_s:.1f} s"
        used = Usage() if reply is None else reply.usage
        took = f"{used.prompt_tokens:,}+{used.completion_tokens:,} tokens{latency}"
        if call.shared is not None and call.shared.payer is not None:
            took = f"taken from dialogue {call.shared.payer}"
        parts.append(
            f"── call {number} of {len(calls)}: {line(call.model)}, attempt {call.ask + 1}, "
            f"seed {call.seed}, {took}"
        )
        parts += [f"[{line(m['role'])}]\n{block(m['content'])}" for m in call.prompt]
        if call.schema is not None:
            parts.append("[schema]\n" + block(json.dumps(call.schema, ensure_ascii=False)))
        raw = "(no reply)" if reply is None else block(reply.text)
        parts.append(f"[what the model wrote]\n{raw}")
        if call.problem is not None:
            parts.append(f"[why it could not be used]\n{block(call.problem)}")
    return "\n\n".join(parts)
