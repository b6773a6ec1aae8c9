"""The rows that a launch is about, where it says something new: made where they are missing, brought in step else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, contains_eager

from engine.db import Base
from lti import quirks
from lti.grades import column_is_back
from lti.known import Known
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.platform import Deployment, Platform
from lti.records import make
from lti.said import Said


def in_step(session: Session, known: Known, said: Said) -> Known:
    """What a believed launch is about, as it is from now on. Commits nothing; writes nothing where nothing is new."""
    if known.is_in_step(said):
        return known
    return LaunchRows(session, session.get_one(Platform, known.platform.id), said).known


def is_course_page(known: Known) -> bool:
    """Whether the link is the course itself, never an activity."""
    if known.link is None or known.context is None:
        return False
    return quirks.is_course_page(known.platform, known.link.resource_link_id, known.context.context_id)


class LaunchRows:
    """Writes a believed launch down: `known`, whose context and what hangs on it are None outside any course."""

    def __init__(self, session: Session, platform: Platform, said: Said) -> None:
        self._session, self._platform, self._said = session, platform, said
        ours = {"tenant_id": platform.id}
        deployment, user, context, membership, link, line_item = self._found()
        _take(platform, said.platform(platform))
        deployment = deployment or make(session, Deployment, platform_id=platform.id, deployment_id=said.deployment_id)
        user = user or make(session, User, platform_id=platform.id, sub=said.sub)
        _take(user, said.person())
        if said.context_id:
            key: dict[str, Any] = {"deployment_id": deployment.id, "context_id": said.context_id}
            context = context or make(session, Context, ours, **key)
            _take(context, said.course())
            key = {"context_id": context.id, "user_id": user.id}
            membership = membership or make(session, Membership, ours, **key)
            _take(membership, said.membership(membership))
        if context and said.column:
            line_item = line_item or make(session, LineItem, ours, context_id=context.id, url=said.column)
            self._take_column(line_item)
        if context and said.link_id:
            key = {"context_id": context.id, "resource_link_id": said.link_id}
            link = link or make(session, ResourceLink, {**ours, "seen_at": said.now}, **key)
            _take(link, said.link(link, platform, line_item.id if line_item else None))
        self.known = Known(platform, deployment, user, context, membership, link, line_item)

    def _found(self) -> tuple[Any, ...]:
        """What is there already, in one statement."""
        said = self._said
        link = and_(ResourceLink.context_id == Context.id, ResourceLink.resource_link_id == said.link_id)
        query = (
            select(Deployment, User, Context, Membership, ResourceLink, LineItem)
            .select_from(Platform)
            .outerjoin(
                Deployment, and_(Deployment.platform_id == Platform.id, Deployment.deployment_id == said.deployment_id)
            )
            .outerjoin(User, and_(User.platform_id == Platform.id, User.sub == said.sub))
            .outerjoin(Context, and_(Context.deployment_id == Deployment.id, Context.context_id == said.context_id))
            .outerjoin(Membership, and_(Membership.context_id == Context.id, Membership.user_id == User.id))
            .outerjoin(ResourceLink, link)
            .outerjoin(LineItem, and_(LineItem.context_id == Context.id, LineItem.url == said.column))
            .where(Platform.id == self._platform.id)
            .options(contains_eager(Context.deployment))
        )
        return tuple(self._session.execute(query).one())

    def _take_column(self, item: LineItem) -> None:
        if item.gone_at is not None:
            column_is_back(self._session, item)
        _take(item, self._said.line_item())


def _take(row: Base, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
