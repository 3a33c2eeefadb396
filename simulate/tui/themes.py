"""Two themes of our own; Textual's `ansi-dark` and `ansi-light` take the terminal's colours."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES, Theme

THEMES = (
    Theme(
        name="simulate-dark",
        primary="#7aa2f7",
        secondary="#73daca",
        accent="#e0af68",
        warning="#e0af68",
        error="#f7768e",
        success="#9ece6a",
        foreground="#d5d9e6",
        background="#16181f",
        surface="#1c1f29",
        panel="#262a37",
        boost="#2a2f3d",
        dark=True,
        variables={
            "footer-key-foreground": "#e0af68",
            "border": "#3b4261",
            "quiet": "#8f97ad",
            "input-cursor-text-style": "reverse",
        },
    ),
    Theme(
        name="simulate-light",
        primary="#2f5fb3",
        secondary="#0f766e",
        accent="#9a5b00",
        warning="#9a5b00",
        error="#b3261e",
        success="#2f6f2f",
        foreground="#22262f",
        background="#fbfaf7",
        surface="#f4f2ec",
        panel="#e8e5dc",
        boost="#e3dfd4",
        dark=False,
        variables={
            "footer-key-foreground": "#9a5b00",
            "border": "#c9c4b6",
            "quiet": "#666b78",
            "input-cursor-text-style": "reverse",
        },
    ),
)


def theme_names() -> set[str]:
    """Return the names of all themes, Textual's own included."""
    return {*(theme.name for theme in THEMES), *BUILTIN_THEMES}
