"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("lane", sa.String(length=60), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=60), nullable=True),
        sa.Column("leased_until", engine.db.UTC(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_due_kind_key")),
    )
    with op.batch_alter_table("due") as batch_op:
        batch_op.create_index("ix_due_at", ["at"], unique=False)

    op.create_table(
        "key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("public_jwk", engine.db.Json, nullable=False),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.Column("retired_at", engine.db.UTC(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key")),
        sa.UniqueConstraint("kid", name=op.f("uq_key_kid")),
    )
    op.create_table(
        "nonce",
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("expires_at", engine.db.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_nonce")),
    )
    with op.batch_alter_table("nonce") as batch_op:
        batch_op.create_index(batch_op.f("ix_nonce_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("auth_login_url", sa.Text(), nullable=False),
        sa.Column("auth_token_url", sa.Text(), nullable=False),
        sa.Column("jwks_url", sa.Text(), nullable=False),
        sa.Column("token_audience", sa.Text(), nullable=True),
        sa.Column("product_family", sa.String(length=60), nullable=False),
        sa.Column("guid", sa.String(length=255), nullable=False),
        sa.Column("jwks", engine.db.Json, nullable=True),
        sa.Column("jwks_fetched_at", engine.db.UTC(), nullable=True),
        sa.Column("scopes", engine.db.Json, nullable=False),
        sa.Column("any_deployment", sa.Boolean(), nullable=False),
        sa.Column("paused_until", engine.db.UTC(), nullable=True),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
        sa.UniqueConstraint("issuer", "client_id", name=op.f("uq_platform_issuer_client_id")),
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_deployment_platform_id_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("platform_id", "deployment_id", name=op.f("uq_deployment_platform_id_deployment_id")),
    )
    op.create_table(
        "invite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.Column("expires_at", engine.db.UTC(), nullable=False),
        sa.Column("spent_at", engine.db.UTC(), nullable=True),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_invite_platform_id_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invite_token_hash")),
    )
    op.create_table(
        "service_token",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.String(length=500), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_service_token_platform_id_platform")),
        sa.PrimaryKeyConstraint("platform_id", "scopes", name=op.f("pk_service_token")),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("sub", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=60), nullable=False),
        sa.Column("zoneinfo", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_user_platform_id_platform")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("platform_id", "sub", name=op.f("uq_user_platform_id_sub")),
    )
    op.create_table(
        "context",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", engine.db.Json, nullable=False),
        sa.Column("memberships_url", sa.Text(), nullable=True),
        sa.Column("lineitems_url", sa.Text(), nullable=True),
        sa.Column("ags_scopes", engine.db.Json, nullable=False),
        sa.Column("roster_synced_at", engine.db.UTC(), nullable=True),
        sa.Column("roster_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_id"], ["deployment.id"], name=op.f("fk_context_deployment_id_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_context")),
        sa.UniqueConstraint("deployment_id", "context_id", name=op.f("uq_context_deployment_id_context_id")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("frame_origins", engine.db.Json, nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.Column("seen_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_sign_in_platform_id_platform")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("session_hash", "platform_id", name=op.f("uq_sign_in_session_hash_platform_id")),
    )
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("lms", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["context.id"], name=op.f("fk_course_context_id_context")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("context_id", name=op.f("uq_course_context_id")),
    )
    op.create_table(
        "deep_link_request",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("settings", engine.db.Json, nullable=False),
        sa.Column("placement", sa.String(length=120), nullable=False),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.Column("expires_at", engine.db.UTC(), nullable=False),
        sa.Column("answered_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["context_id"], ["context.id"], name=op.f("fk_deep_link_request_context_id_context")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_deep_link_request_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deep_link_request")),
    )
    with op.batch_alter_table("deep_link_request") as batch_op:
        batch_op.create_index(batch_op.f("ix_deep_link_request_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "line_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("score_maximum", sa.Double(), nullable=True),
        sa.Column("due", engine.db.UTC(), nullable=True),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("fetched_at", engine.db.UTC(), nullable=True),
        sa.Column("asked_at", engine.db.UTC(), nullable=True),
        sa.Column("gone_at", engine.db.UTC(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["context.id"], name=op.f("fk_line_item_context_id_context")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_item")),
        sa.UniqueConstraint("context_id", "url", name=op.f("uq_line_item_context_id_url")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("launch_roles", engine.db.Json, nullable=False),
        sa.Column("roster_roles", engine.db.Json, nullable=False),
        sa.Column("other_roles", engine.db.Json, nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("launched_at", engine.db.UTC(), nullable=True),
        sa.Column("listed_at", engine.db.UTC(), nullable=True),
        sa.Column("left_at", engine.db.UTC(), nullable=True),
        sa.Column("sections", engine.db.Json, nullable=False),
        sa.Column("section_restricted", sa.Boolean(), nullable=False),
        sa.Column("mentees", engine.db.Json, nullable=False),
        sa.Column("is_test_student", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["context.id"], name=op.f("fk_membership_context_id_context")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("context_id", "user_id", name=op.f("uq_membership_context_id_user_id")),
    )
    with op.batch_alter_table("membership") as batch_op:
        batch_op.create_index("ix_membership_user_id", ["user_id"], unique=False)

    op.create_table(
        "outgoing_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("handed_in_at", engine.db.UTC(), nullable=True),
        sa.Column("hand_in_number", sa.Integer(), nullable=False),
        sa.Column("work_url", sa.Text(), nullable=False),
        sa.Column("score_given", sa.Double(), nullable=True),
        sa.Column("score_maximum", sa.Double(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("overwrite", sa.Boolean(), nullable=False),
        sa.Column("sent_hand_in_number", sa.Integer(), nullable=False),
        sa.Column("sent_version", sa.Integer(), nullable=False),
        sa.Column("delivered_given", sa.Double(), nullable=True),
        sa.Column("delivered_maximum", sa.Double(), nullable=True),
        sa.Column("tried_given", sa.Double(), nullable=True),
        sa.Column("tried_maximum", sa.Double(), nullable=True),
        sa.Column("comment_spent", sa.String(length=64), nullable=False),
        sa.Column("last_timestamp", engine.db.UTC(), nullable=True),
        sa.Column("sent_at", engine.db.UTC(), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result_score", sa.Double(), nullable=True),
        sa.Column("result_maximum", sa.Double(), nullable=True),
        sa.Column("result_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(
            ["line_item_id"], ["line_item.id"], name=op.f("fk_outgoing_score_line_item_id_line_item")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_outgoing_score_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_score")),
        sa.UniqueConstraint("line_item_id", "user_id", name=op.f("uq_outgoing_score_line_item_id_user_id")),
    )
    with op.batch_alter_table("outgoing_score") as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_score_status"), ["status"], unique=False)
        batch_op.create_index("ix_outgoing_score_user_id", ["user_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("roles", engine.db.Json, nullable=False),
        sa.Column("role_chosen", sa.Boolean(), nullable=False),
        sa.Column("given_name", sa.String(length=255), nullable=False),
        sa.Column("full_name", sa.String(length=255), nullable=False),
        sa.Column("sort_name", sa.String(length=255), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("mentees", engine.db.Json, nullable=False),
        sa.Column("first_seen_at", engine.db.UTC(), nullable=False),
        sa.Column("left_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_person_course_id_course")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_person_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("course_id", "user_id", name=op.f("uq_person_course_id_user_id")),
    )
    with op.batch_alter_table("person") as batch_op:
        batch_op.create_index(batch_op.f("ix_person_user_id"), ["user_id"], unique=False)

    op.create_table(
        "resource_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("line_item_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["context.id"], name=op.f("fk_resource_link_context_id_context")),
        sa.ForeignKeyConstraint(
            ["line_item_id"], ["line_item.id"], name=op.f("fk_resource_link_line_item_id_line_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_link")),
        sa.UniqueConstraint(
            "context_id", "resource_link_id", name=op.f("uq_resource_link_context_id_resource_link_id")
        ),
    )
    with op.batch_alter_table("resource_link") as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_link_line_item_id"), ["line_item_id"], unique=False)

    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("representations", sa.Text(), nullable=False),
        sa.Column("graded", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("own_idea", sa.Boolean(), nullable=False),
        sa.Column("silence", sa.String(40), nullable=False),
        sa.Column("least_filled", sa.Boolean(), nullable=False),
        sa.Column("default_option_id", sa.Integer(), nullable=True),
        sa.Column("opens", engine.db.UTC(), nullable=True),
        sa.Column("propose_by", engine.db.UTC(), nullable=True),
        sa.Column("answer_by", engine.db.UTC(), nullable=True),
        sa.Column("accept_by", engine.db.UTC(), nullable=True),
        sa.Column("pick_by", engine.db.UTC(), nullable=True),
        sa.Column("work_due", engine.db.UTC(), nullable=True),
        sa.Column("lock", engine.db.UTC(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", engine.db.UTC(), nullable=False),
        sa.Column("saved_at", engine.db.UTC(), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=40), nullable=True),
        sa.Column("typed", engine.db.Json, nullable=True),
        sa.Column("published_at", engine.db.UTC(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_activity_course_id_course")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_activity_created_by_id_person")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_activity_saved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("created_by_id", "form_key", name=op.f("uq_activity_created_by_id_form_key")),
        sa.UniqueConstraint("key", name=op.f("uq_activity_key")),
    )
    with op.batch_alter_table("activity") as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_course_id"), ["course_id"], unique=False)

    op.create_table(
        "learning_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_learning_target_activity_id_activity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_target")),
    )
    with op.batch_alter_table("learning_target") as batch_op:
        batch_op.create_index(batch_op.f("ix_learning_target_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("means", sa.String(length=255), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("audience", sa.String(length=255), nullable=False),
        sa.Column("supports", sa.Text(), nullable=False),
        sa.Column("only_for_id", sa.Integer(), nullable=True),
        sa.Column("archived_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_option_activity_id_activity")),
        sa.ForeignKeyConstraint(["only_for_id"], ["person.id"], name=op.f("fk_option_only_for_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option")),
    )
    with op.batch_alter_table("option") as batch_op:
        batch_op.create_index("ix_option_activity", ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_option_only_for_id"), ["only_for_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_link_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("line_item_id", sa.Integer(), nullable=True),
        sa.Column("placed_at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_placement_activity_id_activity")),
        sa.ForeignKeyConstraint(["line_item_id"], ["line_item.id"], name=op.f("fk_placement_line_item_id_line_item")),
        sa.ForeignKeyConstraint(
            ["resource_link_id"], ["resource_link.id"], name=op.f("fk_placement_resource_link_id_resource_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("resource_link_id", name=op.f("uq_placement_resource_link_id")),
    )
    with op.batch_alter_table("placement") as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "rubric",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_rubric_activity_id_activity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric")),
        sa.UniqueConstraint("activity_id", "number", name=op.f("uq_rubric_activity_id_number")),
    )
    op.create_table(
        "choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", engine.db.UTC(), nullable=True),
        sa.Column("option_id", sa.Integer(), nullable=True),
        sa.Column("option_since", engine.db.UTC(), nullable=True),
        sa.Column("way", sa.String(40), nullable=True),
        sa.Column("plan_b_id", sa.Integer(), nullable=True),
        sa.Column("propose_by", engine.db.UTC(), nullable=True),
        sa.Column("accept_by", engine.db.UTC(), nullable=True),
        sa.Column("pick_by", engine.db.UTC(), nullable=True),
        sa.Column("work_due", engine.db.UTC(), nullable=True),
        sa.Column("lock", engine.db.UTC(), nullable=True),
        sa.Column("reply_until", engine.db.UTC(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_choice_activity_id_activity")),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_choice_option_id_option")),
        sa.ForeignKeyConstraint(["plan_b_id"], ["option.id"], name=op.f("fk_choice_plan_b_id_option")),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"], name=op.f("fk_choice_student_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice")),
        sa.UniqueConstraint("activity_id", "student_id", name=op.f("uq_choice_activity_id_student_id")),
    )
    with op.batch_alter_table("choice") as batch_op:
        batch_op.create_index("ix_choice_option", ["option_id"], unique=False)
        batch_op.create_index("ix_choice_pick_by", ["pick_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_choice_student_id"), ["student_id"], unique=False)

    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rubric_id"], ["rubric.id"], name=op.f("fk_criterion_rubric_id_rubric")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("rubric_id", "key", name=op.f("uq_criterion_rubric_id_key")),
    )
    op.create_table(
        "showing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.Column("criterion_key", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("how", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_showing_option_id_option")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showing")),
        sa.UniqueConstraint("option_id", "criterion_key", name=op.f("uq_showing_option_id_criterion_key")),
    )
    op.create_table(
        "choice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.Column("detail", engine.db.Json, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_choice_event_by_id_person")),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_choice_event_choice_id_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_event")),
    )
    with op.batch_alter_table("choice_event") as batch_op:
        batch_op.create_index(batch_op.f("ix_choice_event_choice_id"), ["choice_id"], unique=False)

    op.create_table(
        "level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_level_criterion_id_criterion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level")),
        sa.UniqueConstraint("criterion_id", "value", name=op.f("uq_level_criterion_id_value")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("started_at", engine.db.UTC(), nullable=False),
        sa.Column("reply_until", engine.db.UTC(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_proposal_choice_id_choice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal") as batch_op:
        batch_op.create_index("ix_proposal_choice_id", ["choice_id"], unique=False)
        batch_op.create_index("ix_proposal_status", ["status"], unique=False)
        batch_op.create_index(
            "uq_proposal_one_open",
            ["choice_id"],
            unique=True,
            sqlite_where=sa.text("status in ('draft', 'submitted', 'offered', 'revising')"),
            postgresql_where=sa.text("status in ('draft', 'submitted', 'offered', 'revising')"),
        )

    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("again", sa.String(40), nullable=True),
        sa.Column("started_at", engine.db.UTC(), nullable=False),
        sa.Column("saved_at", engine.db.UTC(), nullable=False),
        sa.Column("handed_in_at", engine.db.UTC(), nullable=True),
        sa.Column("handed_in_really_at", engine.db.UTC(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("returned_at", engine.db.UTC(), nullable=True),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_submission_choice_id_choice")),
        sa.ForeignKeyConstraint(["returned_by_id"], ["person.id"], name=op.f("fk_submission_returned_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("choice_id", "number", name=op.f("uq_submission_choice_id_number")),
    )
    with op.batch_alter_table("submission") as batch_op:
        batch_op.create_index(
            "uq_submission_one_draft",
            ["choice_id"],
            unique=True,
            sqlite_where=sa.text("handed_in_at is null"),
            postgresql_where=sa.text("handed_in_at is null"),
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", engine.db.UTC(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_decision_by_id_person")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_decision_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision") as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.String(length=80), nullable=True),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("criteria", engine.db.Json, nullable=False),
        sa.Column("added_at", engine.db.UTC(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_evidence_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_evidence_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence") as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_storage_key"), ["storage_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_submission_id"), ["submission_id"], unique=False)

    op.create_table(
        "grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("adjustment", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("adjustment_reason", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("out_of", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", engine.db.UTC(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["marked_by_id"], ["person.id"], name=op.f("fk_grade_marked_by_id_person")),
        sa.ForeignKeyConstraint(["rubric_id"], ["rubric.id"], name=op.f("fk_grade_rubric_id_rubric")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_grade_submission_id_submission")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_grade_submission_id")),
    )
    op.create_table(
        "proposal_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("tool", sa.String(length=255), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", engine.db.UTC(), nullable=False),
        sa.Column("sent_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_proposal_version_by_id_person")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_version_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_version")),
        sa.UniqueConstraint("proposal_id", "number", name=op.f("uq_proposal_version_proposal_id_number")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer(), nullable=False),
        sa.Column("agreed_at", engine.db.UTC(), nullable=False),
        sa.Column("agreed_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", engine.db.UTC(), nullable=True),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["person.id"], name=op.f("fk_agreement_agreed_by_id_person")),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_agreement_choice_id_choice")),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_agreement_option_id_option")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_agreement_proposal_id_proposal")),
        sa.ForeignKeyConstraint(["rubric_id"], ["rubric.id"], name=op.f("fk_agreement_rubric_id_rubric")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["proposal_version.id"], name=op.f("fk_agreement_version_id_proposal_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_choice_id"), ["choice_id"], unique=False)
        batch_op.create_index(
            "uq_agreement_one_live",
            ["choice_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("criterion_key", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_mark_grade_id_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sa.UniqueConstraint("grade_id", "criterion_key", name=op.f("uq_mark_grade_id_criterion_key")),
    )
    op.create_table(
        "proposal_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("criterion_key", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["proposal_version.id"], name=op.f("fk_proposal_line_version_id_proposal_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_line")),
        sa.UniqueConstraint("version_id", "criterion_key", name=op.f("uq_proposal_line_version_id_criterion_key")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Integer(), nullable=False),
        sa.Column("levels", engine.db.Json, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("adjustment", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("adjustment_reason", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("out_of", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("released_at", engine.db.UTC(), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", engine.db.UTC(), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["choice_id"], ["choice.id"], name=op.f("fk_release_choice_id_choice")),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_release_grade_id_grade")),
        sa.ForeignKeyConstraint(["released_by_id"], ["person.id"], name=op.f("fk_release_released_by_id_person")),
        sa.ForeignKeyConstraint(["rubric_id"], ["rubric.id"], name=op.f("fk_release_rubric_id_rubric")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_release_withdrawn_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    with op.batch_alter_table("release") as batch_op:
        batch_op.create_index(batch_op.f("ix_release_choice_id"), ["choice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_grade_id"), ["grade_id"], unique=False)

    # An activity names its default option, an option its activity: this key waits until both tables are there.
    with op.batch_alter_table("activity") as batch_op:
        batch_op.create_foreign_key(
            op.f("fk_activity_default_option_id_option"), "option", ["default_option_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("activity") as batch_op:
        batch_op.drop_constraint(op.f("fk_activity_default_option_id_option"), type_="foreignkey")

    with op.batch_alter_table("release") as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_grade_id"))
        batch_op.drop_index(batch_op.f("ix_release_choice_id"))

    op.drop_table("release")
    op.drop_table("proposal_line")
    op.drop_table("mark")
    with op.batch_alter_table("agreement") as batch_op:
        batch_op.drop_index(
            "uq_agreement_one_live",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_agreement_choice_id"))

    op.drop_table("agreement")
    op.drop_table("proposal_version")
    op.drop_table("grade")
    with op.batch_alter_table("evidence") as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_submission_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_storage_key"))

    op.drop_table("evidence")
    with op.batch_alter_table("decision") as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_proposal_id"))

    op.drop_table("decision")
    with op.batch_alter_table("submission") as batch_op:
        batch_op.drop_index(
            "uq_submission_one_draft",
            sqlite_where=sa.text("handed_in_at is null"),
            postgresql_where=sa.text("handed_in_at is null"),
        )

    op.drop_table("submission")
    with op.batch_alter_table("proposal") as batch_op:
        batch_op.drop_index(
            "uq_proposal_one_open",
            sqlite_where=sa.text("status in ('draft', 'submitted', 'offered', 'revising')"),
            postgresql_where=sa.text("status in ('draft', 'submitted', 'offered', 'revising')"),
        )
        batch_op.drop_index("ix_proposal_status")
        batch_op.drop_index("ix_proposal_choice_id")

    op.drop_table("proposal")
    op.drop_table("level")
    with op.batch_alter_table("choice_event") as batch_op:
        batch_op.drop_index(batch_op.f("ix_choice_event_choice_id"))

    op.drop_table("choice_event")
    op.drop_table("showing")
    op.drop_table("criterion")
    with op.batch_alter_table("choice") as batch_op:
        batch_op.drop_index(batch_op.f("ix_choice_student_id"))
        batch_op.drop_index("ix_choice_pick_by")
        batch_op.drop_index("ix_choice_option")

    op.drop_table("choice")
    op.drop_table("rubric")
    with op.batch_alter_table("placement") as batch_op:
        batch_op.drop_index(batch_op.f("ix_placement_activity_id"))

    op.drop_table("placement")
    with op.batch_alter_table("option") as batch_op:
        batch_op.drop_index(batch_op.f("ix_option_only_for_id"))
        batch_op.drop_index("ix_option_activity")

    op.drop_table("option")
    with op.batch_alter_table("learning_target") as batch_op:
        batch_op.drop_index(batch_op.f("ix_learning_target_activity_id"))

    op.drop_table("learning_target")
    with op.batch_alter_table("activity") as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_course_id"))

    op.drop_table("activity")
    with op.batch_alter_table("resource_link") as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_link_line_item_id"))

    op.drop_table("resource_link")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_user_id"))

    op.drop_table("person")
    with op.batch_alter_table("outgoing_score") as batch_op:
        batch_op.drop_index("ix_outgoing_score_user_id")
        batch_op.drop_index(batch_op.f("ix_outgoing_score_status"))

    op.drop_table("outgoing_score")
    with op.batch_alter_table("membership") as batch_op:
        batch_op.drop_index("ix_membership_user_id")

    op.drop_table("membership")
    op.drop_table("line_item")
    with op.batch_alter_table("deep_link_request") as batch_op:
        batch_op.drop_index(batch_op.f("ix_deep_link_request_expires_at"))

    op.drop_table("deep_link_request")
    op.drop_table("course")
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_seen_at"))

    op.drop_table("sign_in")
    op.drop_table("context")
    op.drop_table("user")
    op.drop_table("service_token")
    op.drop_table("invite")
    op.drop_table("deployment")
    op.drop_table("platform")
    with op.batch_alter_table("nonce") as batch_op:
        batch_op.drop_index(batch_op.f("ix_nonce_expires_at"))

    op.drop_table("nonce")
    op.drop_table("key")
    with op.batch_alter_table("due") as batch_op:
        batch_op.drop_index("ix_due_at")

    op.drop_table("due")
