"""LMSs that take a call and say nothing: whoever asks one for a class list has it in hand for a while."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from flask import Flask
from sqlalchemy import select

from engine import due
from engine.clock import real_now
from engine.db import db
from lti.models.context import Context
from lti.models.platform import Deployment, Platform

_numbers = count(1)


def class_list_is_due(app: Flask, lms: int) -> None:
    """Of a new LMS at this port of ours."""
    with app.app_context():
        address = f"http://127.0.0.1:{lms}/{next(_numbers)}"
        platform = Platform(
            name="Slow", issuer=address, client_id="1", product_family="moodle", created_at=real_now(),
            auth_login_url=f"{address}/auth", auth_token_url=f"{address}/token", jwks_url=f"{address}/jwks",
        )  # fmt: skip
        context = Context(
            deployment=Deployment(platform=platform, deployment_id="1"), context_id="1", title="Biology",
            memberships_url=f"{address}/members",
        )  # fmt: skip
        db.session.add_all([platform, context])
        db.session.flush()
        due.schedule(
            db.session, "roster", str(context.id), real_now() - timedelta(seconds=1), f"platform:{platform.id}"
        )
        db.session.commit()


def asking(app: Flask) -> set[int]:
    """The processes that have a class list in hand."""
    with app.app_context():
        leases = db.session.scalars(select(due.Due.leased_by).where(due.Due.kind == "roster"))
        return {int(lease.split(":")[-2]) for lease in leases if lease}
