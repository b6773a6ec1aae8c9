"""Everything that is known of a course's activities, as plain values with stable keys, for JSON.

Times are ISO 8601 in UTC, points numbers, people named by our id; `people` says who they are. Standings and badges are
worked out by the same rules as the pages'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from personalization.activity.dates import Dates
from personalization.activity.model import Activity
from personalization.board.badges import teacher_badge
from personalization.board.designed import Plain, design, time
from personalization.board.handed_in import submission
from personalization.board.standing import Line, standing
from personalization.choice.message import Message
from personalization.choice.model import Choice, Event
from personalization.people.model import Course, Person
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange
from personalization.proposal.model import Decision, Proposal, Version
from personalization.proposal.sharing import Sharing

# With what was asked to change in it, and whether others may do it too.
Agreed = tuple[Agreement, Sequence[AgreementChange], Sharing | None]


def course_values(course: Course, subs: Mapping[int, str]) -> Plain:
    """The course and its people; `subs` = {person id: the LMS's own id of them}."""
    return {
        "course": {"id": course.id, "title": course.title, "label": course.label, "zone": course.zone},
        "people": [_person(person, subs.get(person.id, "")) for person in sorted(course.people, key=lambda p: p.id)],
    }


def activity_values(
    activity: Activity,
    lines: Iterable[Line],
    agreements: Mapping[int, list[Agreed]],
    threads: Mapping[int, Sequence[Message]],
    scores: Mapping[int, Plain],
    now: datetime,
) -> Plain:
    """One activity. `agreements`, `threads` = {choice id: all of them}; `scores` = {person id: the score's row}."""
    return {
        **design(activity),
        "created_by": activity.created_by_id,
        "created_at": time(activity.created_at),
        "saved_by": activity.saved_by_id,
        "saved_at": time(activity.saved_at),
        "published_at": time(activity.published_at),
        "dates": _dates(activity.dates),
        "choices": [
            _line(line, agreements.get(line.choice.id, []), threads.get(line.choice.id, []), scores, now)
            for line in lines
        ],
    }


def _person(person: Person, sub: str) -> Plain:
    return {
        "id": person.id,
        "sub": sub,
        "name": person.name,
        "role": person.role.value,
        "roles": person.roles,
        "sections": sorted(person.sections),
        "zone": person.zone,
        "is_test": person.is_test,
        "first_seen_at": time(person.first_seen_at),
        "left_at": time(person.left_at),
        "away_since": time(person.away_since),
        "back_at": time(person.back_at),
        "erased_at": time(person.erased_at),
    }


def _line(
    line: Line,
    agreements: Iterable[Agreed],
    thread: Iterable[Message],
    scores: Mapping[int, Plain],
    now: datetime,
) -> Plain:
    choice = line.choice
    return {
        "id": choice.id,
        "student": choice.student_id,
        "standing": standing(line, now).value,
        "badge": teacher_badge(line, now).word,
        "opened_at": time(choice.opened_at),
        "option": choice.option_id,
        "option_since": time(choice.option_since),
        "way": choice.way.value if choice.way else None,
        "rule": choice.rule.value if choice.rule else None,
        "plan_b": choice.plan_b_id,
        "dates": _dates(choice.dates),
        "extended": choice.extended,
        "lms_due_at": time(choice.lms_due_at),
        "lms_due_seen_at": time(choice.lms_due_seen_at),
        "reply_until": time(choice.reply_until),
        "not_asked": choice.not_asked,
        "reminded": choice.reminded,
        "must_pick_at": time(choice.must_pick_at),
        "last_call_at": time(choice.last_call_at),
        "unanswered_at": time(choice.unanswered_at),
        "unplaced_at": time(choice.unplaced_at),
        "closed_at": time(choice.closed_at),
        "excused": _excuse(choice),
        "events": [_event(event) for event in choice.events],
        "messages": [_message(message) for message in thread],
        "proposals": [_proposal(proposal) for proposal in line.proposals],
        "agreements": [_agreement(*agreed) for agreed in agreements],
        "submissions": [submission(go, line.grades) for go in line.submissions],
        "shown_release": line.release.id if line.release else None,
        "score": scores.get(choice.student_id),
    }


def _excuse(choice: Choice) -> Plain | None:
    if choice.excused_at is None:
        return None
    return {"at": time(choice.excused_at), "by": choice.excused_by_id, "reason": choice.excuse_reason}


def _event(event: Event) -> Plain:
    return {"verb": event.verb, "by": event.by_id, "at": time(event.at), "detail": event.detail}


def _message(message: Message) -> Plain:
    return {"by": message.by_id, "at": time(message.at), "text": message.text, "waits": message.waits}


def _proposal(proposal: Proposal) -> Plain:
    return {
        "id": proposal.id,
        "status": proposal.status.value,
        "expired_from": proposal.expired_from.value if proposal.expired_from else None,
        "started_at": time(proposal.started_at),
        "reply_until": time(proposal.reply_until),
        "versions": [_version(version) for version in proposal.versions],
        "decisions": [_decision(decision) for decision in proposal.decisions],
    }


def _version(version: Version) -> Plain:
    lines = [{"criterion": x.criterion_key, "text": x.text, "unsure": x.unsure} for x in version.lines]
    return {
        "number": version.number,
        "title": version.title,
        "plan": version.plan,
        "tool": version.tool,
        "message": version.message,
        "lines": lines,
        "by": version.by_id,
        "saved_at": time(version.saved_at),
        "sent_at": time(version.sent_at),
    }


def _decision(decision: Decision) -> Plain:
    return {
        "version": decision.version,
        "outcome": decision.outcome.value,
        "reason": decision.reason,
        "by": decision.by_id,
        "at": time(decision.at),
    }


def _agreement(agreement: Agreement, changes: Iterable[AgreementChange], sharing: Sharing | None) -> Plain:
    return {
        "id": agreement.id,
        "proposal": agreement.proposal_id,
        "version": agreement.version.number,
        "option": agreement.option_id,
        "rubric": agreement.rubric.number,
        "agreed_at": time(agreement.agreed_at),
        "agreed_by": agreement.agreed_by_id,
        "ended_at": time(agreement.ended_at),
        "changes": [_change(change) for change in changes],
        "sharing": _sharing(sharing) if sharing else None,
    }


def _change(change: AgreementChange) -> Plain:
    return {
        "state": change.state.value,
        "title": change.title,
        "plan": change.plan,
        "tool": change.tool,
        "lines": change.lines,
        "unsure": change.unsure,
        "reason": change.reason,
        "asked_by": change.asked_by_id,
        "asked_at": time(change.asked_at),
        "answer": change.answer,
        "answered_by": change.answered_by_id,
        "answered_at": time(change.answered_at),
    }


def _sharing(sharing: Sharing) -> Plain:
    return {
        "asked_by": sharing.asked_by_id,
        "asked_at": time(sharing.asked_at),
        "consent": sharing.consent.value if sharing.consent else None,
        "answered_at": time(sharing.answered_at),
        "title": sharing.title,
        "text": sharing.text,
        "means": sharing.means,
        "option": sharing.option_id,
        "shared_at": time(sharing.shared_at),
    }


def _dates(dates: Dates) -> Plain:
    return {f.name: time(getattr(dates, f.name)) for f in fields(Dates)}
