"""The people of a course as a roster names them: one entry read, and all of them written at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select, update

from engine import many
from engine.db import db
from lti import quirks
from lti.claims import MOST_ROLES, part, sourcedid, text, texts, words
from lti.claims import custom as filled_in
from lti.id_token import CLAIM
from lti.models.context import Context, Membership, User
from lti.models.platform import Platform

GONE = {"Inactive", "Deleted"}
TEXTS = ("name", "given_name", "family_name", "email")
NAMES = (*TEXTS, "sourcedid")
WRITTEN = (
    Membership.roster_roles,
    Membership.status,
    Membership.listed_at,
    Membership.left_at,
    Membership.sections,
    Membership.section_restricted,
    Membership.is_test_student,
)
Known = Sequence[Any]
# A row of what is known of somebody: four members, their names, then what a roster writes.
HEAD = 4
SAID_NAMES, SAID = slice(HEAD, HEAD + len(NAMES)), slice(HEAD + len(NAMES), None)
NOBODY: Known = ("", None, None, None, *("",) * len(NAMES), None, None, None, None, [], False, None)


@dataclass(frozen=True)
class Member:
    """One entry of a roster, as far as we keep it: `names` as in `NAMES`, `roles` sorted. None: it does not say."""

    sub: str
    names: tuple[str, ...]
    roles: tuple[str, ...]
    status: str
    sections: list[str] | None
    section_restricted: bool | None
    is_test_student: bool

    @property
    def is_gone(self) -> bool:
        return self.status in GONE

    def joined(self, other: Member) -> Member:
        """Both entries of one person: an LMS may name them once per enrolment, and who is active in one is there."""
        if self.is_gone != other.is_gone:
            return other if self.is_gone else self
        known = [one.sections for one in (self, other) if one.sections is not None]
        return Member(
            sub=self.sub,
            names=tuple([new or old for new, old in zip(other.names, self.names, strict=True)]),
            roles=tuple(sorted({*self.roles, *other.roles})),
            status=other.status,
            sections=sorted({section for sections in known for section in sections}) if known else None,
            section_restricted=other.section_restricted if self.section_restricted is None else self.section_restricted,
            is_test_student=self.is_test_student or other.is_test_student,
        )


def member_of(sub: str, said: dict[str, Any]) -> Member:
    custom: dict[str, str] = {}
    messages = said.get("message")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and part(message, CLAIM + "custom"):
            custom = filled_in(message)
    return Member(
        sub=sub,
        names=(*[text(said, name) for name in TEXTS], sourcedid(said)),
        roles=_roles(tuple(texts(said.get("roles"))[:MOST_ROLES])),
        status=text(said, "status")[:40] or "Active",
        sections=words(custom["section_ids"]) if "section_ids" in custom else None,
        section_restricted=custom["section_restricted"] == "true" if "section_restricted" in custom else None,
        is_test_student=custom.get("student_view") == "true",
    )


@lru_cache(maxsize=1000)
def _roles(said: tuple[str, ...]) -> tuple[str, ...]:
    """Whole URIs; most of a class list of thousands have the same."""
    return tuple(sorted({quirks.full_role(role) for role in said}))


def write(context: Context, members: Sequence[Member], now: datetime) -> None:
    """Bring users and memberships up to what a whole roster says; who is no longer named has left.

    Plain rows are compared and only what differs is written: a class list that says nothing new changes nothing.
    """
    session, platform = db.session, context.platform
    known = _known(context)
    if new := [member for member in members if member.sub not in known]:
        known = _known(context) if _add(context, platform, new, now) else known
    read = quirks.reads_names(platform)
    users, memberships = [], []
    for member in members:
        if (was := known.pop(member.sub, None)) is None:
            continue  # made a moment ago
        _sub, row_id, user_id, _launched_at = was[:HEAD]
        if (names := _names(was, member, read)) != was[SAID_NAMES]:
            users.append({"id": user_id, **dict(zip(NAMES, names, strict=True))})
        if (said := _said(was, member, platform, now)) != was[SAID]:
            memberships.append({"id": row_id, **_by_name(said)})
    for was in known.values():
        kept = _by_name(was[SAID])
        if kept["listed_at"] is not None:
            memberships.append({"id": was[1], **kept, "listed_at": None, "left_at": kept["left_at"] or now})
    for kind, rows in ((User, users), (Membership, memberships)):
        if rows:
            session.execute(update(kind), rows)
    context.roster_synced_at, context.roster_error = now, ""
    session.flush()


def _add(context: Context, platform: Platform, new: Sequence[Member], now: datetime) -> bool:
    """Make those whom nobody knows in this course yet; whether the platform knew some of them from another one."""
    known = _user_ids(platform, new)
    read = quirks.reads_names(platform)
    strangers = [member for member in new if member.sub not in known]
    names = ((member.sub, dict(zip(NAMES, _names(NOBODY, member, read), strict=True))) for member in strangers)
    many.add_missing(db.session, User, [{"platform_id": platform.id, "sub": sub, **named} for sub, named in names])
    ids = known | _user_ids(platform, strangers)
    key = {"tenant_id": platform.id, "context_id": context.id}
    there = [{**key, "user_id": ids[m.sub], **_by_name(_said(NOBODY, m, platform, now))} for m in new]
    many.add_missing(db.session, Membership, there)
    return bool(known)


def _known(context: Context) -> dict[str, Known]:
    """{sub: what a roster may change of them} for everybody who was ever in the course."""
    names = [getattr(User, name) for name in NAMES]
    query = (
        select(User.sub, Membership.id, Membership.user_id, Membership.launched_at, *names, *WRITTEN)
        .join(Membership.user)
        .where(Membership.context_id == context.id)
    )
    # Plain rows: the session would look at each of their values.
    return {row[0]: row for row in db.session.connection().execute(query)}


def _user_ids(platform: Platform, members: Sequence[Member]) -> dict[str, int]:
    """{sub: id} of those whom the platform knows."""
    if not members:
        return {}
    named = many.as_table(db.session, User, [{"sub": member.sub} for member in members])
    query = select(User.sub, User.id).where(User.platform_id == platform.id, User.sub.in_(select(named.c.sub)))
    return dict(db.session.connection().execute(query).all())


def _names(was: Known, member: Member, read: Callable[[str], str]) -> tuple[str, ...]:
    """Names are updated and never emptied: a platform may withhold them today."""
    before = was[SAID_NAMES]
    return tuple([(read(name) if name else "") or kept for name, kept in zip(member.names, before, strict=True)])


def _said(was: Known, member: Member, platform: Platform, now: datetime) -> tuple[Any, ...]:
    """What `WRITTEN` names, as from now on."""
    _roles, _status, listed_at, left_at, sections, restricted, is_test = was[SAID]
    if was[3] is None:  # else their launch told
        name, _given, _family, email, _sourcedid = member.names
        is_test = member.is_test_student or quirks.is_test_student(platform, name, email)
    return (
        list(member.roles),
        member.status,
        listed_at or now,
        (left_at or now) if member.is_gone else None,
        sections if member.sections is None else member.sections,
        restricted if member.section_restricted is None else member.section_restricted,
        is_test,
    )


def _by_name(said: Sequence[Any]) -> dict[str, Any]:
    return {column.key: value for column, value in zip(WRITTEN, said, strict=True)}
