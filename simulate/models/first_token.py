"""The log-probabilities of the first token of a chat reply; see `ChatRequest.top_logprobs`."""

from __future__ import annotations

import math
from typing import Any

from simulate.errors import EndpointError

LEAST = -9999.0
"""What endpoints write for a probability of 0, whose logarithm no JSON holds."""

ROUNDED = 0.01
"""By how much a logarithm may be above 0, as rounded sums are; above that it is none."""


def likeliest_tokens(choice: Any) -> dict[str, float] | None:
    """Return the likeliest first tokens of a choice of a chat completion, the likeliest first.

    Returns:
        Token to log-probability in nats, from `LEAST` to 0; those that are written alike are added
        up. None where the choice has none.
    """
    found: dict[str, float] = {}
    try:
        for each in choice["logprobs"]["content"][0]["top_logprobs"]:
            token, log = each["token"], float(each["logprob"])
            if not isinstance(token, str) or math.isnan(log) or log > ROUNDED:
                return None
            log = max(LEAST, min(0.0, log))
            low, high = sorted((log, found.get(token, log)))
            found[token] = high + math.log1p(math.exp(low - high)) if token in found else log
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    return dict(sorted(found.items(), key=lambda item: -item[1])) or None


def without_logprobs(model: str, told: str = "") -> EndpointError:
    """Return the error of a model that gives no log-probabilities of its first token."""
    why = f" ({told})" if told else ""
    return EndpointError(
        f"model {model} returns no log-probabilities with its chat replies{why}: take another "
        "method than logprob, or a model that returns them, such as embedded"
    )
