"""What wiring registers. The page itself is proposal/choosing.py: picking a way may end a talk or an agreement, of
which this slice knows nothing."""

from __future__ import annotations

from personalization.choice.blueprint import bp

__all__ = ["bp"]
