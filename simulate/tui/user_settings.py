"""The settings of the terminal UI: a theme, and keys of your own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from simulate.errors import InputError, quote
from simulate.files.yaml import read_yaml
from simulate.tui.bindings import all_keys
from simulate.tui.glyphs import Plots, plots_named
from simulate.tui.themes import theme_names


@dataclass(frozen=True, slots=True)
class UserSettings:
    """Settings.

    Attributes:
        theme: name of a theme, or None for the default.
        keys: id of a binding to the keys that it is on, joined by commas.
        plots: what plots are drawn with, or None for the default.
    """

    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    plots: Plots | None = None


def settings_path() -> Path:
    """Return where the settings are: `simulate/view.yaml` in the user's folder of settings."""
    return platformdirs.user_config_path("simulate", appauthor=False) / "view.yaml"


def read_settings(path: Path) -> UserSettings:
    """Read the settings; without a file, the defaults.

    Raises:
        InputError: the file cannot be read, or has a field, key or theme that is unknown.
    """
    if not path.is_file():
        return UserSettings()
    known_keys = {name for name, _, _ in all_keys()}
    known_themes = theme_names()
    data = read_yaml(path).data
    unknown = sorted(set(data) - {"theme", "keys", "plots"})
    if unknown:
        raise InputError(
            f"{path}: unknown field {quote(str(unknown[0]), 40)}: use theme, keys and plots"
        )
    theme = data.get("theme")
    if theme is not None and theme not in known_themes:
        names = ", ".join(sorted(known_themes))
        raise InputError(f"{path}: theme {quote(str(theme), 40)} is unknown; there are: {names}")
    keys = data.get("keys") or {}
    if not isinstance(keys, dict):
        raise InputError(f"{path}: keys must map the name of a command to a key, like app.quit: q")
    for name, key in keys.items():
        if name not in known_keys:
            raise InputError(
                f"{path}: keys: there is no command {quote(str(name), 40)}; "
                "`simulate view --keys` lists them"
            )
        if not isinstance(key, str) or not key.strip():
            raise InputError(f"{path}: keys: {name} needs a key, like ctrl+x or f,ctrl+f")
    plots = data.get("plots")
    return UserSettings(
        theme, keys, None if plots is None else plots_named(plots, f"{path}: plots")
    )
