"""All pages of the board; importing them registers their addresses."""

from __future__ import annotations

from personalization.board import acting, closing, differences, klass, line, live, messages, mine, observed, queue, same
from personalization.board.blueprint import bp

__all__ = [
    "acting",
    "bp",
    "closing",
    "differences",
    "klass",
    "line",
    "live",
    "messages",
    "mine",
    "observed",
    "queue",
    "same",
]
