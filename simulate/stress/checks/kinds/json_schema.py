"""`json_schema`: turns that must be JSON of a form."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from simulate.errors import quote
from simulate.files.json_schemas import schema_problem, wrong_in
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import RootRule


class JsonSchema(RootRule[dict[str, Any]]):
    """Each turn must be JSON that follows this schema."""

    def problem(self) -> tuple[str, str] | None:
        found = schema_problem(self.root)
        return ("", found) if found else None

    def check(self, look: Look) -> Finding:
        """Fail with the first message that is no JSON or does not follow the schema."""
        for turn in look.speaking:
            for message in turn.messages or (turn.text,):
                try:
                    value = json.loads(message, parse_constant=_no_number)
                except (ValueError, RecursionError) as error:
                    fenced = "```" in message
                    reason = (
                        "is JSON inside a code fence, not JSON" if fenced else f"no JSON: {error}"
                    )
                    return Finding("fail", reason, turn.index, message)
                if wrong := wrong_in(value, self.root):
                    where, how = wrong
                    return Finding("fail", f"{where}: {quote(how)}", turn.index, message)
        return PASSES


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


CHECK = JsonSchema
