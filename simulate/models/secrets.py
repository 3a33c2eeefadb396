"""Keys and passwords: where they come from, and how they are kept out of every text.

A key comes from the environment or from a file that the environment names. It stands in no file
of a run, no message and no process title: names are shortened to what is no secret, and what an
endpoint or a target says is searched for all that is secret here; see `redaction`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from simulate.errors import ModelSpecError

KEY_VARIABLE = "OPENAI_API_KEY"
AUTHORIZATION = "Authorization"
"""The header that carries a key, after “Bearer”, where no other is asked for."""
LONGEST_KEY_FILE = 64 * 1024

_WORDS = frozenset(
    {"auth", "authentication", "authorization", "bearer", "cookie", "cookies", "csrf", "jwt"}
    | {"key", "keys", "pass", "sig", "signature", "token", "xsrf"}
)
_ENDINGS = ("key", "token", "auth", "signature")
_WITHIN = re.compile("secret|passw|passphrase|credential", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NO_VALUE = ("FILE", "PATH", "DIR", "SOCK")
"""How variables end that say where something is."""
_PARAMETER = re.compile(r"[?&]([^=&#?]*)=([^&#]*)")

SECRET_FIELD = re.compile(
    r"^key$|api[-_]?key|^token$|(?:access|auth|bearer)[-_]?token|secret|passw|^authorization$", re.I
)
"""The name of a field of a request whose value is a key. Unlike in names of headers, parameters and
variables, most keys and tokens are others there, as in `prompt_cache_key`."""
_KEY = re.compile(
    r"(?:^|[\s:=])(?:(?:sk|nvapi|xai|pplx|csk|glpat)-|(?:gsk|hf|r8|fw|ghp)_|AIza|AKIA|eyJ)[\w-]{12}"
)
"""What keys of the usual providers begin with."""


def looks_like_key(text: str) -> bool:
    """Tell whether a text begins, or holds a word that begins, as keys of usual providers do."""
    return bool(_KEY.search(text))


def names_secret(name: str) -> bool:
    """Tell whether a header, a parameter of a query, or a variable has the name of a secret."""
    words = (word.lower() for word in _WORD.findall(name))
    return bool(_WITHIN.search(name)) or any(w in _WORDS or w.endswith(_ENDINGS) for w in words)


def secret_parameters(url: str) -> list[str]:
    """Return the values, perhaps empty, of a URL's parameters that have the name of a secret."""
    return [value for name, value in _PARAMETER.findall(url) if names_secret(name)]


def secrets_of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield what is secret in an environment: values by their names, and passwords in URLs."""
    for name, value in environment.items():
        if "://" in value:
            yield from secrets_in(value)
        elif name.lower().endswith("_proxy"):
            yield from secrets_in(f"//{value}")
        elif names_secret(name) and not name.upper().endswith(_NO_VALUE):
            yield value


def find_key(environment: Mapping[str, str], variable: str = KEY_VARIABLE) -> str | None:
    """Return the key in `OPENAI_API_KEY`, or in the file that `OPENAI_API_KEY_FILE` names.

    Args:
        environment: where they are looked up.
        variable: another variable in place of `OPENAI_API_KEY`.

    Raises:
        ModelSpecError: both are set, or the file cannot be read, or holds no key.
    """
    key, name = environment.get(variable), environment.get(f"{variable}_FILE")
    if not name:
        return key or None
    if key:
        raise ModelSpecError(f"{variable} and {variable}_FILE are both set; unset one")
    try:
        with Path(name).open("rb") as file:
            content = file.read(LONGEST_KEY_FILE + 1)
        text = content.decode("utf-8-sig").strip()
    except OSError as error:
        raise ModelSpecError(f"{variable}_FILE: {name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LONGEST_KEY_FILE or len(text.split()) != 1:
        raise ModelSpecError(
            f"{variable}_FILE: {name} must hold the key on one line and nothing else"
        )
    return text


def check_key(key: str, variable: str = KEY_VARIABLE) -> None:
    """Refuse a key that no HTTP header can hold, without showing it.

    Args:
        key: the key.
        variable: the environment variable that it is from.

    Raises:
        ModelSpecError: it has white space, control characters, or letters beyond ASCII in it.
    """
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelSpecError(
            "the API key has a character in it that no key has, such as a line break or a space; "
            f"look at {variable}"
        )


def authorization(key: str | None, url: str, header: str = AUTHORIZATION) -> dict[str, str]:
    """Return the header that carries a key; none where the URL holds credentials of its own.

    Raises:
        ModelSpecError: see `check_key`.
    """
    if not key or "@" in urlsplit(url).netloc:
        return {}
    check_key(key)
    return {header: f"Bearer {key}" if header == AUTHORIZATION else key}


def secrets_in(url: str) -> list[str]:
    """Return what of a URL is secret: its password (a user name alone is one too) and its keys."""
    try:
        parts = urlsplit(url)
        credentials, at, _ = parts.netloc.rpartition("@")
    except ValueError:
        return []
    second = url.partition("://")[2].partition("://")
    found = secrets_in(f"//{second[2]}") if second[1] else []
    if at:
        user, _, password = credentials.partition(":")
        plain = f"{unquote(user)}:{unquote(password)}" if password else unquote(user)
        found += [plain, credentials, password, unquote(password)]
    values = secret_parameters(f"?{parts.query}")
    found += [*values, *map(unquote, values)]
    return [secret for secret in dict.fromkeys(found) if secret]
