"""Refusals that more than one slice speaks of."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.errors import BadInput, NotHere, NotSignedIn, NotYours, Refused, Stale, TooLarge, WrongKind

__all__ = [
    "BadInput",
    "NotHere",
    "NotSignedIn",
    "NotYours",
    "Refused",
    "Stale",
    "TooLarge",
    "WrongKind",
    "must_say_why",
]


def must_say_why(reason: str, name: str) -> None:
    """Some things that are done to a student they read with a reason. `name`: who reads it.

    Raises:
        BadInput: there is none.
    """
    if not reason.strip():
        raise BadInput(_("%(name)s needs a reason", name=name), now=_("One sentence will do."))
