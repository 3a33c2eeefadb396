"""The names of the OWASP Top 10 for LLM Applications, in the edition of 2025.

Source: OWASP GenAI Security Project, https://genai.owasp.org/llm-top-10/.
"""

from __future__ import annotations

from typing import Literal

Weakness = Literal[
    "LLM01", "LLM02", "LLM03", "LLM04", "LLM05", "LLM06", "LLM07", "LLM08", "LLM09", "LLM10"
]
NAMES: dict[Weakness, str] = {
    "LLM01": "Prompt Injection",
    "LLM02": "Sensitive Information Disclosure",
    "LLM03": "Supply Chain",
    "LLM04": "Data and Model Poisoning",
    "LLM05": "Improper Output Handling",
    "LLM06": "Excessive Agency",
    "LLM07": "System Prompt Leakage",
    "LLM08": "Vector and Embedding Weaknesses",
    "LLM09": "Misinformation",
    "LLM10": "Unbounded Consumption",
}


def owasp_name(weakness: Weakness) -> str:
    """Return the name of a weakness in full, such as `LLM07:2025 System Prompt Leakage`."""
    return f"{weakness}:2025 {NAMES[weakness]}"
