"""Refusals that more than one slice speaks of."""

from __future__ import annotations

from engine.errors import BadInput, NotHere, NotSignedIn, NotYours, Refused, Stale, TooLarge, WrongKind

__all__ = ["BadInput", "NotHere", "NotSignedIn", "NotYours", "Refused", "Stale", "TooLarge", "WrongKind"]
