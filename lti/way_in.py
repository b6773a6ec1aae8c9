"""What the rest of the house is told of a launch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.launch import DeepLinkRequest


@dataclass(frozen=True)
class Launch:
    """One way in, believed and recorded.

    The rows are to be read: most launches change none, and those are plain values that no session knows.
    `roles` are full URIs of roles in the course, the only ones that give rights; `other_roles` those in the institution
    and system. `custom` holds what the LMS filled in: unexpanded `$variables`, null and empty values are left out.
    `is_course_page`: the link is the course itself, never an activity. `due_at`, `unlock_at` and `lock_at` are the
    LMS's for this person, `course_begins_at` its course's, aware UTC. `zone` is a valid IANA name. `for_user_sub` is
    whose work a submission review is about; nobody checked that the launcher may see it. `target_link_uri` is an
    address of this tool, "" where the LMS named another server's: no browser is ever sent there. `along`: what was
    read along (lti/known.py) before this launch changed anything.
    """

    message_type: str
    platform_id: int
    product_family: str
    user: User
    roles: frozenset[str]
    other_roles: frozenset[str]
    target_link_uri: str
    custom: dict[str, str]
    context: Context | None = None
    membership: Membership | None = None
    resource_link: ResourceLink | None = None
    is_course_page: bool = False
    line_item: LineItem | None = None
    deep_link: DeepLinkRequest | None = None
    for_user_sub: str | None = None
    zone: str | None = None
    locale: str | None = None
    due_at: datetime | None = None
    unlock_at: datetime | None = None
    lock_at: datetime | None = None
    course_begins_at: datetime | None = None
    frame_origins: tuple[str, ...] = ()
    along: Sequence[Any] = ()
