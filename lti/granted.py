"""What a platform allowed of what this tool asked for, as the page after a registration shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lti import quirks, wishes
from lti.claims import part, parts, text, texts
from lti.models.platform import Platform
from lti.tool_configuration import CANVAS_PREFIX, TOOL
from lti.wishes import Wish

MOST_KEPT = 50  # members of a list that a platform grants


@dataclass(frozen=True)
class Granted:
    """What a platform answered to what we asked, as it lies on the invite.

    `claims` and `places` are None where it did not say; `places` are placements without their prefix. `updated` tells
    that it knew us before.
    """

    claims: list[str] | None
    places: list[str] | None
    anonymous: bool
    updated: bool

    @classmethod
    def read(cls, answer: dict[str, Any], *, updated: bool) -> Granted:
        tool = part(answer, TOOL)
        messages = parts(tool.get("messages"))[:MOST_KEPT]
        places = [place.removeprefix(CANVAS_PREFIX) for one in messages for place in texts(one.get("placements"))]
        return cls(
            claims=texts(tool["claims"])[:MOST_KEPT] if isinstance(tool.get("claims"), list) else None,
            places=places[:MOST_KEPT] or None,
            anonymous=text(tool, CANVAS_PREFIX + "privacy_level") == "anonymous",
            updated=updated,
        )


@dataclass(frozen=True)
class Registered:
    """What the page after a registration shows."""

    platform: Platform
    deployments: list[str]
    granted: Granted

    @property
    def pending(self) -> bool:
        return quirks.is_pending_till_activated(self.platform) and not self.granted.updated

    @property
    def family(self) -> str:
        return self.platform.product_family

    def services(self) -> Iterator[tuple[Wish, bool]]:
        """What each service is for, and whether we may use it."""
        for wish in wishes.SERVICES:
            if wish.is_for(self.family):
                yield wish, not set(wish.names).isdisjoint(self.platform.scopes)

    def people(self) -> Iterator[tuple[Wish, bool | None]]:
        """The same of what is said about people; None where the platform did not answer to that."""
        for wish in wishes.PEOPLE:
            yield wish, False if self.granted.anonymous else _among(self.granted.claims, wish)

    def places(self) -> Iterator[tuple[Wish, bool | None]]:
        """The same of where the tool is offered; none on platforms whose places have no names."""
        for wish in wishes.PLACES:
            if wish.is_for(self.family):
                yield wish, _among(self.granted.places, wish)


def _among(granted: list[str] | None, wish: Wish) -> bool | None:
    return None if granted is None else not set(wish.names).isdisjoint(granted)
