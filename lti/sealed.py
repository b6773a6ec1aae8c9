"""What travels through a browser and says nothing to anybody but us: encrypted, for one purpose, for a time."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import InvalidToken

from lti.keys import vault
from lti.wiring import wiring


class Unreadable(Exception):
    """Not ours, for another purpose, or too old."""


def seal(purpose: str, said: Mapping[str, Any]) -> str:
    """A text for addresses and forms; `purpose` keeps what was made for one place from being shown at another.

    Compressed, since an LMS's hint alone may take half of what fits into an address.
    """
    plain = zlib.compress(json.dumps([purpose, dict(said)]).encode(), 9)
    return vault(wiring().config).encrypt(plain).decode()


def unseal(purpose: str, text: str, seconds: int) -> dict[str, Any]:
    """What was sealed for this purpose, at most that long ago in real time.

    Raises:
        Unreadable
    """
    try:
        plain = vault(wiring().config).decrypt(text.encode(), ttl=seconds)
        made_for, said = json.loads(zlib.decompress(plain))  # no bomb: nobody else can encrypt
    except (InvalidToken, ValueError, zlib.error) as wrong:  # ValueError: the vault also holds what is no JSON
        raise Unreadable from wrong
    if made_for != purpose:
        raise Unreadable
    found: dict[str, Any] = said
    return found
