"""All pages of the board; importing them registers their addresses."""

from __future__ import annotations

from personalization.board import klass, mine, observed, queue
from personalization.board.blueprint import bp

__all__ = ["bp", "klass", "mine", "observed", "queue"]
