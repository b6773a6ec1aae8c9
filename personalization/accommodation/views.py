"""What wiring registers: the teacher's side, the student's own page, and the note of who looked."""

from __future__ import annotations

from personalization.accommodation import arranging, mine, noting
from personalization.accommodation.blueprint import bp

__all__ = ["arranging", "bp", "mine", "noting"]
