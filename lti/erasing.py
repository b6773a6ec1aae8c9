"""What this room holds of somebody in a course, and of a course: counted, and erased when asked. The caller commits.

What the LMS itself holds is the LMS's: a grade that was sent stays in its gradebook.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import String, cast, delete, or_, select
from sqlalchemy.orm import aliased

from engine import erasing
from engine.db import db
from engine.due import Due
from engine.erasing import Held, Keys
from lti import sign_in
from lti.models.context import Context, ContextOrigin, LineItem, Membership, User
from lti.models.launch import DeepLinkRequest, Nonce, SignIn
from lti.models.platform import Invite, Platform, ServiceToken
from lti.models.score import OutgoingScore

INVITES = timedelta(days=90)  # past their end, unused: long enough to see that somebody never came

KEYS = Keys(
    goes=frozenset({
        "deep_link_request.context_id",
        "deep_link_request.user_id",
        "line_item.context_id",
        "membership.context_id",
        "membership.user_id",
        "outgoing_score.line_item_id",
        "outgoing_score.user_id",
        "resource_link.context_id",
        "sign_in.user_id",
    }),
    loosens=frozenset({"resource_link.line_item_id"}),
)  # fmt: skip


def only_here(context: Context, user_ids: Collection[int]) -> set[int]:
    """Those of these users who are in no other course: with their membership here, they go too."""
    elsewhere: set[int] = set()
    for piece in erasing.some(sorted(user_ids)):
        there = select(Membership.user_id).where(Membership.user_id.in_(piece), Membership.context_id != context.id)
        elsewhere |= set(db.session.scalars(there))
    return set(user_ids) - elsewhere


def held_of_members(context: Context, user_ids: Collection[int]) -> Counter[str]:
    """{table: rows} about these users in this course; `SOME` of them at most in one call."""
    return erasing.counts(_members(context, user_ids))


def forget_members(context: Context, user_ids: Collection[int]) -> Counter[str]:
    """Erase what is held of these users in this course, what waits to be sent about them too.

    They are signed out; whoever is in no other course is forgotten whole. {table: rows}.
    """
    gone = only_here(context, user_ids)
    _forget_mentees(context, user_ids, gone)
    return erasing.erase(db.session, KEYS, _members(context, user_ids))


def held_of_context(context: Context) -> Counter[str]:
    """{table: rows} of a course beside its members."""
    return erasing.counts(erasing.held(db.session, KEYS, {"context": [context.id]}))


def forget_context(context: Context) -> Counter[str]:
    """Erase a course with whatever is left of it, and what was due there. {table: rows}."""
    columns = [str(row_id) for row_id in db.session.scalars(select(LineItem.id).filter_by(context_id=context.id))]
    db.session.execute(delete(Due).where(Due.kind == "roster", Due.key == str(context.id)))
    for piece in erasing.some(columns):
        db.session.execute(delete(Due).where(Due.kind.in_(["score", "compare"]), Due.key.in_(piece)))
    db.session.execute(
        delete(ContextOrigin).where(
            ContextOrigin.platform_id == context.platform.id,
            or_(ContextOrigin.context_id == context.context_id, ContextOrigin.origin_id == context.context_id),
        )
    )
    return erasing.erase(db.session, KEYS, erasing.held(db.session, KEYS, {"context": [context.id]}))


def forget_old(now: datetime) -> None:
    """What a launch would tidy by the way, in a tool that nobody launches any more; and invites long past."""
    db.session.execute(delete(Nonce).where(Nonce.expires_at < now))
    db.session.execute(delete(DeepLinkRequest).where(DeepLinkRequest.expires_at < now))
    db.session.execute(delete(SignIn).where(SignIn.seen_at < now - sign_in.LIFE))
    db.session.execute(delete(ServiceToken).where(ServiceToken.expires_at < now))
    db.session.execute(delete(Invite).where(Invite.spent_at.is_(None), Invite.expires_at < now - INVITES))


def left_behind(context: Context, user: User) -> set[int]:
    """Users who have left this course and who were, by school id, e-mail or name, this same person before the LMS gave
    them another id. Whether anything of ours still hangs on them the caller knows."""
    older = aliased(User)
    same = [older.name == user.name] if user.name else []
    same += [older.sourcedid == user.sourcedid] if user.sourcedid else []
    same += [older.email == user.email] if user.email else []
    if not same:
        return set()
    query = (
        select(older.id)
        .join(Membership, Membership.user_id == older.id)
        .where(Membership.context_id == context.id, Membership.left_at.is_not(None), older.id != user.id, or_(*same))
    )
    return set(db.session.scalars(query))


def nobody(platform: Platform) -> User:
    """A user who is no one, for rows that have to name somebody who was erased."""
    user = User(platform_id=platform.id, sub=f"erased {secrets.token_urlsafe(16)}")
    db.session.add(user)
    db.session.flush()
    return user


def _members(context: Context, user_ids: Collection[int]) -> Held:
    columns = select(LineItem.id).where(LineItem.context_id == context.id)
    theirs = {
        "membership": select(Membership.id).where(
            Membership.context_id == context.id, Membership.user_id.in_(user_ids)
        ),
        "outgoing_score": select(OutgoingScore.id).where(
            OutgoingScore.line_item_id.in_(columns), OutgoingScore.user_id.in_(user_ids)
        ),
        "deep_link_request": select(DeepLinkRequest.id).where(
            DeepLinkRequest.context_id == context.id, DeepLinkRequest.user_id.in_(user_ids)
        ),
        "sign_in": select(SignIn.id).where(SignIn.user_id.in_(user_ids)),
    }
    rows: Held = {table: {(row_id,) for row_id in db.session.scalars(query)} for table, query in theirs.items()}
    more = erasing.held(db.session, KEYS, {"user": only_here(context, user_ids)})
    for table, some in more.items():
        rows[table] = rows.get(table, set()) | some
    return {table: some for table, some in rows.items() if some}


def _forget_mentees(context: Context, user_ids: Collection[int], gone: Collection[int]) -> None:
    """Who observed them observes them no more: here, and whoever is gone, in every course of the platform."""
    subs = dict(db.session.execute(select(User.id, User.sub).where(User.id.in_(user_ids))).all())
    everywhere = {sub for user_id, sub in subs.items() if user_id in gone}
    observers = (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(User.platform_id == context.platform.id, cast(Membership.mentees, String) != "[]")
    )
    for row in db.session.scalars(observers):
        lost = set(subs.values()) if row.context_id == context.id else everywhere
        if lost & set(row.mentees):
            row.mentees = [sub for sub in row.mentees if sub not in lost]
    db.session.flush()
