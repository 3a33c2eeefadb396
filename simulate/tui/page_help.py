"""What each page shows and how it is read, in prose; the keys are said by their bindings."""

from __future__ import annotations

PAGE_HELP = {
    "answer": """\
What the run says about its outcome, in sentences that can be quoted: the difference of the cells or
the distance from the humans, with its interval; then where the variation comes from, and what the
dialogue added to what people would have said without one.

Read the first sentence, then the interval: where it holds 0, nothing was shown. o takes the next
outcome.
""",
    "browse": """\
Left the runs of the folder, in the middle the dialogues of the run that is open, right one
dialogue. A narrow screen shows one of the three at a time: enter goes in, escape comes back.

A row is one dialogue: its cell, what was measured, and what the simulated user said last. A mark
stands only where something is odd: ✗ failed, … running, · not begun, ○ left out by a rule. Small
marks in the headings name the type: #.# an amount, ## a count, a<b levels in order, abc a choice,
y/n yes or no. s sorts by the next column, so that the extremes come first.

In a dialogue, space steps from turn to turn. The turn under the cursor opens: these are all replies
that the model said this person might give, with the probability it stated and the weight that this
came to; ▶ is the one that was drawn. Effective size says how many replies there really were to draw
from: 1.0 means that it could hardly have come otherwise.
""",
    "distributions": """\
One outcome of two cells or runs (A and B) against humans (H). The distribution function rises where
values are frequent; the dotted band is what as many fresh humans would stay within in 95 of 100
cases. A line outside of it is unlike the humans there. Below stand the distances, each with its
floor, as simulate compare prints them.

space goes on to entropy over the turns, to the stated probability against the share drawn, and to
the summary; a and b choose what is compared, o the outcome.
""",
    "failures": """\
What went wrong, by kind and reason, most frequent first: dialogues that failed, texts of the model
that were repaired or could not be used, requests that were sent again. Below, the dialogues of the
reason under the cursor, and what the model wrote. A dialogue that failed counts in no outcome; a
repaired text does.
""",
    "live": """\
A run as it goes on: how far, how fast, what it costs, what is in flight, and the latest turns.
Nothing is lost when it stops: simulate run … --out RUN --resume goes on with it.
""",
    "twins": """\
Two cells side by side: the same persona, the same random numbers, and so the same dialogue but for
what the cells change. The first turn that differs is marked. The pairs whose outcomes differ most
come first.
""",
    "tree": """\
What else this dialogue could have been: at each turn the replies that might have been drawn, with
their weights. A branch that was played has its outcome; the probability of the whole path and its
rank say whether what was played was usual or a rare case.
""",
    "groups": """\
The outcome by an attribute of the personas, one small plot each, with humans in grey, n and the
distance from them. Differences between groups of few dialogues are mostly chance: look at n first.
""",
    "typical": """\
What the most probable replies to a turn say, and what the least probable ones say: each text stands
for many like it, with the weight of all of them.
""",
}
"""Page to what is said of it."""
