"""A method: k replies from the likeliest down, weighed by their rank alone."""

from __future__ import annotations

import numpy as np

from simulate.verbalized import Method, MethodSpec, ReplyDistribution, Steps, Task
from simulate.verbalized.replies import listed


class Ranked(Method):
    """Weighs the n-th reply by 1/n, for models that order better than they count."""

    lists = True
    template = """\
{% if question %}{{ question }}

Give {{ k }} different answers that {{ person or "one" }} could give, each {{ form }}.\
{% else %}Give {{ k }} different replies that {{ person or "one" }} could say next.{% endif %}
Begin with the likeliest. Answer with JSON and nothing else, in this form:
{"responses": [{% if question %}{"value": …}{% else %}{"text": "…"}{% endif %}, …]}
"""

    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        """Ask for one list."""
        found = yield from listed(spec, task)
        weights = 1 / np.arange(1, len(found.candidates) + 1)
        return ReplyDistribution(found.candidates, weights / weights.sum(), found.parse)


METHOD = Ranked()
