"""The marking page: the work, what both sides hold to, the rubric."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

import ui
from engine import clock
from engine.db import db
from personalization.activity.rubric import level_name
from personalization.errors import Refused
from personalization.grading import desk, gradebook
from personalization.grading.blueprint import bp
from personalization.grading.forms import READY, RELEASE, MarkForm, ReturnForm, form_for, row_name
from personalization.grading.model import Grade
from personalization.grading.scores import scores_of
from personalization.people import access
from personalization.people.model import Person
from personalization.submission.model import Submission
from personalization.submission.receiving import hand_back as give_back
from ui.text import points


@bp.route("/submissions/<int:submission_id>/grade", methods=["GET", "POST"])
def mark(submission_id: int) -> ResponseReturnValue:
    """Keeps marks, makes them ready, or marks and releases in one press."""
    submission, me = asked(submission_id)
    form = _form(submission)
    if request.method == "GET":
        return _page(submission, form)
    if not form.validate():
        return _unfinished(submission, form)
    if form.do.data == RELEASE:
        access.require_teacher_of(submission.choice.student)
    _write(submission, form, me)
    db.session.commit()
    if request.headers.get("X-Autosave"):
        return jsonify(ui.saved(clock.now()) | {"sum": _sum(submission)})
    return redirect(url_for("grading.mark", submission_id=submission.id), 303)


@bp.post("/submissions/<int:submission_id>/return")
def hand_back(submission_id: int) -> ResponseReturnValue:
    """Ask for another go, with a reason. The same press twice is one return."""
    submission, me = asked(submission_id)
    form = ReturnForm()
    if not form.validate():
        return _page(submission, _form(submission, fresh=True), form), HTTPStatus.UNPROCESSABLE_ENTITY
    reason = form.reason.data or ""
    if not (submission.is_returned and submission.return_reason == reason.strip()):
        give_back(submission, reason, me, clock.now())
        db.session.commit()
        flash(_("Back with %(name)s for another go.", name=submission.choice.student.short_name))
    return redirect(url_for("grading.mark", submission_id=submission.id), 303)


def asked(submission_id: int, *, by_teacher: bool = False) -> tuple[Submission, Person]:
    """What was handed in, for someone who may mark it (`by_teacher`: who may release it); others do not learn whether
    it was.

    Raises:
        Refused: it is still the student's draft, which nobody else reads.
    """
    submission = access.find(Submission, submission_id)
    student = submission.choice.student
    me = access.require_teacher_of(student) if by_teacher else access.require_answerer_of(student)
    if request.method == "POST":  # two at once on one go take turns: the second sees what the first wrote
        db.session.execute(select(Submission.id).where(Submission.id == submission_id).with_for_update())
        db.session.refresh(submission)
    if submission.is_draft:
        raise Refused(_("This was not handed in yet"), now=_("It stays the student’s own until then."))
    return submission, me


def _form(submission: Submission, fresh: bool = False) -> MarkForm:
    """The rubric's rows, filled with what was sent; with what is kept, where nothing was or `fresh`."""
    grade = desk.grade_of(submission)
    rubric = desk.rubric_for(submission, grade, desk.agreement_of(submission.choice))
    asked = submission.choice.asked(rubric.criteria)
    return form_for(rubric, asked, **_kept(grade), **({"formdata": None} if fresh else {}))


def _kept(grade: Grade | None) -> dict[str, object]:
    if grade is None:
        return {}
    rows: dict[str, object] = {row_name(key): level for key, level in grade.levels.items()}
    adjustment = grade.adjustment or None
    return rows | {
        "seen": str(grade.row_version),
        "comment": grade.comment,
        "adjustment": adjustment,
        "adjustment_reason": grade.adjustment_reason,
    }


def _write(submission: Submission, form: MarkForm, me: Person) -> None:
    now, comment, grade = clock.now(), form.comment.data or "", desk.grade_of(submission)
    if grade is None:
        grade = Grade.begin(submission, form.rubric, me, now)
        db.session.add(grade)
    else:
        grade.check_seen(form.version, me, kept=comment)
    adjustment, reason = form.adjustment.data or Decimal(0), form.adjustment_reason.data or ""
    grade.mark(form.levels, comment, me, now, adjustment, reason)
    if form.do.data in {READY, RELEASE}:
        grade.make_ready()
    if form.do.data == RELEASE and (shown := grade.release(me, now)) is not None:
        db.session.flush()
        gradebook.release(shown)
        flash(_("Released to %(name)s.", name=submission.choice.student.short_name))


def _unfinished(submission: Submission, form: MarkForm) -> ResponseReturnValue:
    if request.headers.get("X-Autosave"):
        first = next(iter(form.errors.values()))[0]
        return jsonify(status=str(first)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(submission, form), HTTPStatus.UNPROCESSABLE_ENTITY


def _sum(submission: Submission) -> str:
    """The total as the kept marks stand, out of what can be had; "" where the activity is not graded."""
    activity, grade = submission.choice.activity, desk.grade_of(submission)
    if not activity.graded:
        return ""
    reached = grade.worked_out() if grade else None
    return _("%(points)s / %(most)s", points="–" if reached is None else points(reached), most=points(activity.points))


def _page(submission: Submission, form: MarkForm, returning: ReturnForm | None = None) -> str:
    choice, me = submission.choice, g.me
    grade = desk.grade_of(submission)
    return render_template(
        "grading/mark.html",
        course=choice.activity.course.name,
        tab="queue",
        submission=submission,
        choice=choice,
        activity=choice.activity,
        student=choice.student,
        grade=grade,
        sum=_sum(submission),
        form=form,
        returning=returning or ReturnForm(formdata=None),
        agreement=desk.agreement_of(choice),
        near=desk.neighbours(submission, me),
        scores=scores_of(choice.activity, me),
        level_name=level_name,
        back=submission.id,
    )
