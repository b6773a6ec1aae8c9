"""What every foreign key of the domain means when the row it names is erased. Pure.

A new one belongs into one of the three lists: tests/laws/test_erasing.py holds whoever adds it to that.
"""

from __future__ import annotations

from engine.erasing import Keys

# The row goes with the one it names: it is about that, or a part of it.
GOES = frozenset({
    "accommodation.person_id",
    "accommodation_change.accommodation_id",
    "accommodation_look.accommodation_id",
    "activity.course_id",
    "agreement.choice_id",
    "agreement.option_id",
    "agreement.proposal_id",
    "agreement.rubric_id",
    "agreement.version_id",
    "agreement_change.agreement_id",
    "banked.user_id",
    "choice.activity_id",
    "choice.student_id",
    "choice_event.choice_id",
    "claim.by_id",
    "claim.proposal_id",
    "copy_offer.course_id",
    "copy_offer.origin_id",
    "copy_offer.source_id",
    "course.context_id",
    "criterion.rubric_id",
    "decision.proposal_id",
    "evidence.submission_id",
    "former_key.activity_id",
    "former_key.course_id",
    "grade.rubric_id",
    "grade.submission_id",
    "learning_target.activity_id",
    "level.criterion_id",
    "lms_date_settled.activity_id",
    "lms_date_settled.choice_id",
    "mail.event_id",
    "mail.person_id",
    "mark.grade_id",
    "message.choice_id",
    "option.activity_id",
    "option.only_for_id",
    "person.course_id",
    "person_section.person_id",
    "placement.activity_id",
    "placement.resource_link_id",
    "proposal.choice_id",
    "proposal_line.version_id",
    "proposal_version.proposal_id",
    "release.choice_id",
    "release.grade_id",
    "release.rubric_id",
    "reply.user_id",
    "rubric.activity_id",
    "sharing.agreement_id",
    "showing.option_id",
    "submission.choice_id",
    "watch.person_id",
})  # fmt: skip

# The row stays and names nothing any more.
LOOSENS = frozenset({
    "activity.default_option_id",
    "banked.option_id",
    "choice.option_id",
    "choice.plan_b_id",
    "copy_offer.copy_id",
    "placement.line_item_id",
    "sharing.banked_id",
    "sharing.option_id",
})  # fmt: skip

# The row is about somebody else and stays as it is, with whoever did it: of them remains a person without a name.
STAYS = frozenset({
    "accommodation.written_by_id",
    "accommodation_change.by_id",
    "accommodation_look.by_id",
    "activity.created_by_id",
    "activity.saved_by_id",
    "agreement.agreed_by_id",
    "agreement_change.answered_by_id",
    "agreement_change.asked_by_id",
    "choice.excused_by_id",
    "choice_event.by_id",
    "decision.by_id",
    "evidence.added_by_id",
    "grade.marked_by_id",
    "lms_date_settled.by_id",
    "message.by_id",
    "proposal_version.by_id",
    "release.released_by_id",
    "release.withdrawn_by_id",
    "sharing.asked_by_id",
    "submission.returned_by_id",
})  # fmt: skip

# Keys that lead to a person's row by which it hangs on the LMS's user: the row lets go of them instead (`lms.py`).
LETS_GO = frozenset({"person.user_id"})

KEYS = Keys(GOES, LOOSENS, STAYS)
