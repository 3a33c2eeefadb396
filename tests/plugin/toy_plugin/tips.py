"""A reference: its file lies beside this one."""

from pathlib import Path

REFERENCE = Path(__file__).with_name("tips.json")
