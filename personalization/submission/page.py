"""The one page of a student's work: to write in, or to look at."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template
from flask_babel import gettext as _

from engine import clock
from engine.errors import ForPeople
from personalization.submission.blueprint import most_bytes
from personalization.submission.forms import ReflectionForm, WorkForm
from personalization.submission.goes import Goes, teacher_of
from personalization.submission.media import EXTENSIONS, size_words

ACCEPT = ",".join(["image/*", "audio/*", "video/*", *sorted({f".{e}" for some in EXTENSIONS.values() for e in some})])


def of(mine: Goes, form: WorkForm | None = None, refusals: Sequence[ForPeople] = (), *, others: bool = False) -> str:
    """What the student sees now. `form`: what they typed, where it could not be taken. `refusals`: files that could not
    be; `others` came in."""
    now, activity, go = clock.now(), mine.choice.activity, mine.latest
    writing = go is None or go.is_draft
    closed = go.is_closed(now) if go is not None else mine.choice.is_locked(now)
    about = {
        "now": now,
        "mine": mine,
        "choice": mine.choice,
        "activity": activity,
        "go": go,
        "course": activity.course.name,
        "teacher": teacher_of(activity),
        "closed": closed,
    }
    if not writing or closed:
        return render_template("submission/work.html", look_back=_look_back(mine), **about)
    form = form or _from_draft(mine)
    form.files.errors = [*form.files.errors, *_sentences(refusals, others)]
    return render_template("submission/hand_in.html", form=form, accept=ACCEPT, limit=size_words(most_bytes()), **about)


def _from_draft(mine: Goes) -> WorkForm:
    go = mine.latest
    return WorkForm(formdata=None, data={"text": go.text, "reflection": go.reflection} if go else {})


def _look_back(mine: Goes) -> ReflectionForm:
    go = mine.latest
    return ReflectionForm(formdata=None, data={"reflection": go.reflection, "again": go.again} if go else {})


def _sentences(refusals: Sequence[ForPeople], others: bool) -> list[str]:
    told = [f"{refusal.title}. {refusal.now}" for refusal in refusals]
    if told and others:
        told[-1] += " " + _("Your other files are saved.")
    return told
