"""What the clock and the people around an activity need; the lines of before are looked at, their history is told."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("fits", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kept_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_reply_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
    )
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reply_user_id"), ["user_id"], unique=False)

    op.create_table(
        "accommodation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("factor", sa.Numeric(precision=4, scale=2), nullable=True),
        sa.Column("formats", sa.Text(), nullable=False),
        sa.Column("demands", sa.Text(), nullable=False),
        sa.Column("goals", sa.Text(), nullable=False),
        sa.Column("shown_to", engine.db.Json, nullable=False),
        sa.Column("not_asked", engine.db.Json, nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", engine.db.UTC(), nullable=False),
        sa.Column("ended_at", engine.db.UTC(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_accommodation_person_id_person")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_accommodation_written_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation")),
        sa.UniqueConstraint("person_id", name=op.f("uq_accommodation_person_id")),
    )
    op.create_table(
        "person_section",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_section_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "section", name=op.f("pk_person_section")),
    )
    op.create_table(
        "watch",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unopened_days", sa.Integer(), nullable=False),
        sa.Column("still_minutes", sa.Integer(), nullable=False),
        sa.Column("idea_days", sa.Integer(), nullable=False),
        sa.Column("reply_days", sa.Integer(), nullable=False),
        sa.Column("seen", engine.db.Json, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_watch_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_watch")),
    )
    op.create_table(
        "accommodation_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accommodation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("before", engine.db.Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["accommodation_id"],
            ["accommodation.id"],
            name=op.f("fk_accommodation_change_accommodation_id_accommodation"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_accommodation_change_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_change")),
    )
    with op.batch_alter_table("accommodation_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accommodation_change_accommodation_id"), ["accommodation_id"], unique=False
        )

    op.create_table(
        "accommodation_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accommodation_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["accommodation_id"],
            ["accommodation.id"],
            name=op.f("fk_accommodation_look_accommodation_id_accommodation"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_accommodation_look_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_look")),
    )
    with op.batch_alter_table("accommodation_look", schema=None) as batch_op:
        batch_op.create_index("ix_accommodation_look_whose", ["accommodation_id", "by_id", "at"], unique=False)

    op.create_table(
        "banked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("means", sa.String(length=255), nullable=False),
        sa.Column("audience", sa.String(length=255), nullable=False),
        sa.Column("supports", sa.Text(), nullable=False),
        sa.Column("showings", engine.db.Json, nullable=False),
        sa.Column("kept_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_banked_option_id_option")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_banked_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banked")),
        sa.UniqueConstraint("user_id", "option_id", name=op.f("uq_banked_user_id_option_id")),
    )
    with op.batch_alter_table("banked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_banked_option_id"), ["option_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_banked_user_id"), ["user_id"], unique=False)

    op.create_table(
        "lms_date_settled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=True),
        sa.Column("ours", engine.db.UTC(), nullable=False),
        sa.Column("theirs", engine.db.UTC(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_lms_date_settled_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_lms_date_settled_by_id_person")),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_lms_date_settled_choice_id_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lms_date_settled")),
    )
    with op.batch_alter_table("lms_date_settled", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lms_date_settled_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lms_date_settled_choice_id"), ["choice_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_message_by_id_person")),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_message_choice_id_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_choice_id", ["choice_id"], unique=False)
        batch_op.create_index(
            "ix_message_open",
            ["choice_id"],
            unique=False,
            sqlite_where=sa.text("waits"),
            postgresql_where=sa.text("waits"),
        )

    op.create_table(
        "claim",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_claim_by_id_person")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_claim_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_claim")),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("made_at", engine.db.UTC(), nullable=False),
        sa.Column("next_at", engine.db.UTC(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("sent_at", engine.db.UTC(), nullable=True),
        sa.Column("trouble", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["choice_event.id"], name=op.f("fk_mail_event_id_choice_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mail_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("person_id", "about", name=op.f("uq_mail_person_id_about")),
    )
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_event_id"), ["event_id"], unique=False)
        batch_op.create_index(
            "ix_mail_waiting",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at is not null"),
            postgresql_where=sa.text("next_at is not null"),
        )

    op.create_table(
        "agreement_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("tool", sa.String(length=255), nullable=False),
        sa.Column("lines", engine.db.Json, nullable=False),
        sa.Column("unsure", engine.db.Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", engine.db.UTC(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", engine.db.UTC(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_change_agreement_id_agreement")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_agreement_change_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_agreement_change_asked_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_change")),
    )
    with op.batch_alter_table("agreement_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_change_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(
            "uq_agreement_change_one_open",
            ["agreement_id"],
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )

    op.create_table(
        "sharing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", engine.db.UTC(), nullable=False),
        sa.Column("consent", sa.String(40), nullable=True),
        sa.Column("answered_at", engine.db.UTC(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("means", sa.String(length=255), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("shared_at", engine.db.UTC(), nullable=True),
        sa.Column("banked_id", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_sharing_agreement_id_agreement")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_sharing_asked_by_id_person")),
        sa.ForeignKeyConstraint(
            ["banked_id"], ["banked.id"], name=op.f("fk_sharing_banked_id_banked"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_sharing_option_id_option")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_sharing_agreement_id")),
    )
    with op.batch_alter_table("choice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("extended", engine.db.Json, server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("lms_due_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("lms_due_seen_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("not_asked", engine.db.Json, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("reminded", engine.db.Json, server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("unanswered_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("must_pick_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("last_call_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("unplaced_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("closed_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("rule", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("excused_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("excused_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("excuse_reason", sa.Text(), server_default=sa.text("('')"), nullable=False))
        batch_op.add_column(sa.Column("looked_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("step_at", engine.db.UTC(), nullable=True))
        batch_op.create_index("ix_choice_step_at", ["step_at"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_choice_excused_by_id_person"), "person", ["excused_by_id"], ["id"])

    with op.batch_alter_table("choice_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", engine.db.UTC(), nullable=True))
        batch_op.create_index(
            "ix_choice_event_untold",
            ["id"],
            unique=False,
            sqlite_where=sa.text("told_at is null"),
            postgresql_where=sa.text("told_at is null"),
        )

    with op.batch_alter_table("context", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("paused_why", sa.Text(), server_default=sa.text("('')"), nullable=False))

    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_asked", engine.db.Json, server_default="[]", nullable=False))

    with op.batch_alter_table("outgoing_score", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_score", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("judged_at", engine.db.UTC(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sees_only_sections", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("away_since", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("back_at", engine.db.UTC(), nullable=True))
        batch_op.add_column(sa.Column("news_seen_id", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("mail_rhythm", sa.String(40), nullable=True))
        batch_op.add_column(sa.Column("digest_at", engine.db.UTC(), nullable=True))

    with op.batch_alter_table("platform", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paused_why", sa.Text(), server_default=sa.text("('')"), nullable=False))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expired_from", sa.String(40), nullable=True))

    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_asked", engine.db.Json, server_default="[]", nullable=False))

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_nothing", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sourcedid", sa.String(length=255), server_default=sa.text("('')"), nullable=False)
        )

    _let_the_clock_look()
    _count_history_as_told()
    _tell_people_their_sections()


def _let_the_clock_look() -> None:
    """The clock finds a line by when it has to look at it next, which none of these lines say: look at each once."""
    dates = ("accept_by", "pick_by", "work_due", "lock", "reply_until")
    choice = sa.table("choice", sa.column("step_at", engine.db.UTC()), *(sa.column(name) for name in dates))
    dated = sa.or_(*(choice.c[name].is_not(None) for name in dates))
    op.execute(choice.update().where(dated).values(step_at=LONG_AGO))


def _count_history_as_told() -> None:
    """What happened before anybody could be told of it is history, not news, and no mail goes out about it."""
    event = sa.table(
        "choice_event", sa.column("at", engine.db.UTC()), sa.column("told_at", engine.db.UTC()), sa.column("id")
    )
    person = sa.table("person", sa.column("news_seen_id"))
    op.execute(event.update().values(told_at=event.c.at))
    newest = sa.select(sa.func.coalesce(sa.func.max(event.c.id), 0)).scalar_subquery()
    op.execute(person.update().values(news_seen_id=newest))


def _tell_people_their_sections() -> None:
    """The LMS's limits hold at once, not from the next launch on: a page may be open already."""
    person = sa.table("person", *map(sa.column, ("id", "course_id", "user_id", "sees_only_sections")))
    course = sa.table("course", *map(sa.column, ("id", "context_id")))
    membership = sa.table(
        "membership",
        *map(sa.column, ("context_id", "user_id")),
        sa.column("sections", engine.db.Json),
        sa.column("section_restricted", sa.Boolean()),
    )
    section = sa.table("person_section", *map(sa.column, ("person_id", "section")))
    rows = op.get_bind().execute(
        sa.select(person.c.id, membership.c.sections, membership.c.section_restricted)
        .join(course, course.c.id == person.c.course_id)
        .join(
            membership,
            sa.and_(membership.c.context_id == course.c.context_id, membership.c.user_id == person.c.user_id),
        )
    )
    for person_id, sections, restricted in rows.all():
        names = {name[:255] for name in sections or []}
        if names:
            op.bulk_insert(section, [{"person_id": person_id, "section": name} for name in sorted(names)])
        if restricted:
            op.execute(person.update().where(person.c.id == person_id).values(sees_only_sections=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("sourcedid")

    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("is_nothing")

    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_column("not_asked")

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_column("expired_from")

    with op.batch_alter_table("platform", schema=None) as batch_op:
        batch_op.drop_column("failures")
        batch_op.drop_column("paused_why")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("digest_at")
        batch_op.drop_column("mail_rhythm")
        batch_op.drop_column("news_seen_id")
        batch_op.drop_column("back_at")
        batch_op.drop_column("away_since")
        batch_op.drop_column("sees_only_sections")

    with op.batch_alter_table("outgoing_score", schema=None) as batch_op:
        batch_op.drop_column("judged_at")
        batch_op.drop_column("judged_score")

    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_column("not_asked")

    with op.batch_alter_table("context", schema=None) as batch_op:
        batch_op.drop_column("paused_why")
        batch_op.drop_column("paused_at")

    with op.batch_alter_table("choice_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_choice_event_untold",
            sqlite_where=sa.text("told_at is null"),
            postgresql_where=sa.text("told_at is null"),
        )
        batch_op.drop_column("told_at")

    with op.batch_alter_table("choice", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_choice_excused_by_id_person"), type_="foreignkey")
        batch_op.drop_index("ix_choice_step_at")
        batch_op.drop_column("step_at")
        batch_op.drop_column("looked_at")
        batch_op.drop_column("excuse_reason")
        batch_op.drop_column("excused_by_id")
        batch_op.drop_column("excused_at")
        batch_op.drop_column("rule")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("unplaced_at")
        batch_op.drop_column("last_call_at")
        batch_op.drop_column("must_pick_at")
        batch_op.drop_column("unanswered_at")
        batch_op.drop_column("reminded")
        batch_op.drop_column("not_asked")
        batch_op.drop_column("lms_due_seen_at")
        batch_op.drop_column("lms_due_at")
        batch_op.drop_column("extended")

    op.drop_table("sharing")
    with op.batch_alter_table("agreement_change", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agreement_change_one_open",
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )
        batch_op.drop_index(batch_op.f("ix_agreement_change_agreement_id"))

    op.drop_table("agreement_change")
    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mail_waiting",
            sqlite_where=sa.text("next_at is not null"),
            postgresql_where=sa.text("next_at is not null"),
        )
        batch_op.drop_index(batch_op.f("ix_mail_event_id"))

    op.drop_table("mail")
    op.drop_table("claim")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_open", sqlite_where=sa.text("waits"), postgresql_where=sa.text("waits"))
        batch_op.drop_index("ix_message_choice_id")

    op.drop_table("message")
    with op.batch_alter_table("lms_date_settled", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lms_date_settled_choice_id"))
        batch_op.drop_index(batch_op.f("ix_lms_date_settled_activity_id"))

    op.drop_table("lms_date_settled")
    with op.batch_alter_table("banked", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_banked_user_id"))
        batch_op.drop_index(batch_op.f("ix_banked_option_id"))

    op.drop_table("banked")
    with op.batch_alter_table("accommodation_look", schema=None) as batch_op:
        batch_op.drop_index("ix_accommodation_look_whose")

    op.drop_table("accommodation_look")
    with op.batch_alter_table("accommodation_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accommodation_change_accommodation_id"))

    op.drop_table("accommodation_change")
    op.drop_table("watch")
    op.drop_table("person_section")
    op.drop_table("accommodation")
    with op.batch_alter_table("reply", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reply_user_id"))

    op.drop_table("reply")
