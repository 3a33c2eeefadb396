"""The method itself: prompts, parsing, reply distributions.

Ask a model for one reply and you get the typical one. Verbalized Sampling (Zhang et al. 2025,
arXiv 2510.01171) asks for several plausible replies *with their probabilities* and draws from
them. This room holds all of it and is pure: no input or output, no clock, no randomness of its own.

Read in this order: `distribution` (what is obtained), `operations` (what can be done with it by
hand), `weighting` (which candidates are kept and what each weighs), `draw_settings` and `draws`
(how a reply is drawn), `asking` (what one call is), `spec` (what is asked for, and what a method
is), `methods` (one a module) and `replies` (what they share), `prompts` (what the model is told),
`wording` (how it is asked for a probability), `parse` (how its text is read; `json_text`,
`lenient_json` and `json_strings` find the JSON and what it says, `answer_shape` the candidates in
it, `scales` their numbers), `spoken`, `markup`, `quotation`, `stage_directions` and `leaving` (what
of it was said, by whom, and whether that was the end).
"""

from simulate.verbalized.asking import TRIES, Ask, Message, Pick, Steps, StepsOf, asked
from simulate.verbalized.candidate import Candidate, Parse, WeightedCandidate
from simulate.verbalized.distribution import ReplyDistribution
from simulate.verbalized.draw_settings import AS_STATED, Draw, DrawSettings
from simulate.verbalized.draws import RecordedDraw, log_weight, recorded, tail_draw, tail_first
from simulate.verbalized.leaving import WORDLESS
from simulate.verbalized.parse import parse_answer, parse_distribution, parse_reply
from simulate.verbalized.prompts import LATEST, PromptVersion, known_version
from simulate.verbalized.replies import judgement
from simulate.verbalized.requests import standing_request
from simulate.verbalized.spec import METHODS, Method, MethodName, MethodSpec
from simulate.verbalized.storable import storable
from simulate.verbalized.task import Task
from simulate.verbalized.weighting import MIN_K, Weighed, Weighting, WeightMode
from simulate.verbalized.wording import WORDINGS, Wording, WordingName

__all__ = [
    "AS_STATED",
    "LATEST",
    "METHODS",
    "MIN_K",
    "TRIES",
    "WORDINGS",
    "WORDLESS",
    "Ask",
    "Candidate",
    "Draw",
    "DrawSettings",
    "Message",
    "Method",
    "MethodName",
    "MethodSpec",
    "Parse",
    "Pick",
    "PromptVersion",
    "RecordedDraw",
    "ReplyDistribution",
    "Steps",
    "StepsOf",
    "Task",
    "Weighed",
    "WeightMode",
    "WeightedCandidate",
    "Weighting",
    "Wording",
    "WordingName",
    "asked",
    "judgement",
    "known_version",
    "log_weight",
    "parse_answer",
    "parse_distribution",
    "parse_reply",
    "recorded",
    "standing_request",
    "storable",
    "tail_draw",
    "tail_first",
]
