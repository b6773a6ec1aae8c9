"""Alembic's way in: the app's own engine, the models' own metadata."""

from __future__ import annotations

from alembic import context

import lti.models  # every table must be known here
import personalization.board  # noqa: F401
import personalization.grading.model  # noqa: F401  # and with it all slices below
import personalization.proposal.model  # noqa: F401
from engine import due  # noqa: F401
from engine.db import Base, db

assert lti.models.Platform.__table__ is not None  # noqa: S101


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
