"""Wrong states that no code of ours writes cannot be written at all: by a CHECK, or by there being one row only."""

from __future__ import annotations

from engine import online

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# {table: {name, which the table's goes before: condition}}
CHECKS = {
    "due": {
        "lease": "(leased_by IS NULL) = (leased_until IS NULL)",
        "counts": "version >= 1 AND attempts >= 0 AND slots >= 1",
    },
    "key": {
        "withdrawn_signs_no_more": "withdrawn_at IS NULL OR private_key = ''",
    },
    "platform": {
        "counts": "failures >= 0 AND (at_once IS NULL OR at_once >= 1) AND (slowed_to IS NULL OR slowed_to >= 1)",
    },
    "reply": {
        "fits": "fits IN ('accept', 'revise', 'back', 'offer')",
    },
    "outgoing_score": {
        "versions": "0 <= sent_version AND sent_version <= wanted_version",
        "hand_ins": "0 <= sent_hand_in_number AND sent_hand_in_number <= hand_in_number",
        "handed_in": "(hand_in_number = 0) = (handed_in_at IS NULL)",
        "score": "score_given IS NULL OR (score_given >= 0 AND coalesce(score_maximum, 0) > 0)",
        "tried": "tried_given IS NULL OR (tried_given >= 0 AND coalesce(tried_maximum, 0) > 0)",
        "delivered": "delivered_given IS NULL OR (delivered_given >= 0 AND coalesce(delivered_maximum, 0) > 0)",
        "withdrawn_is_none": "NOT withdrawn OR score_given IS NULL",
        "counts": "attempts >= 0 AND conflicts >= 0",
        "sent": "status <> 'sent' OR sent_at IS NOT NULL",
        "delivery": "status IN ('noted', 'queued', 'sent', 'refused', 'changed', 'kept')",
    },
    "person": {
        "absence": "(away_since IS NULL) = (back_at IS NULL) AND (away_since IS NULL OR away_since <= back_at)",
        "news": "news_seen_id >= 0",
        "role": "role IN ('teacher', 'assistant', 'designer', 'student', 'observer', 'administrator')",
        "rhythm": "mail_rhythm IN ('each', 'daily', 'weekly', 'off')",
    },
    "accommodation": {
        "takes_no_time_away": "days >= 0 AND (factor IS NULL OR factor >= 1)",
    },
    "activity": {
        "points": "points > 0",
        "silence": "silence IN ('protect', 'strict')",
    },
    "watch": {
        "numbers": "unopened_days >= 1 AND still_minutes >= 1 AND idea_days >= 1 AND reply_days >= 1",
    },
    "option": {
        "numbers": "(minutes IS NULL OR minutes >= 1) AND (capacity IS NULL OR capacity >= 1)",
    },
    "rubric": {
        "number": "number >= 1",
    },
    "banked": {
        "minutes": "minutes IS NULL OR minutes >= 1",
    },
    "choice": {
        "option": "(option_id IS NULL) = (way IS NULL) AND (option_id IS NULL) = (option_since IS NULL)",
        "placed_by_rule": "rule IS NULL OR coalesce(way, '') = 'placed'",
        "unplaced": "unplaced_at IS NULL OR option_id IS NULL",
        "excused": "(excused_at IS NULL) = (excused_by_id IS NULL)",
        "way": "way IN ('picked', 'agreed', 'placed')",
        "rule": "rule IN ('plan b', 'default', 'least filled')",
    },
    "criterion": {
        "numbers": "key >= 1 AND position >= 1",
    },
    "showing": {
        "criterion": "criterion_key >= 1",
    },
    "level": {
        "value": "value BETWEEN 1 AND 4",
        "points": "points >= 0",
    },
    "proposal": {
        "expired": "expired_from IS NULL OR status = 'expired'",
        "status": (
            "status IN ('draft', 'submitted', 'offered', 'revising', 'accepted', 'sent back', 'withdrawn', 'expired')"
        ),
        "expired_from": (
            "expired_from IN ('draft', 'submitted', 'offered', 'revising', 'accepted', 'sent back', 'withdrawn', "
            "'expired')"
        ),
    },
    "submission": {
        "number": "number >= 1",
        "handed_in": "(handed_in_at IS NULL) = (handed_in_really_at IS NULL)",
        "of_what_was_handed_in": "handed_in_at IS NOT NULL OR (returned_at IS NULL AND NOT late AND NOT is_nothing)",
        "returned": "(returned_at IS NULL) = (returned_by_id IS NULL)",
        "again": "again IN ('yes', 'sometimes', 'no')",
    },
    "decision": {
        "version": "version >= 1",
        "outcome": "outcome IN ('accept', 'accept with edits', 'ask for revision', 'send back')",
    },
    "evidence": {
        "file": "(kind = 'file') = (storage_key IS NOT NULL) AND size >= 0",
        "kind": "kind IN ('file', 'link', 'in person')",
    },
    "grade": {
        "points": "(points IS NULL) = (out_of IS NULL) AND (points IS NULL OR (points >= 0 AND out_of > 0))",
        "ready": "status = 'draft' OR points IS NOT NULL",
        "status": "status IN ('draft', 'ready', 'released')",
    },
    "mail": {
        "settled": "sent_at IS NULL OR next_at IS NULL",
        "counts": "attempts >= 0 AND unsure >= 0",
    },
    "proposal_version": {
        "number": "number >= 1",
        "sent_as_saved": "sent_at IS NULL OR saved_at <= sent_at",
    },
    "mark": {
        "criterion": "criterion_key >= 1",
        "level": "level BETWEEN 1 AND 4",
    },
    "proposal_line": {
        "criterion": "criterion_key >= 1",
    },
    "release": {
        "points": "points >= 0 AND out_of > 0",
        "withdrawn": "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
    },
    "agreement_change": {
        "answered": "(state = 'asked') = (answered_at IS NULL) AND (state = 'asked') = (answered_by_id IS NULL)",
        "state": "state IN ('asked', 'agreed', 'declined', 'taken back')",
    },
    "sharing": {
        "answered": "(consent IS NULL) = (answered_at IS NULL)",
        "shared": "shared_at IS NULL OR consent IS NOT NULL",
        "consent": "consent IN ('yes', 'no', 'taken back')",
    },
}

# (index, table, columns, of which rows): at most one row each
ONCE = (
    ("uq_agreement_option", "agreement", ["option_id"], ""),
    ("uq_agreement_version", "agreement", ["version_id"], ""),
    ("uq_decision_version", "decision", ["proposal_id", "version"], ""),
    ("uq_proposal_version_one_draft", "proposal_version", ["proposal_id"], "sent_at is null"),
)


def upgrade() -> None:
    online.must_hold(CHECKS, ONCE)
    for name, table, columns, where in ONCE:
        online.add_index(name, table, columns, unique=True, where=where)
    online.drop_index("ix_decision_proposal_id", "decision")  # the one above begins with it
    for table, checks in CHECKS.items():
        online.add_checks(table, {f"ck_{table}_{name}": condition for name, condition in checks.items()})


def downgrade() -> None:
    for table, checks in CHECKS.items():
        online.drop_checks(table, [f"ck_{table}_{name}" for name in checks])
    online.add_index("ix_decision_proposal_id", "decision", ["proposal_id"])
    for name, table, _columns, _where in ONCE:
        online.drop_index(name, table)
