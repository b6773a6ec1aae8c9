"""What a teacher does about a go: takes in what its student did not hand in themselves, or gives it back. Pure."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from personalization.errors import Refused, must_say_why
from personalization.people.model import Person
from personalization.submission.evidence import Evidence
from personalization.submission.model import Submission


def note_in_person(go: Submission, about: str, by: Person, now: datetime, really: datetime | None = None) -> bool:
    """The teacher saw it: with whatever the draft holds it counts as handed in, also after the lock. Noting it twice is
    the same as once. Whether it is new. `really`: the real clock's now, for the LMS.

    Raises:
        Refused: something else was handed in already.
    """
    if go.handed_in_at is not None:
        if go.shown_in_person:
            return False
        raise Refused(
            _("%(name)s has handed this in already", name=go.choice.student.short_name),
            now=_("Mark what is there, or return it first."),
            kept=about,
        )
    go.evidence.append(Evidence.noted(about, by, now))
    go.hand_over(now, really)
    go.choice.note("shown in person", by, now, number=go.number)
    return True


def take_draft(go: Submission, by: Person, now: datetime, really: datetime | None = None) -> bool:
    """Past the lock the teacher takes what the student had saved; it is late, and it is what they had. Whether it is
    new. `really`: as in `note_in_person`.

    Raises:
        Refused: the student can still hand it in, or there is nothing in it.
    """
    if go.handed_in_at is not None:
        return False
    _must_be_over(go, now)
    if go.is_empty:
        raise Refused(
            _("There is nothing in this draft"), now=_("Give more time, excuse it, or note that nothing came.")
        )
    go.hand_over(now, really)
    go.late = True
    go.choice.note("draft taken", by, now, number=go.number)
    return True


def note_nothing(go: Submission, reason: str, by: Person, now: datetime) -> bool:
    """Past the lock the teacher notes that nothing came; whether it is new. A grade of zero may be hung on it.

    Raises:
        BadInput: no reason was given.
        Refused: something did come, or was saved, or the student can still hand it in.
    """
    name = go.choice.student.short_name
    must_say_why(reason, name)
    if go.is_nothing:
        return False
    if go.handed_in_at is not None:
        raise Refused(
            _("%(name)s has handed this in", name=name), now=_("Mark what is there, or return it first."), kept=reason
        )
    _must_be_over(go, now, kept=reason)
    if not go.is_empty:
        raise Refused(
            _("%(name)s has saved something", name=name), now=_("Take the saved draft and mark that."), kept=reason
        )
    go.hand_over(now, None)
    go.is_nothing = True
    go.choice.note("noted as nothing handed in", by, now, number=go.number, reason=reason.strip())
    return True


def hand_back(go: Submission, reason: str, by: Person, now: datetime) -> None:
    """Ask for another go; a grade already released stays until the next release.

    Raises:
        BadInput: no reason was given.
        Refused: it was not handed in, or was returned already.
    """
    must_say_why(reason, go.choice.student.short_name)
    if go.handed_in_at is None:
        raise Refused(_("This was not handed in yet"), now=_("There is nothing to return."), kept=reason)
    if go.returned_at is not None:
        raise Refused(_("This was returned already"), now=_("The next go comes from the student."), kept=reason)
    go.returned_at, go.returned_by, go.return_reason = now, by, reason.strip()
    go.choice.note("returned", by, now, number=go.number)


def _must_be_over(go: Submission, now: datetime, kept: str = "") -> None:
    if not go.is_closed(now):
        raise Refused(
            _("%(name)s can still hand this in", name=go.choice.student.short_name),
            now=_("Wait for the closing date, or note that it was shown in person."),
            kept=kept,
        )
