"""All pages of the board; importing them registers their addresses."""

from __future__ import annotations

from personalization.board import (
    acting,
    beside,
    closing,
    deciding,
    differences,
    klass,
    line,
    live,
    messages,
    mine,
    observed,
    queue,
    reading,
    replies,
    same,
    together,
)
from personalization.board.blueprint import bp

__all__ = [
    "acting",
    "beside",
    "bp",
    "closing",
    "deciding",
    "differences",
    "klass",
    "line",
    "live",
    "messages",
    "mine",
    "observed",
    "queue",
    "reading",
    "replies",
    "same",
    "together",
]
