from pathlib import Path

import pytest

from simulate.errors import InputError
from simulate.tui.user_settings import UserSettings, read_settings, settings_path


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "view.yaml"
    path.write_text(text)
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "view.yaml") == UserSettings()


def test_settings_lie_in_the_users_folder(tmp_path: Path) -> None:
    assert settings_path() == tmp_path / "settings" / "simulate" / "view.yaml"


def test_theme_and_keys_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "theme: simulate-light\nkeys:\n  app.quit: ctrl+x\n")
    assert read_settings(path) == UserSettings("simulate-light", {"app.quit": "ctrl+x"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour: red\n", "unknown field “colour”"),
        ("theme: pink\n", "theme “pink” is unknown"),
        ("keys: [q]\n", "must map"),
        ("keys: {app.fly: q}\n", "no command “app.fly”"),
        ("keys: {app.quit: 3}\n", "app.quit needs a key"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings(written(tmp_path, text))
    assert says in str(caught.value)
