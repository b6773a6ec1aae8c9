"""How levels become points. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from personalization.activity.rubric import Rubric

HUNDREDTH = Decimal("0.01")


def total(rubric: Rubric, levels: Mapping[int, int], out_of: Decimal, adjustment: Decimal = Decimal(0)) -> Decimal:
    """Earned ÷ asked × points, plus the adjustment, never below 0; half up to two decimals.

    Only criteria in `levels` ({criterion key: level}) are asked; the others are in neither sum.
    """
    asked = [c for c in rubric.criteria if c.key in levels]
    possible = sum((c.points for c in asked), Decimal(0))
    reached = [c.level(levels[c.key]) for c in asked]
    earned = sum((level.points for level in reached if level is not None), Decimal(0))
    share = earned / possible if possible else Decimal(0)
    return max(Decimal(0), share * out_of + adjustment).quantize(HUNDREDTH, ROUND_HALF_UP)
