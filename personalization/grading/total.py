"""How levels become points. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from personalization.activity.rubric import Criterion

HUNDREDTH = Decimal("0.01")


def total(
    asked: Iterable[Criterion], levels: Mapping[int, int], out_of: Decimal, adjustment: Decimal = Decimal(0)
) -> Decimal:
    """Earned ÷ asked × points, plus the adjustment, never below 0; half up to two decimals.

    `levels` = {criterion key: level} of each criterion asked; a criterion that is not asked is in neither sum.
    """
    earned = possible = Decimal(0)
    for criterion in asked:
        reached = criterion.level(levels[criterion.key])
        possible += criterion.points
        earned += reached.points if reached is not None else 0
    share = earned / possible if possible else Decimal(0)
    return max(Decimal(0), share * out_of + adjustment).quantize(HUNDREDTH, ROUND_HALF_UP)
