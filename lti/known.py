"""What is here already for a login or a launch, read in one statement: most launches are of somebody who was here
before and say nothing new.

The rows are read as plain values (engine/plain.py). Whoever writes one loads it through the session first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine import clock
from engine.db import db
from engine.plain import Plain
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.platform import Deployment, Platform
from lti.said import Said, names
from lti.storable import without_nul

LATELY_SECONDS = 10.0  # how long a login goes by what was read for another; a launch reads for itself

PLATFORM = Plain(
    Platform, Platform.id, Platform.issuer, Platform.client_id, Platform.name, Platform.guid, Platform.product_family,
    Platform.auth_login_url, Platform.auth_token_url, Platform.jwks_url, Platform.jwks_fetched_at,
    Platform.any_deployment,
)  # fmt: skip
DEPLOYMENT = Plain(
    Deployment, Deployment.id, Deployment.notices_url, Deployment.notices_handler, Deployment.notices_asked_at
)
USER = Plain(
    User, User.id, User.sub, User.name, User.given_name, User.family_name, User.email, User.sourcedid, User.locale,
    User.zoneinfo,
)  # fmt: skip
CONTEXT = Plain(
    Context, Context.id, Context.context_id, Context.label, Context.title, Context.type, Context.memberships_url,
    Context.lineitems_url, Context.ags_scopes, Context.roster_synced_at,
)  # fmt: skip
MEMBERSHIP = Plain(
    Membership, Membership.id, Membership.context_id, Membership.user_id, Membership.launch_roles,
    Membership.roster_roles, Membership.other_roles, Membership.status, Membership.launched_at, Membership.listed_at,
    Membership.left_at, Membership.sections, Membership.section_restricted, Membership.mentees,
    Membership.is_test_student,
)  # fmt: skip
LINK = Plain(
    ResourceLink, ResourceLink.id, ResourceLink.resource_link_id, ResourceLink.title, ResourceLink.description,
    ResourceLink.line_item_id, ResourceLink.seen_at,
)  # fmt: skip
LINE_ITEM = Plain(LineItem, LineItem.id, LineItem.url, LineItem.due, LineItem.gone_at, LineItem.problem)
ALL: tuple[Plain[Any], ...] = (PLATFORM, DEPLOYMENT, USER, CONTEXT, MEMBERSHIP, LINK, LINE_ITEM)

OWN = sum(map(len, ALL))
Id = InstrumentedAttribute[int]


@dataclass(frozen=True)
class Along:
    """What others keep of a launch, and would else ask for in a statement of their own: `columns` of their rows, and
    `joined(query, user id, context id, resource link id)`, which adds their tables to a query by outer joins onto
    these columns of ours, so that there is still one row."""

    columns: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]] = ()
    joined: Callable[[Select[Any], Id, Id, Id], Select[Any]] = lambda query, *_ids: query


_FOR_LAUNCH = (
    select(*(column for one in ALL for column in one.columns))
    .select_from(Platform)
    .outerjoin(
        Deployment,
        and_(Deployment.platform_id == Platform.id, Deployment.deployment_id == bindparam("deployment")),
    )
    .outerjoin(User, and_(User.platform_id == Platform.id, User.sub == bindparam("sub")))
    .outerjoin(Context, and_(Context.deployment_id == Deployment.id, Context.context_id == bindparam("context")))
    .outerjoin(Membership, and_(Membership.context_id == Context.id, Membership.user_id == User.id))
    .outerjoin(
        ResourceLink, and_(ResourceLink.context_id == Context.id, ResourceLink.resource_link_id == bindparam("link"))
    )
    .outerjoin(LineItem, and_(LineItem.context_id == Context.id, LineItem.url == bindparam("column")))
    .where(Platform.issuer == bindparam("issuer"), Platform.client_id == bindparam("client"))
)
_REGISTERED = (
    select(*PLATFORM.columns, Deployment.id)
    .outerjoin(
        Deployment, and_(Deployment.platform_id == Platform.id, Deployment.deployment_id == bindparam("deployment"))
    )
    .where(Platform.issuer == bindparam("issuer"))
)
_REGISTERED_CLIENT = _REGISTERED.where(Platform.client_id == bindparam("client"))


@dataclass(frozen=True)
class Known:
    """What a launch names, as far as it is here."""

    platform: Platform
    deployment: Deployment | None = None
    user: User | None = None
    context: Context | None = None
    membership: Membership | None = None
    link: ResourceLink | None = None
    line_item: LineItem | None = None
    along: Sequence[Any] = ()

    def is_in_step(self, said: Said) -> bool:
        """Whether the launch names nothing that is not here, and says nothing else than these rows do."""
        if self.deployment is None or not _is(self.platform, said.platform(self.platform)):
            return False
        if self.user is None or not _is(self.user, said.person()):
            return False
        if not said.context_id:
            return True
        if self.context is None or not _is(self.context, said.course()):
            return False
        if self.membership is None or not _is(self.membership, said.membership(self.membership)):
            return False
        if said.column and (self.line_item is None or not _is(self.line_item, said.line_item())):
            return False
        return not said.link_id or (self.link is not None and _is(self.link, said.link(self.link, *self._hangs())))

    def _hangs(self) -> tuple[Platform, int | None]:
        return self.platform, self.line_item.id if self.line_item else None


@dataclass
class Lately:
    """The platforms that logins of this process found in the last seconds: {(issuer, client id): (when, platform)}.

    Nothing is granted by a login: it only sends a browser to the platform, which says at the launch who it is.
    """

    found: dict[tuple[str, str], tuple[float, Platform]] = field(default_factory=dict)

    def registered(self, issuer: str, client_id: str, deployment: str) -> list[tuple[Platform, bool]]:
        """As the function; whether the deployment is known is not asked where the client ID says enough."""
        now, key = clock.real_now().timestamp(), (issuer, client_id)
        read_at, platform = self.found.get(key, (0.0, None))
        if platform is not None and read_at <= now < read_at + LATELY_SECONDS:
            return [(platform, False)]
        there = registered(db.session, issuer, client_id, deployment)
        if client_id and there:
            self.found[key] = now, there[0][0]
        return there


def registered(session: Session, issuer: str, client_id: str, deployment: str) -> list[tuple[Platform, bool]]:
    """Each platform of this issuer, and of this client ID unless that is "", with whether it has that deployment."""
    if "\0" in issuer + client_id:  # PostgreSQL would not even look
        return []
    asked = {"issuer": issuer, "client": client_id, "deployment": without_nul(deployment)}
    found = session.connection().execute(_REGISTERED_CLIENT if client_id else _REGISTERED, asked)
    return [(PLATFORM.made(row[:-1]), row[-1] is not None) for row in found]


def launch_query(along: Along) -> Select[Any]:
    """The statement of `for_launch`; made once, since its text is worked out once for each that is made."""
    return along.joined(_FOR_LAUNCH.add_columns(*along.columns), User.id, Context.id, ResourceLink.id)


def for_launch(session: Session, query: Select[Any], issuer: str, client_id: str, said: dict[str, Any]) -> Known | None:
    """What these claims name, believed or not; None where nobody registered that platform. `query`: `launch_query`."""
    deployment, sub, context, link, column = (without_nul(name) for name in names(said))
    if "\0" in issuer + client_id:
        return None
    asked = {"issuer": issuer, "client": client_id, "deployment": deployment, "sub": sub, "context": context}
    row = session.connection().execute(query, asked | {"link": link, "column": column}).one_or_none()
    return None if row is None else Known(*[*_rows(row), row[OWN:]])


def _rows(row: Row[Any]) -> list[Any]:
    rows, start = [], 0
    for one in ALL:
        values, start = row[start : start + len(one)], start + len(one)
        rows.append(None if values[0] is None else one.made(values))
    return rows


def _is(row: object, values: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())
