"""What a command line must not hold: a password or a key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulate.errors import InputError, quote

_SPEC = re.compile(r"\S+@https?://", re.IGNORECASE)


def refuse_secrets(words: Sequence[str]) -> None:
    """Refuse a word that is a SPEC or a URL with credentials in it.

    A warning would leave the password where it is for as long as the run goes on, which may be
    hours; after a refusal it has stood there for a moment.

    Raises:
        InputError: there is one; the message does not repeat the secret.
    """
    for word in words:
        if "://" not in word or (re.search(r"\s", word) and not _SPEC.match(word)):  # a prompt
            continue
        from simulate.models import holds_secret, redacted

        if holds_secret(word):
            bare = redacted(re.sub(r"^-[^=]*=", "", word))
            raise InputError(
                f"{quote(bare)} was given with a password or a key in its URL: whoever can list "
                "this machine's processes reads it there, and it stays in the shell's history. "
                "Put the whole SPEC into SIMULATE_MODEL, the URL into OPENAI_BASE_URL, or a key "
                "into OPENAI_API_KEY or the file that OPENAI_API_KEY_FILE names"
            )
