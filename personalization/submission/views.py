"""A student's work: written, handed in, looked back at; and noted by the teacher who saw it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from flask import current_app, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

import ui
from engine import clock
from engine.db import db
from engine.errors import ForPeople
from personalization.activity.model import Activity
from personalization.activity.whole import WHOLE
from personalization.choice.model import Choice
from personalization.choice.places import hold
from personalization.errors import BadInput, Refused, TooLarge, WrongKind
from personalization.people import access
from personalization.submission import files, goes, page, storage
from personalization.submission.blueprint import bp, most_bytes, store
from personalization.submission.forms import DraftForm, ReflectionForm, ShowingForm, WorkForm
from personalization.submission.goes import Goes
from personalization.submission.media import Stored
from personalization.submission.model import Evidence, Submission
from personalization.submission.receiving import note_in_person

__all__ = ["bp", "files"]

Page = AnyResponse | str | tuple[str, int] | tuple[dict[str, str], int] | dict[str, str]


@bp.get("/activities/<int:activity_id>/submission")
def show(activity_id: int) -> Page:
    mine = _mine(activity_id)
    if mine is None or mine.choice.option is None:
        return redirect(url_for("choice.show", activity_id=activity_id), HTTPStatus.SEE_OTHER)
    return page.of(mine)


@bp.post("/activities/<int:activity_id>/submission")
def save(activity_id: int) -> Page:
    return _take(activity_id, hand_in=request.form.get("do") == "hand-in")


@bp.post("/activities/<int:activity_id>/submission/evidence")
def add(activity_id: int) -> Page:
    return _take(activity_id)


@bp.post("/activities/<int:activity_id>/submission/evidence/<int:evidence_id>/deletion")
def remove(activity_id: int, evidence_id: int) -> Page:
    return _take(activity_id, without=evidence_id)


@bp.post("/activities/<int:activity_id>/submission/draft")
def autosave(activity_id: int) -> Page:
    mine, form, now = _mine_to_write(activity_id), DraftForm(), clock.now()
    if not form.validate():
        return {"status": " ".join([*form.text.errors, *form.reflection.errors])}, HTTPStatus.UNPROCESSABLE_ENTITY
    _write(mine, mine.draft(now), form, now)
    db.session.commit()
    return ui.saved(now)


@bp.post("/submissions/<int:submission_id>/reflection")
def reflect(submission_id: int) -> Page:
    submission = access.find(Submission, submission_id)
    access.require_student(submission.choice.activity.course_id, submission.choice.student)
    form = ReflectionForm()
    words = form.reflection.data or ""
    if not form.validate():
        raise BadInput(" ".join(form.reflection.errors), now=_("Go back and change it."), kept=words)
    submission.reflect(words, form.again.data)
    db.session.commit()
    back = "grading.result" if request.form.get("page") == "grade" else "submission.show"
    return redirect(url_for(back, activity_id=submission.choice.activity_id, _anchor="look-back"), HTTPStatus.SEE_OTHER)


@bp.post("/choices/<int:choice_id>/showing")
def shown(choice_id: int) -> Page:
    choice = access.find(Choice, choice_id)
    me = access.require_answerer_of(choice.student)
    form, now = ShowingForm(), clock.now()
    about = (form.about.data or "").strip()
    if not form.validate():
        raise BadInput(" ".join(form.about.errors), now=_("Go back and change it."), kept=about)
    hold(choice)
    submission = goes.of_choice(choice).draft(now, by_teacher=True)
    if note_in_person(submission, about, me, now, clock.real_now()):
        _tell_gradebook(submission)
    db.session.commit()
    return redirect(url_for("board.activity", activity_id=choice.activity_id), HTTPStatus.SEE_OTHER)


# What the presses on the page share


def _take(activity_id: int, *, hand_in: bool = False, without: int | None = None) -> Page:
    """All that the page holds comes with every press on it, so that nothing typed or chosen is lost."""
    mine, form = _mine_to_write(activity_id), WorkForm()
    if not form.validate():
        return page.of(mine, form), HTTPStatus.UNPROCESSABLE_ENTITY
    stored, refusals = _keep_files(form)
    try:
        mine = _mine_to_write(activity_id)
        spare = _put_down(mine, form, stored, hand_in=hand_in and not refusals, without=without)
        db.session.commit()
    except ForPeople as wrong:
        db.session.rollback()
        storage.forget(store(), [file.key for file in stored])
        if not isinstance(wrong, BadInput):
            wrong.kept = wrong.kept or form.text.data or ""  # nothing holds it where the first word came too late
            raise
        form.form_errors.append(f"{wrong.title}. {wrong.now}")
        return page.of(_mine_to_write(activity_id), form), wrong.status
    storage.forget(store(), spare)
    if refusals:
        return page.of(_mine_to_write(activity_id), refusals=refusals, others=bool(stored)), refusals[0].status
    anchor = None if hand_in else "evidence"
    return redirect(url_for(".show", activity_id=activity_id, _anchor=anchor), HTTPStatus.SEE_OTHER)


def _keep_files(form: WorkForm) -> tuple[list[Stored], list[ForPeople]]:
    """Store what was chosen; what can't be taken is told beside the rest."""
    stored: list[Stored] = []
    refusals: list[ForPeople] = []
    uploads = form.uploads()
    if uploads:
        db.session.rollback()  # a store may be slow: no transaction stays open meanwhile, and no other writer waits
    for upload in uploads:
        try:
            stored.append(storage.keep(store(), upload, most_bytes()))
        except (TooLarge, WrongKind) as wrong:
            refusals.append(wrong)
    return stored, refusals


def _put_down(mine: Goes, form: WorkForm, stored: Sequence[Stored], *, hand_in: bool, without: int | None) -> set[str]:
    """Write the press into the draft; returns the keys of files that no go holds any more."""
    me, now = mine.choice.student, clock.now()
    items = [Evidence.file(file, me, now) for file in stored]
    if form.link.data:
        items.append(Evidence.link(form.link.data, (form.link_title.data or "").strip(), me, now))
    submission = mine.draft(now)
    if hand_in and submission.says_already(form.text.data or "", items):
        return {file.key for file in stored}
    _write(mine, submission, form, now)
    for item in items:
        submission.add(item, now)
    gone = [item for item in submission.evidence if without is not None and item.id == without]
    for item in gone:
        submission.remove(item, now)
    if hand_in:
        submission.hand_in(me, now, clock.real_now())
        _tell_gradebook(submission)
    return goes.unused([item.storage_key for item in [*items, *gone]])


def _write(mine: Goes, submission: Submission, form: DraftForm, now: datetime) -> None:
    submission.save(form.text.data or "", form.reflection.data or "", now)
    submission.tie(form.shows(), mine.rubric, now)


def _tell_gradebook(submission: Submission) -> None:
    db.session.flush()  # the address of the work holds its id
    current_app.extensions["third_option"].handed_in(submission)


def _mine(activity_id: int, *, to_write: bool = False) -> Goes | None:
    activity = access.find(Activity, activity_id, *WHOLE)
    me = access.require_student(activity.course_id)
    return goes.goes_of(activity, me, to_write=to_write)


def _mine_to_write(activity_id: int) -> Goes:
    mine = _mine(activity_id, to_write=True)
    if mine is None:
        ways = (url_for("choice.show", activity_id=activity_id), _("Look at the ways"))
        raise Refused(_("No way is picked yet"), now=_("Pick one first; then your work has its place."), link=ways)
    return mine
