"""How often somebody was refused of late, and how long they wait after too many; in memory, of this process alone.

It counts what failed. Whoever does things right is never counted, however often they come.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock

SECONDS = 60.0
MOST_KEYS = 10_000  # some 2 MB; beyond that the oldest are forgotten
HOME_NETWORK = 64  # bits of an IPv6 address that one customer has: in there are more addresses than we could count


@dataclass
class _Minute:
    """How often since it began, in seconds of the caller's clock."""

    began: float
    times: int = 0

    def is_over(self, now: float) -> bool:
        """Also where the clock was set back: nobody waits for an hour that is lived twice."""
        return not self.began <= now < self.began + SECONDS


class Refusals:
    """At most `most` refusals a minute for each key; 0 sets no limit. `now` is in seconds, of any one clock."""

    def __init__(self, most: int, *, keys: int = MOST_KEYS) -> None:
        self._most, self._keys = most, keys
        self._minutes: OrderedDict[Hashable, _Minute] = OrderedDict()  # in the order in which they began
        self._full_till = 0.0
        self._lock = Lock()

    def anybody_waits(self, now: float) -> bool:
        """Whether `wait` need be asked at all."""
        return now < self._full_till

    def wait(self, key: Hashable, now: float) -> int:
        """Whole seconds till this key is heard again; 0: it is heard now."""
        with self._lock:
            minute = self._minutes.get(key)
            if not self._most or minute is None or minute.times < self._most or minute.is_over(now):
                return 0
            return max(1, ceil(minute.began + SECONDS - now))

    def count(self, key: Hashable, now: float) -> None:
        """Note one refusal; the first one begins the key's minute."""
        with self._lock:
            minute = self._minutes.get(key)
            if minute is None or minute.is_over(now):
                self._minutes.pop(key, None)
                minute = self._minutes[key] = _Minute(now)
            minute.times += 1
            if minute.times == self._most:
                self._full_till = max(self._full_till, minute.began + SECONDS)
            while len(self._minutes) > self._keys or self._oldest().is_over(now):
                self._minutes.popitem(last=False)

    def __len__(self) -> int:
        return len(self._minutes)

    def _oldest(self) -> _Minute:
        return next(iter(self._minutes.values()))


def place_of(address: str | None) -> str:
    """What counts as one address: all of an IPv6 customer's network is."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> (128 - HOME_NETWORK) << (128 - HOME_NETWORK)))
    return str(found)
