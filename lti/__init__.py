"""Speaks LTI 1.3 and Advantage; knows nothing of learning. All that others may use of it is named here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine.db import db
from engine.worker import Handler
from lti import comparing, delivery, notices, roster, setup, turnstile, views
from lti.column import ColumnView, read_column
from lti.commands import commands
from lti.comparing import compare
from lti.deep_linking import ContentItem, LineItemAsked, deep_link_request, reply
from lti.erasing import (
    forget_context,
    forget_members,
    forget_old,
    held_of_context,
    held_of_members,
    left_behind,
    nobody,
    only_here,
)
from lti.errors import LaunchRefused
from lti.grades import (
    Score,
    forget_waiting,
    keep_theirs,
    let_go,
    outgoing,
    queue_hand_in,
    queue_score,
    resume,
    retry,
    retry_all,
    withdraw_score,
)
from lti.held import Held, results_of
from lti.known import Along, launch_query
from lti.models.context import Context, LineItem, Membership, ResourceLink, User
from lti.models.launch import DeepLinkRequest, SignIn
from lti.models.platform import Deployment, Platform
from lti.models.score import Delivery, OutgoingScore
from lti.notices import origins_of
from lti.pausing import Pause, hold, pause_of, room, why_slowly
from lti.reasons import lms_name, say
from lti.roster import refresh_roster
from lti.sign_in import current as sign_ins
from lti.sign_in import framed_for, sign_out, signed_in_users
from lti.tool_configuration import launch_url
from lti.way_in import Launch
from lti.wiring import Wiring

__all__ = [
    "HANDLERS",
    "WIDE",
    "Along",
    "ColumnView",
    "ContentItem",
    "Context",
    "DeepLinkRequest",
    "Delivery",
    "Deployment",
    "Held",
    "Launch",
    "LaunchRefused",
    "LineItem",
    "LineItemAsked",
    "Membership",
    "OutgoingScore",
    "Pause",
    "Platform",
    "ResourceLink",
    "Score",
    "SignIn",
    "User",
    "compare",
    "deep_link_request",
    "forget_context",
    "forget_members",
    "forget_old",
    "forget_waiting",
    "framed_for",
    "held_of_context",
    "held_of_members",
    "hold",
    "init_app",
    "keep_theirs",
    "launch_url",
    "left_behind",
    "let_go",
    "lms_name",
    "membership_of",
    "nobody",
    "only_here",
    "origins_of",
    "outgoing",
    "pause_of",
    "queue_hand_in",
    "queue_score",
    "read_column",
    "refresh_roster",
    "reply",
    "results_of",
    "resume",
    "retry",
    "retry_all",
    "room",
    "say",
    "sign_ins",
    "sign_out",
    "signed_in_users",
    "why_slowly",
    "withdraw_score",
]

# What the worker does for this room. "score", "compare": key is a line item's id; "roster": a context's; "notice": a
# deployment's.
HANDLERS: dict[str, Handler] = {
    "score": delivery.handle,
    "compare": comparing.handle,
    "roster": roster.handle,
    "notice": notices.handle,
}
WIDE = {"score"}  # may have several requests in flight at once, as many as the platform's lane has room for


def init_app(
    app: Flask,
    on_launch: Callable[[Launch], Response],
    on_roster: Callable[[Context], None] = lambda context: None,
    along: Along | None = None,
) -> None:
    """Add the LTI addresses and commands. The app's config and CSRF protection are there already.

    `on_launch` turns a believed and recorded launch into the page to go to. `on_roster` is told of every context whose
    members were read. Both write, neither commits. `along`: what `on_launch` finds in `Launch.along`.
    """
    config = app.extensions["config"]
    app.extensions["lti"] = Wiring(config, on_launch, on_roster, launch_query(along or Along()))
    turnstile.init_app(app, config.refusals_per_minute)
    app.register_blueprint(views.bp)
    app.register_blueprint(setup.bp)
    app.cli.add_command(commands)
    # An LMS posts to the first two without a token of ours: the state does that work, for notices the signature. Who
    # enters by a code has no session yet that could hold a token: the Origin does.
    for view in (views.start, views.arrive, views.take_notices, views.enter):
        app.extensions["csrf"].exempt(view)


def membership_of(user_ids: Sequence[int], context_id: int) -> Membership | None:
    """The membership that one of these users has in a context, the latest launched where there are several."""
    query = select(Membership).where(Membership.context_id == context_id, Membership.user_id.in_(user_ids))
    return db.session.scalars(query.order_by(Membership.launched_at.desc().nulls_last())).first()
