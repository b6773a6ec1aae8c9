"""An index for each foreign key: who erases a person or a course would else have whole tables read for each row. Those
that no query of ours begins with go: what they said is asked within an activity, a choice or a column only."""

from __future__ import annotations

from engine import online

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# (index, table, column, of which rows)
NEW = (
    ("ix_accommodation_change_by_id", "accommodation_change", "by_id", ""),
    ("ix_accommodation_look_by_id", "accommodation_look", "by_id", ""),
    ("ix_accommodation_written_by_id", "accommodation", "written_by_id", ""),
    ("ix_activity_default_option_id", "activity", "default_option_id", "default_option_id is not null"),
    ("ix_activity_saved_by_id", "activity", "saved_by_id", ""),
    ("ix_agreement_agreed_by_id", "agreement", "agreed_by_id", ""),
    ("ix_agreement_change_answered_by_id", "agreement_change", "answered_by_id", "answered_by_id is not null"),
    ("ix_agreement_change_asked_by_id", "agreement_change", "asked_by_id", ""),
    ("ix_agreement_proposal_id", "agreement", "proposal_id", ""),
    ("ix_agreement_rubric_id", "agreement", "rubric_id", ""),
    ("ix_choice_event_by_id", "choice_event", "by_id", "by_id is not null"),
    ("ix_choice_excused_by_id", "choice", "excused_by_id", "excused_by_id is not null"),
    ("ix_choice_plan_b_id", "choice", "plan_b_id", "plan_b_id is not null"),
    ("ix_claim_by_id", "claim", "by_id", ""),
    ("ix_copy_offer_origin_id", "copy_offer", "origin_id", ""),
    ("ix_copy_offer_source_id", "copy_offer", "source_id", ""),
    ("ix_decision_by_id", "decision", "by_id", ""),
    ("ix_evidence_added_by_id", "evidence", "added_by_id", ""),
    ("ix_grade_marked_by_id", "grade", "marked_by_id", ""),
    ("ix_grade_rubric_id", "grade", "rubric_id", ""),
    ("ix_lms_date_settled_by_id", "lms_date_settled", "by_id", ""),
    ("ix_message_by_id", "message", "by_id", ""),
    ("ix_placement_line_item_id", "placement", "line_item_id", ""),
    ("ix_proposal_version_by_id", "proposal_version", "by_id", ""),
    ("ix_release_released_by_id", "release", "released_by_id", ""),
    ("ix_release_rubric_id", "release", "rubric_id", ""),
    ("ix_release_withdrawn_by_id", "release", "withdrawn_by_id", "withdrawn_by_id is not null"),
    ("ix_sharing_asked_by_id", "sharing", "asked_by_id", ""),
    ("ix_sharing_banked_id", "sharing", "banked_id", ""),
    ("ix_sharing_option_id", "sharing", "option_id", ""),
    ("ix_sign_in_user_id", "sign_in", "user_id", ""),
    ("ix_submission_returned_by_id", "submission", "returned_by_id", "returned_by_id is not null"),
)
GONE = (
    ("ix_banked_user_id", "banked", "user_id"),
    ("ix_choice_pick_by", "choice", "pick_by"),
    ("ix_outgoing_score_status", "outgoing_score", "status"),
    ("ix_proposal_status", "proposal", "status"),
)


def upgrade() -> None:
    for name, table, column, where in NEW:
        online.add_index(name, table, [column], where=where)
    for name, table, _column in GONE:
        online.drop_index(name, table)


def downgrade() -> None:
    for name, table, column in GONE:
        online.add_index(name, table, [column])
    for name, table, _column, _where in NEW:
        online.drop_index(name, table)
