"""All pages of grading; importing them registers their addresses."""

from __future__ import annotations

from personalization.grading import marking, releasing, result, syncing
from personalization.grading.blueprint import bp

__all__ = ["bp", "marking", "releasing", "result", "syncing"]
