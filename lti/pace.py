"""How many calls a platform bears at once, and what its answers say of that: no session, no network.

It halves when the platform turns calls away and grows by one with each score that it takes (additive increase,
multiplicative decrease), so that it is soon back where that was an odd moment, and stays low where it was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

# Canvas (read) takes what a call costs, and a deposit for each one in flight, out of a bucket that fills by itself.
REMAINING, COST = "X-Rate-Limit-Remaining", "X-Request-Cost"
KEPT_BACK = 4  # as many calls' cost is left in it for each that is in flight
BREATH = timedelta(seconds=1)  # what it is given to fill where little is left even for one


@dataclass
class Pace:
    """What one run may have in flight: its `slots` of the platform's `limit`, fewer while that is `slowed_to` fewer.

    Moments are those of one monotonic clock, in seconds.
    """

    limit: int
    slots: int
    slowed_to: int
    halved_at: float = float("-inf")
    grown: int = 0  # by how much since anybody else was told
    _bears: int | None = field(default=None)

    @property
    def allowed(self) -> int:
        """How many requests of this run may be in flight, at least one."""
        share = max(1, self.slots * self.slowed_to // self.limit)
        return share if self._bears is None else max(1, min(share, self._bears))

    def took_one(self) -> None:
        """It accepted a score."""
        if self.slowed_to < self.limit:
            self.slowed_to += 1
            self.grown += 1

    def turned_away(self, left_at: float, now: float) -> bool:
        """It had too many: whether that is news, and not one of those that were on their way at the last halving."""
        if left_at <= self.halved_at:
            return False
        self.slowed_to, self.halved_at = max(1, self.slowed_to // 2), now
        return True

    def hears(self, headers: Mapping[str, str]) -> timedelta:
        """What an answer says of what is left (Canvas's throttling); how long to send nothing, mostly not at all."""
        remaining, cost = _number(headers.get(REMAINING)), _number(headers.get(COST))
        if remaining is None:
            self._bears = None
            return timedelta(0)
        self._bears = int(remaining / (KEPT_BACK * max(cost or 0.0, 1.0)))
        return timedelta(0) if self._bears else BREATH


def _number(said: str | None) -> float | None:
    try:
        number = float(said) if said and len(said) < 20 else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e9 else None
